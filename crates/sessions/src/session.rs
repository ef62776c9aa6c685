use crate::SessionLengths;
use central_logger_keys::{KeyId, KeyOwner, Scopes};
use central_logger_text::PlainText;
use time::{Duration, OffsetDateTime};

/// A person who has signed in, without anything secret.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ClientId, KeyId, KeyOwner, Scopes};
/// use central_logger_sessions::{Session, SessionLengths};
/// use time::{Duration, macros::datetime};
///
/// let now = datetime!(2026-03-01 12:00 UTC);
/// let owner = KeyOwner::from("acme_corp".parse::<ClientId>()?);
/// let session = Session::beginning(KeyId::generate()?, owner, Scopes::default(), now, SessionLengths::default());
/// assert!(session.is_live(now + Duration::minutes(29)));
/// assert!(!session.is_live(now + Duration::minutes(30)), "it was not used");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The public id, of the form of a key id.
    pub id: KeyId,
    /// For whom the person acts.
    pub owner: KeyOwner,
    /// Who it is, for people.
    pub name: Option<PlainText>,
    /// What the session allows, as far as the key that it came from does.
    pub scopes: Scopes,
    /// The key that it came from, with which it ends.
    pub key_id: Option<KeyId>,
    /// Whether a person of the provider has begun it, to see what the client sees.
    pub by_provider: bool,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When it was last used, up to a minute late.
    pub last_used_at: OffsetDateTime,
    /// From this time on it has ended, unless it is used before.
    pub idle_ends_at: OffsetDateTime,
    /// From this time on it has ended in any case.
    pub ends_at: OffsetDateTime,
}

/// The last use of a session is written down at most so often.
const TOUCHED_EACH: Duration = Duration::MINUTE;

impl Session {
    /// A session that begins now, of nobody in particular and from no key.
    pub fn beginning(
        id: KeyId,
        owner: KeyOwner,
        scopes: Scopes,
        now: OffsetDateTime,
        lengths: SessionLengths,
    ) -> Self {
        let (idle_ends_at, ends_at) = lengths.ends(now);
        Self {
            id,
            owner,
            name: None,
            scopes,
            key_id: None,
            by_provider: false,
            created_at: now,
            last_used_at: now,
            idle_ends_at,
            ends_at,
        }
    }

    /// Whether it has not ended by itself.
    pub fn is_live(&self, now: OffsetDateTime) -> bool {
        now < self.end()
    }

    /// When it ends if it is not used any more.
    pub fn end(&self) -> OffsetDateTime {
        self.idle_ends_at.min(self.ends_at)
    }

    /// The end that a use at `now` gives the session, if it is time to write that down: once a minute, and
    /// more often only where a session would end within minutes otherwise.
    pub fn prolonged(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let idle = self.idle_ends_at - self.last_used_at;
        let is_due = now - self.last_used_at >= TOUCHED_EACH.min(idle / 4);
        is_due.then(|| now + idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_keys::ClientId;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

    fn session(lengths: SessionLengths) -> Session {
        let owner = KeyOwner::from("acme".parse::<ClientId>().unwrap());
        let id = KeyId::generate().unwrap();
        Session::beginning(id, owner, Scopes::default(), NOW, lengths)
    }

    #[test]
    fn a_session_ends_by_idleness_and_at_last() {
        let mut session = session(SessionLengths::default());
        assert_eq!(session.end(), NOW + Duration::minutes(30));
        session.idle_ends_at = NOW + Duration::hours(13);
        assert!(session.is_live(NOW + Duration::hours(12) - Duration::MILLISECOND));
        assert!(!session.is_live(NOW + Duration::hours(12)));
    }

    #[test]
    fn a_use_is_written_down_once_a_minute() {
        let long = session(SessionLengths::default());
        assert_eq!(long.prolonged(NOW + Duration::seconds(59)), None);
        let end = NOW + Duration::minutes(31);
        assert_eq!(long.prolonged(NOW + Duration::MINUTE), Some(end));
        let short = session(SessionLengths {
            idle: Duration::seconds(20),
            ..SessionLengths::default()
        });
        assert_eq!(short.prolonged(NOW + Duration::seconds(4)), None);
        let end = NOW + Duration::seconds(25);
        assert_eq!(short.prolonged(NOW + Duration::seconds(5)), Some(end));
    }
}
