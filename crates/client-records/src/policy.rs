use serde::{Deserialize, Serialize, Serializer};
use std::str::FromStr;
use time::Duration;

/// What a client may do with its own keys. The provider sets it.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::ClientPolicy;
///
/// let policy = ClientPolicy { max_keys: Some(5), ..ClientPolicy::default() };
/// assert!(policy.self_service);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ClientPolicy {
    /// Whether the client may make and change keys.
    pub self_service: bool,
    /// The number of keys that the client may have at a time that are active or disabled; `None` is no
    /// limit.
    pub max_keys: Option<u32>,
    /// The longest lifetime of a key that the client makes; `None` is no limit.
    #[serde(serialize_with = "as_written")]
    pub max_lifetime: Option<Duration>,
    /// Whether each key that the client makes must expire.
    pub require_expiry: bool,
    /// Whether a successor that the client makes may outlive an expiry that the provider has set.
    pub renewable: bool,
    /// What becomes of a key that is found where others can read it, beside the alert.
    pub on_leak: OnLeak,
}

/// What becomes of a key that is found where others can read it.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::OnLeak;
///
/// assert_eq!("disable".parse(), Ok(OnLeak::Disable));
/// assert_eq!(OnLeak::default(), OnLeak::Revoke);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnLeak {
    /// It is revoked.
    #[default]
    Revoke,
    /// It is disabled until somebody has looked.
    Disable,
    /// It stays as it is.
    Alert,
}

/// A text that is no [`OnLeak`].
///
/// # Examples
///
/// ```
/// use central_logger_client_records::{InvalidOnLeak, OnLeak};
///
/// assert_eq!("ignore".parse::<OnLeak>(), Err(InvalidOnLeak));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a leaked key is to be revoke, disable or alert")]
pub struct InvalidOnLeak;

impl FromStr for OnLeak {
    type Err = InvalidOnLeak;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "revoke" => Ok(Self::Revoke),
            "disable" => Ok(Self::Disable),
            "alert" => Ok(Self::Alert),
            _ => Err(InvalidOnLeak),
        }
    }
}

impl OnLeak {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Disable => "disable",
            Self::Alert => "alert",
        }
    }
}

impl Default for ClientPolicy {
    fn default() -> Self {
        Self {
            self_service: true,
            max_keys: None,
            max_lifetime: None,
            require_expiry: false,
            renewable: false,
            on_leak: OnLeak::Revoke,
        }
    }
}

impl ClientPolicy {
    /// Returns the longest lifetime as people write it, in the largest unit that it is a whole number of.
    pub fn max_lifetime_text(&self) -> Option<String> {
        let seconds = self.max_lifetime?.whole_seconds();
        let units = [(86_400, 'd'), (3600, 'h'), (60, 'm')];
        let unit = units.into_iter().find(|(length, _)| seconds % length == 0);
        let (length, letter) = unit.unwrap_or((1, 's'));
        Some(format!("{}{letter}", seconds / length))
    }
}

fn as_written<S: Serializer>(lifetime: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    let max_lifetime = *lifetime;
    let policy = ClientPolicy {
        max_lifetime,
        ..ClientPolicy::default()
    };
    policy.max_lifetime_text().serialize(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_written_as_people_read_it() {
        let json = |lifetime: Option<Duration>| {
            let policy = ClientPolicy {
                max_lifetime: lifetime,
                ..ClientPolicy::default()
            };
            serde_json::to_value(policy).unwrap()
        };
        assert_eq!(
            json(Some(Duration::days(90))),
            serde_json::json!({
                "self_service": true, "max_keys": null, "max_lifetime": "90d",
                "require_expiry": false, "renewable": false, "on_leak": "revoke",
            })
        );
        for (lifetime, text) in [
            (Duration::hours(36), "36h"),
            (Duration::minutes(90), "90m"),
            (Duration::seconds(61), "61s"),
        ] {
            assert_eq!(json(Some(lifetime))["max_lifetime"], text);
        }
        assert!(json(None)["max_lifetime"].is_null());
    }
}
