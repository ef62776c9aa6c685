use crate::{AlertId, AlertKind, Delivery};
use central_logger_keys::{ClientId, KeyId};
use serde::{Serialize, Serializer, ser::SerializeMap};
use time::OffsetDateTime;

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

fn kind_and_severity<S: Serializer>(kind: &AlertKind, to: S) -> Result<S::Ok, S::Error> {
    let mut fields = to.serialize_map(Some(2))?;
    fields.serialize_entry("kind", kind)?;
    fields.serialize_entry("severity", &kind.severity())?;
    fields.end()
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

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, macros::datetime};

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
