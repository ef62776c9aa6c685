use crate::{ClientPolicy, OnLeak, Patch};
use central_logger_times::UnitDuration;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{fmt, str::FromStr};

/// What is set of a policy, for one client or for all. What is not set is as for all, or else as by default.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::{Limit, PolicySettings};
///
/// let for_all = PolicySettings { self_service: Some(false), ..PolicySettings::default() };
/// let own: PolicySettings = r#"{"self_service":true,"max_keys":5}"#.parse()?;
/// let policy = own.over(&for_all);
/// assert!(policy.self_service);
/// assert_eq!((policy.max_keys, own.max_keys), (Some(5), Some(Limit::AtMost(5))));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicySettings {
    /// Whether the client may make and change keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_service: Option<bool>,
    /// How many keys the client may have at a time.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "set")]
    pub max_keys: Option<Limit<u32>>,
    /// The longest lifetime of a key that the client makes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "set")]
    pub max_lifetime: Option<Limit<UnitDuration>>,
    /// Whether each key that the client makes must expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_expiry: Option<bool>,
    /// Whether a successor that the client makes may outlive an expiry that the provider has set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewable: Option<bool>,
    /// What becomes of a key that is found where others can read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_leak: Option<OnLeak>,
}

/// A limit that is set, if only to say that there is none. JSON has `null` for that.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::Limit;
///
/// assert_eq!("5".parse(), Ok(Limit::AtMost(5_u32)));
/// assert_eq!("none".parse(), Ok(Limit::<u32>::Unlimited));
/// assert_eq!(serde_json::to_string(&Limit::<u32>::Unlimited)?, "null");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit<T> {
    /// There is none.
    Unlimited,
    /// At most so much.
    AtMost(T),
}

/// A change of a policy. What is cleared is as for all again.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::{Limit, Patch, PolicyPatch, PolicySettings};
///
/// let patch = PolicyPatch { max_keys: Patch::Set(Limit::AtMost(5)), ..PolicyPatch::default() };
/// let settings = patch.applied_to(&PolicySettings::default());
/// assert_eq!(settings.to_string(), r#"{"max_keys":5}"#);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PolicyPatch {
    /// Whether the client may make and change keys.
    pub self_service: Patch<bool>,
    /// How many keys the client may have at a time.
    pub max_keys: Patch<Limit<u32>>,
    /// The longest lifetime of a key that the client makes.
    pub max_lifetime: Patch<Limit<UnitDuration>>,
    /// Whether each key that the client makes must expire.
    pub require_expiry: Patch<bool>,
    /// Whether a successor that the client makes may outlive an expiry that the provider has set.
    pub renewable: Patch<bool>,
    /// What becomes of a key that is found where others can read it.
    pub on_leak: Patch<OnLeak>,
}

impl PolicySettings {
    /// Returns the policy of a client with these settings of its own, member by member.
    pub fn over(&self, for_all: &Self) -> ClientPolicy {
        let default = ClientPolicy::default();
        let max_keys = self.max_keys.or(for_all.max_keys);
        let max_lifetime = self.max_lifetime.or(for_all.max_lifetime);
        let flag = |own: Option<bool>, all: Option<bool>, default| own.or(all).unwrap_or(default);
        ClientPolicy {
            self_service: flag(
                self.self_service,
                for_all.self_service,
                default.self_service,
            ),
            max_keys: max_keys.and_then(Limit::value),
            max_lifetime: max_lifetime
                .and_then(Limit::value)
                .map(UnitDuration::duration),
            require_expiry: flag(
                self.require_expiry,
                for_all.require_expiry,
                default.require_expiry,
            ),
            renewable: flag(self.renewable, for_all.renewable, default.renewable),
            on_leak: self.on_leak.or(for_all.on_leak).unwrap_or(default.on_leak),
        }
    }
}

