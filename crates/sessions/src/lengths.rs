use time::{Duration, OffsetDateTime};

/// How long sessions last.
///
/// # Examples
///
/// ```
/// use central_logger_sessions::SessionLengths;
/// use time::Duration;
///
/// let lengths = SessionLengths::default();
/// assert_eq!((lengths.idle, lengths.most), (Duration::minutes(30), Duration::hours(12)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLengths {
    /// So long after its last use a session ends.
    pub idle: Duration,
    /// So long after its beginning a session ends, however much it is used.
    pub most: Duration,
}

/// Half an hour without a use, and twelve hours in all.
impl Default for SessionLengths {
    fn default() -> Self {
        Self {
            idle: Duration::minutes(30),
            most: Duration::hours(12),
        }
    }
}

impl SessionLengths {
    /// When a session that begins at `now` ends for want of a use, and when it ends anyway.
    pub(crate) fn ends(self, now: OffsetDateTime) -> (OffsetDateTime, OffsetDateTime) {
        (now + self.idle, now + self.most)
    }
}
