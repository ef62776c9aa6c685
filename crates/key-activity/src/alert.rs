use crate::{ActivityError, AlertKind, Delivery, UsageSlot};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyId};
use central_logger_times::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use time::OffsetDateTime;

/// Stores alerts, and how far each has been delivered.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{AlertQuery, AlertStore, MemoryActivity};
/// use central_logger_times::Timestamp;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_key_activity::{Alert, AlertId, AlertKind, AlertSubject, Counted};
/// # use central_logger_times::{Clock, SystemClock};
/// #
/// # let subject = AlertSubject { client_id: Some("acme_corp".parse()?), ..AlertSubject::default() };
/// # let at = SystemClock.now();
/// # let alert = Alert {
/// #     id: AlertId::of(AlertKind::Spike, &subject, at),
/// #     kind: AlertKind::Spike,
/// #     subject,
/// #     first_at: at,
/// #     last_at: at,
/// #     counted: Counted { sum: 12_000, hour: at, in_hour: 12_000 },
/// #     evidence: "12000 requests in an hour".to_owned(),
/// #     acknowledged: None,
/// #     delivery: None,
/// # };
/// let store = MemoryActivity::new();
/// store.put_alerts(&[alert.clone()]).await?;
/// let of_client = AlertQuery { client: Some("acme_corp".parse()?), since: Timestamp::MIN, limit: 10 };
/// assert_eq!(store.alerts(&of_client).await?, [alert]);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait AlertStore: Send + Sync {
    /// The alerts that are asked for, the last one first.
    async fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>, ActivityError>;

    /// Stores alerts. Of one that is there already only `last_at`, `counted` and `evidence` change:
    /// servers that find the same store it once.
    async fn put_alerts(&self, alerts: &[Alert]) -> Result<(), ActivityError>;

    /// Notes that somebody has seen an alert, unless that is noted already, and gives the alert. Nothing
    /// when there is none of that id, or it is not of this client.
    async fn acknowledge(
        &self,
        id: &AlertId,
        client: Option<&ClientId>,
        acknowledgement: &Acknowledgement,
    ) -> Result<Option<Alert>, ActivityError>;

    /// An alert whose delivery is due, which nobody else gets before `until`: so one that is lost with a
    /// server that ends is tried again.
    async fn due_delivery(
        &self,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<Alert>, ActivityError>;

    /// Notes how the delivery of an alert stands. Tells whether there is such an alert.
    async fn set_delivery(&self, id: &AlertId, delivery: &Delivery) -> Result<bool, ActivityError>;

    /// Deletes alerts that were last seen before `until`.
    async fn purge_alerts(&self, until: OffsetDateTime) -> Result<(), ActivityError>;
}

/// Something suspicious, or something to be done: one episode of it.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{Alert, AlertId, AlertKind, AlertSubject, Counted};
/// use central_logger_times::{Clock, SystemClock};
///
/// let subject = AlertSubject { client_id: Some("acme_corp".parse()?), ..AlertSubject::default() };
/// let at = SystemClock.now();
/// let alert = Alert {
///     id: AlertId::of(AlertKind::Spike, &subject, at),
///     kind: AlertKind::Spike,
///     subject,
///     first_at: at,
///     last_at: at,
///     counted: Counted { sum: 12_000, hour: at, in_hour: 12_000 },
///     evidence: "12000 requests in an hour".to_owned(),
///     acknowledged: None,
///     delivery: None,
/// };
/// assert_eq!(serde_json::json!(alert)["severity"], "warning");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// The same wherever the same episode is found.
    pub id: AlertId,
    /// What it is.
    #[serde(flatten, serialize_with = "kind_and_severity")]
    pub kind: AlertKind,
    /// Whom it is about.
    #[serde(flatten)]
    pub subject: AlertSubject,
    /// When that was seen by which it was found.
    #[serde(with = "time::serde::rfc3339")]
    pub first_at: OffsetDateTime,
    /// When it was last seen.
    #[serde(with = "time::serde::rfc3339")]
    pub last_at: OffsetDateTime,
    /// How often.
    #[serde(flatten)]
    pub counted: Counted,
    /// What was seen, in a line for people, without secrets.
    pub evidence: String,
    /// Who has seen the alert.
    #[serde(flatten)]
    pub acknowledged: Option<Acknowledgement>,
    /// How its delivery stands, if it is to be delivered.
    #[serde(skip)]
    pub delivery: Option<Delivery>,
}