impl PolicyPatch {
    /// Returns the settings as they are to be.
    pub fn applied_to(&self, present: &PolicySettings) -> PolicySettings {
        PolicySettings {
            self_service: self.self_service.applied_to(present.self_service),
            max_keys: self.max_keys.applied_to(present.max_keys),
            max_lifetime: self.max_lifetime.applied_to(present.max_lifetime),
            require_expiry: self.require_expiry.applied_to(present.require_expiry),
            renewable: self.renewable.applied_to(present.renewable),
            on_leak: self.on_leak.applied_to(present.on_leak),
        }
    }
}

/// As JSON, as stores keep it.
impl fmt::Display for PolicySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", serde_json::json!(self))
    }
}

impl FromStr for PolicySettings {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}

impl<T> Limit<T> {
    /// Returns the limit, if there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Unlimited => None,
            Self::AtMost(value) => Some(value),
        }
    }
}

impl<T: FromStr> FromStr for Limit<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::Unlimited),
            limit => limit.parse().map(Self::AtMost),
        }
    }
}

impl<T: Serialize + Copy> Serialize for Limit<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(to)
    }
}

/// What can be limited, as JSON has it.
trait Limited: Sized {
    fn read(value: &serde_json::Value) -> Option<Self>;
}

impl Limited for u32 {
    fn read(value: &serde_json::Value) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

impl Limited for UnitDuration {
    fn read(value: &serde_json::Value) -> Option<Self> {
        value.as_str()?.parse().ok()
    }
}

/// A member that is there: null is no limit.
fn set<'de, T: Limited, D: Deserializer<'de>>(from: D) -> Result<Option<Limit<T>>, D::Error> {
    match serde_json::Value::deserialize(from)? {
        serde_json::Value::Null => Ok(Some(Limit::Unlimited)),
        value => match T::read(&value) {
            Some(limit) => Ok(Some(Limit::AtMost(limit))),
            None => Err(D::Error::custom("this is no limit of a policy")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;

    #[test]
    fn own_members_are_taken_before_those_of_all() {
        let for_all: PolicySettings =
            r#"{"self_service":false,"max_keys":5,"max_lifetime":"90d","renewable":true}"#
                .parse()
                .unwrap();
        let policy = |own: &str| own.parse::<PolicySettings>().unwrap().over(&for_all);
        let as_all = policy("{}");
        assert!(!as_all.self_service && as_all.renewable && !as_all.require_expiry);
        assert_eq!(
            (as_all.max_keys, as_all.max_lifetime),
            (Some(5), Some(Duration::days(90)))
        );
        let own = policy(r#"{"self_service":true,"max_keys":null,"max_lifetime":"24h"}"#);
        assert!(own.self_service && own.renewable);
        assert_eq!(
            (own.max_keys, own.max_lifetime),
            (None, Some(Duration::DAY))
        );
        let nothing = PolicySettings::default();
        assert_eq!(nothing.over(&nothing), ClientPolicy::default());
    }

    #[test]
    fn settings_are_written_as_they_are_read() {
        for text in [
            "{}",
            r#"{"max_keys":null}"#,
            r#"{"max_lifetime":"90d"}"#,
            r#"{"self_service":false,"max_keys":0,"max_lifetime":null,"require_expiry":true,"renewable":false,"on_leak":"alert"}"#,
        ] {
            let settings: PolicySettings = text.parse().unwrap();
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::json!(settings), value);
            assert_eq!(
                settings.to_string().parse::<PolicySettings>().unwrap(),
                settings
            );
        }
        for text in ["", "7", r#"{"max_keys":-1}"#, r#"{"max_lifetime":"soon"}"#] {
            assert!(text.parse::<PolicySettings>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_cleared_is_as_for_all() {
        let set: PolicySettings = r#"{"self_service":false,"max_keys":5}"#.parse().unwrap();
        let patch = PolicyPatch {
            self_service: Patch::Clear,
            renewable: Patch::Set(true),
            ..PolicyPatch::default()
        };
        let after = patch.applied_to(&set).to_string();
        assert_eq!(after, r#"{"max_keys":5,"renewable":true}"#);
    }
}
