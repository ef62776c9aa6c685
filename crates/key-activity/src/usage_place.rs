use crate::Usage;
use central_logger_keys::{ClientId, KeyId};
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// The place of counts in a list: by client and key, both of which may be unknown.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::UsagePlace;
///
/// let [first, second] = ["acme_corp.", "acme_corp.4fzyo82mvyi1"].map(str::parse::<UsagePlace>);
/// assert!(first? < second?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsagePlace {
    client: Option<ClientId>,
    key: Option<KeyId>,
}

/// A text that is no place in a list of counts.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{InvalidUsagePlace, UsagePlace};
///
/// assert_eq!("the end".parse::<UsagePlace>(), Err(InvalidUsagePlace));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no next_cursor of this list")]
pub struct InvalidUsagePlace;

impl UsagePlace {
    /// Returns the place of counts.
    pub fn of(usage: &Usage) -> Self {
        Self {
            client: usage.client_id.clone(),
            key: usage.key_id.clone(),
        }
    }
}

impl fmt::Display for UsagePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = self.client.as_ref().map_or("", ClientId::as_str);
        let key = self.key.as_ref().map_or("", KeyId::as_str);
        write!(f, "{client}.{key}")
    }
}

impl FromStr for UsagePlace {
    type Err = InvalidUsagePlace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (client, key) = text.split_once('.').ok_or(InvalidUsagePlace)?;
        Ok(Self {
            client: known(client)?,
            key: known(key)?,
        })
    }
}

impl Serialize for UsagePlace {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

fn known<T: FromStr>(text: &str) -> Result<Option<T>, InvalidUsagePlace> {
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| InvalidUsagePlace),
    }
}