/// Whom an alert is about. Nothing of it is known when it is about many.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::AlertSubject;
///
/// let network = Some("192.0.2.0/24".to_owned());
/// let guesses = AlertSubject { network, ..AlertSubject::default() }; // of keys of nobody
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AlertSubject {
    /// The client of the key.
    pub client_id: Option<ClientId>,
    /// The key.
    pub key_id: Option<KeyId>,
    /// The network, such as `192.0.2.0/24`.
    pub network: Option<String>,
}

/// How often something was seen.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::Counted;
/// use central_logger_times::{Clock, SystemClock};
///
/// let counted = Counted { sum: 12, hour: SystemClock.now().truncate_to_hour(), in_hour: 3 };
/// assert_eq!(serde_json::to_string(&counted)?, r#"{"count":12}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// In sum.
    #[serde(rename = "count")]
    pub sum: u64,
    /// The last hour of which something is in the sum.
    #[serde(skip)]
    pub hour: OffsetDateTime,
    /// How much of the sum is of that hour.
    #[serde(skip)]
    pub in_hour: u64,
}

/// Who has seen an alert, and when.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::Acknowledgement;
/// use time::macros::datetime;
///
/// let seen = Acknowledgement { at: datetime!(2026-03-01 12:00 UTC), by: "alice@ops".to_owned() };
/// let json = r#"{"acknowledged_at":"2026-03-01T12:00:00Z","acknowledged_by":"alice@ops"}"#;
/// assert_eq!(serde_json::to_string(&seen)?, json);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acknowledgement {
    /// When.
    #[serde(rename = "acknowledged_at", with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who: an operator such as `alice@ops`, or a key such as `key 4fT9aXk20bQz`.
    #[serde(rename = "acknowledged_by")]
    pub by: String,
}

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

/// As many alerts as are shown at a time, the last one first.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{AlertPage, MemoryActivity};
/// use central_logger_times::Timestamp;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let page = AlertPage::read(&MemoryActivity::new(), None, Timestamp::MIN).await?;
/// assert!(page.alerts.is_empty() && !page.has_more);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertPage {
    /// The alerts: [`MAX`](Self::MAX) at most.
    pub alerts: Vec<Alert>,
    /// Whether there are earlier ones.
    pub has_more: bool,
}

/// Which alerts are asked for.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::AlertQuery;
/// use central_logger_times::Timestamp;
///
/// let last_ten = AlertQuery { client: None, since: Timestamp::MIN, limit: 10 };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertQuery {
    /// Those about keys of one client, or all.
    pub client: Option<ClientId>,
    /// Those that were seen from this time on.
    pub since: Timestamp,
    /// How many at most.
    pub limit: usize,
}

fn kind_and_severity<S: Serializer>(kind: &AlertKind, to: S) -> Result<S::Ok, S::Error> {
    let mut fields = to.serialize_map(Some(2))?;
    fields.serialize_entry("kind", kind)?;
    fields.serialize_entry("severity", &kind.severity())?;
    fields.end()
}

impl AlertPage {
    /// How many alerts are shown at a time.
    pub const MAX: usize = 1000;

    /// The last of those that were seen from `since` on, of one client or of all.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn read(
        store: &dyn AlertStore,
        client: Option<ClientId>,
        since: Timestamp,
    ) -> Result<Self, ActivityError> {
        let query = AlertQuery {
            client,
            since,
            limit: Self::MAX + 1,
        };
        let mut alerts = store.alerts(&query).await?;
        let has_more = alerts.len() > Self::MAX;
        alerts.truncate(Self::MAX);
        Ok(Self { alerts, has_more })
    }
}

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

impl Counted {
    /// Adds what was seen in an hour, of which less may have been known before. What comes late for an
    /// hour before the last one is not added.
    pub fn add(&mut self, hour: OffsetDateTime, in_hour: u64) {
        if hour < self.hour {
            return;
        }
        if hour > self.hour {
            (self.hour, self.in_hour) = (hour, 0);
        }
        self.sum += in_hour.saturating_sub(self.in_hour);
        self.in_hour = self.in_hour.max(in_hour);
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

    #[test]
    fn what_is_seen_again_is_counted_once() {
        let hour = datetime!(2026-03-01 12:00 UTC);
        let mut counted = Counted {
            sum: 0,
            hour,
            in_hour: 0,
        };
        for (hours, in_hour, sum) in [
            (0, 5, 5),
            (0, 7, 7),
            (0, 7, 7),
            (1, 2, 9),
            (0, 9, 9),
            (1, 3, 10),
        ] {
            counted.add(hour + Duration::hours(hours), in_hour);
            assert_eq!(counted.sum, sum);
        }
    }
}
