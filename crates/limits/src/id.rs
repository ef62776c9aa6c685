use central_logger_keys::{ClientId, KeyId};
use std::fmt;

/// The name of a limit in a store.
///
/// # Examples
///
/// ```
/// use central_logger_limits::LimitId;
///
/// let id = LimitId::requests_per_day(&"acme_corp".parse()?);
/// assert_eq!(id.as_str(), "requests_per_day:acme_corp");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LimitId(String);

impl LimitId {
    /// The rate of a key, which successors and keys that it has made may share.
    pub fn rate(key: &KeyId) -> Self {
        Self(format!("rate:{key}"))
    }

    /// Requests of a client in a day.
    pub fn requests_per_day(client: &ClientId) -> Self {
        Self(format!("requests_per_day:{client}"))
    }

    /// Requests of a client in a month.
    pub fn requests_per_month(client: &ClientId) -> Self {
        Self(format!("requests_per_month:{client}"))
    }

    /// Entries that a client stores in a day.
    pub fn entries_per_day(client: &ClientId) -> Self {
        Self(format!("entries_per_day:{client}"))
    }

    /// Bytes that a client stores in a day.
    pub fn bytes_per_day(client: &ClientId) -> Self {
        Self(format!("bytes_per_day:{client}"))
    }

    /// Returns the name as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LimitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
