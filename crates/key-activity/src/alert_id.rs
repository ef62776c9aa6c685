use crate::{AlertKind, AlertSubject, UsageSlot};
use central_logger_keys::{ClientId, KeyId};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use time::OffsetDateTime;

/// The id of an alert: sixteen hexadecimal digits.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{AlertId, AlertKind, AlertSubject};
/// use central_logger_times::{Clock, SystemClock};
///
/// let (subject, now) = (AlertSubject::default(), SystemClock.now());
/// let id = AlertId::of(AlertKind::Spray, &subject, now);
/// assert_eq!(id, AlertId::of(AlertKind::Spray, &subject, now), "the same for each server");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AlertId(String);

/// A text that is no id of an alert.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{AlertId, InvalidAlertId};
///
/// assert_eq!("the first one".parse::<AlertId>(), Err(InvalidAlertId));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the id of an alert has 16 hexadecimal digits; 'alerts' lists them")]
pub struct InvalidAlertId;

impl AlertId {
    /// The id of the episode that is found in this hour.
    pub fn of(kind: AlertKind, subject: &AlertSubject, found_at: OffsetDateTime) -> Self {
        let client = subject.client_id.as_ref().map_or("", ClientId::as_str);
        let key = subject.key_id.as_ref().map_or("", KeyId::as_str);
        let network = subject.network.as_deref().unwrap_or_default();
        let hour = UsageSlot::hour_of(found_at).unix_timestamp();
        // None of these holds a space.
        let text = format!("{} {client} {key} {network} {hour}", kind.as_str());
        let digest = Sha256::digest(text);
        Self(
            digest[..8]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AlertId {
    type Err = InvalidAlertId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        match text.len() == 16 && text.bytes().all(is_digit) {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidAlertId),
        }
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, macros::datetime};

    #[test]
    fn an_episode_has_one_id_wherever_it_is_found() {
        let at = datetime!(2026-03-01 12:00 UTC);
        let subject = AlertSubject {
            key_id: Some("4fT9aXk20bQz".parse().unwrap()),
            ..AlertSubject::default()
        };
        let id = AlertId::of(AlertKind::Spike, &subject, at);
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_eq!(
            id,
            AlertId::of(AlertKind::Spike, &subject, at + Duration::minutes(59))
        );
        for other in [
            AlertId::of(AlertKind::Dormant, &subject, at),
            AlertId::of(AlertKind::Spike, &AlertSubject::default(), at),
            AlertId::of(AlertKind::Spike, &subject, at + Duration::HOUR),
        ] {
            assert_ne!(other, id);
        }
        assert_eq!("4fT9aXk20bQz".parse::<AlertId>(), Err(InvalidAlertId));
    }
}
