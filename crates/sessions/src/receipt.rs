use central_logger_keys::{KeyId, Seal};
use time::{Duration, OffsetDateTime};

/// What is kept of a request that its sender has named, so that a repeat makes no second session or link:
/// nothing that was sent, and nothing secret.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{KeyHasher, KeyId, SealPurpose};
/// use central_logger_sessions::Receipt;
///
/// let receipt = Receipt {
///     id: "a digest of who asks, of the route and of the name".to_owned(),
///     seal: KeyHasher::new().seal(SealPurpose::Request, b"all of that and the body"),
///     made: KeyId::generate()?,
///     at: time::macros::datetime!(2026-03-01 12:00 UTC),
/// };
/// assert!(receipt.is_remembered(receipt.at + time::Duration::hours(23)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The id of the request: of the same principal, route and name it is the same.
    pub id: String,
    /// Over the request with its name and body.
    pub seal: Seal,
    /// The id of the session or link that was made.
    pub made: KeyId,
    /// When.
    pub at: OffsetDateTime,
}

impl Receipt {
    /// For how long a request is remembered.
    pub const REMEMBERED: Duration = Duration::hours(24);

    /// Whether the request is still remembered at `now`.
    pub fn is_remembered(&self, now: OffsetDateTime) -> bool {
        now - self.at < Self::REMEMBERED
    }
}
