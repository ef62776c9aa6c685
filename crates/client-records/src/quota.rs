//! Limits of what all keys of a client may do together. The store keeps, audits and feeds them; each is
//! enforced where it is used up.

use central_logger_keys::ClientId;
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::num::NonZeroU64;

/// The limits of a client; by default none.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::quota::{Quota, QuotaDimension};
/// use std::num::NonZeroU64;
///
/// let million = NonZeroU64::new(1_000_000);
/// let quota = Quota::default().with(QuotaDimension::EntriesPerDay, million);
/// assert_eq!(quota.limit(QuotaDimension::EntriesPerDay), million);
/// assert_eq!(quota.limit(QuotaDimension::RequestsPerDay), None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quota([Option<NonZeroU64>; QuotaDimension::ALL.len()]);

/// What a quota limits. Days and months begin at midnight UTC.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::quota::QuotaDimension;
///
/// let names = QuotaDimension::ALL.map(QuotaDimension::as_str);
/// assert_eq!(names, ["requests_per_day", "requests_per_month", "entries_per_day", "bytes_per_day"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QuotaDimension {
    /// Requests in a day.
    RequestsPerDay,
    /// Requests in a month.
    RequestsPerMonth,
    /// Entries that are stored in a day.
    EntriesPerDay,
    /// Bytes of the texts of entries that are stored in a day.
    BytesPerDay,
}

/// A quota that a client is to have from now on.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::quota::{ClientQuota, Quota};
///
/// let quota = Quota::default(); // no limit
/// let unlimited = ClientQuota { client_id: "acme_corp".parse()?, quota };
/// assert!(unlimited.quota.is_unlimited());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientQuota {
    /// Which client.
    pub client_id: ClientId,
    /// The quota.
    pub quota: Quota,
}

/// A change of a quota. What it does not name stays as it is.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::quota::{Quota, QuotaDimension, QuotaUpdate};
/// use std::num::NonZeroU64;
///
/// let day = NonZeroU64::new(100_000);
/// let update = QuotaUpdate::default().with(QuotaDimension::RequestsPerDay, day);
/// let quota = update.applied_to(Quota::default());
/// assert_eq!(quota.limit(QuotaDimension::RequestsPerDay), day);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuotaUpdate(Vec<(QuotaDimension, Option<NonZeroU64>)>);

impl QuotaUpdate {
    /// Sets a limit, or takes it away.
    #[must_use]
    pub fn with(mut self, dimension: QuotaDimension, limit: Option<NonZeroU64>) -> Self {
        self.0.push((dimension, limit));
        self
    }

    /// Returns what becomes of a quota.
    pub fn applied_to(&self, present: Quota) -> Quota {
        let limits = self.0.iter();
        limits.fold(present, |quota, (dimension, limit)| {
            quota.with(*dimension, *limit)
        })
    }
}

impl QuotaDimension {
    /// All dimensions, in the order in which they are told.
    pub const ALL: [Self; 4] = [
        Self::RequestsPerDay,
        Self::RequestsPerMonth,
        Self::EntriesPerDay,
        Self::BytesPerDay,
    ];

    /// Returns the name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestsPerDay => "requests_per_day",
            Self::RequestsPerMonth => "requests_per_month",
            Self::EntriesPerDay => "entries_per_day",
            Self::BytesPerDay => "bytes_per_day",
        }
    }
}

impl Quota {
    /// Returns the limit in a dimension, if there is one.
    pub fn limit(&self, dimension: QuotaDimension) -> Option<NonZeroU64> {
        self.0[dimension as usize]
    }

    /// Returns the quota with another limit in a dimension, or with none.
    #[must_use]
    pub fn with(mut self, dimension: QuotaDimension, limit: Option<NonZeroU64>) -> Self {
        self.0[dimension as usize] = limit;
        self
    }

    /// Returns whether there is no limit.
    pub fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }
}

impl Serialize for Quota {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut members = to.serialize_map(Some(self.0.len()))?;
        for dimension in QuotaDimension::ALL {
            members.serialize_entry(dimension.as_str(), &self.limit(dimension))?;
        }
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_written_by_their_names() {
        let quota = Quota::default()
            .with(QuotaDimension::RequestsPerMonth, NonZeroU64::new(7))
            .with(QuotaDimension::BytesPerDay, NonZeroU64::new(1 << 30));
        assert_eq!(
            serde_json::to_string(&quota).unwrap(),
            r#"{"requests_per_day":null,"requests_per_month":7,"entries_per_day":null,"bytes_per_day":1073741824}"#
        );
    }
}
