use crate::{Alert, AlertId};
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};
use time::OffsetDateTime;

/// The place of an alert in a list, the last one first. One that is found again moves ahead of all places.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::AlertPlace;
///
/// let place: AlertPlace = "1764504000123000000.00c0ffee00c0ffee".parse()?;
/// assert_eq!(place.to_string(), "1764504000123000000.00c0ffee00c0ffee");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlertPlace {
    /// When the alert was last seen.
    pub last_at: OffsetDateTime,
    /// Its id.
    pub id: AlertId,
}

/// A text that is no place in a list of alerts.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{AlertPlace, InvalidAlertPlace};
///
/// assert_eq!("the end".parse::<AlertPlace>(), Err(InvalidAlertPlace));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no next_cursor of this list")]
pub struct InvalidAlertPlace;

impl AlertPlace {
    /// Returns the place of an alert.
    pub fn of(alert: &Alert) -> Self {
        Self {
            last_at: alert.last_at,
            id: alert.id.clone(),
        }
    }
}

impl fmt::Display for AlertPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.last_at.unix_timestamp_nanos(), self.id)
    }
}

impl FromStr for AlertPlace {
    type Err = InvalidAlertPlace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (last_at, id) = text.split_once('.').ok_or(InvalidAlertPlace)?;
        let last_at = last_at.parse().map_err(|_| InvalidAlertPlace)?;
        let last_at = OffsetDateTime::from_unix_timestamp_nanos(last_at);
        Ok(Self {
            // Databases know no other years.
            last_at: last_at
                .ok()
                .filter(|at| (1970..=9999).contains(&at.year()))
                .ok_or(InvalidAlertPlace)?,
            id: id.parse().map_err(|_| InvalidAlertPlace)?,
        })
    }
}

impl Serialize for AlertPlace {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
