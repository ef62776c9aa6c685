use crate::{LinkToken, Session, SessionLengths, SessionToken, TokenHash};
use central_logger_keys::{KeyId, KeyOwner, RandomnessError, Scopes};
use central_logger_text::PlainText;
use time::OffsetDateTime;

/// A link by which a person signs in, once, without anything secret.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{KeyId, KeyOwner, Scopes};
/// use central_logger_sessions::SignInLink;
/// use time::{Duration, macros::datetime};
///
/// let now = datetime!(2026-03-01 12:00 UTC);
/// let link = SignInLink {
///     id: KeyId::generate()?,
///     owner: KeyOwner::Provider,
///     name: Some("Alice".parse()?),
///     scopes: "provider:read".parse()?,
///     key_id: None,
///     by_provider: false,
///     created_at: now,
///     valid_until: now + Duration::minutes(15),
///     used_at: None,
/// };
/// assert!(link.is_good(now) && !link.is_good(link.valid_until));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInLink {
    /// The public id, of the form of a key id.
    pub id: KeyId,
    /// For whom the person will act.
    pub owner: KeyOwner,
    /// Who it is for.
    pub name: Option<PlainText>,
    /// What the session will allow.
    pub scopes: Scopes,
    /// The key that has made it, with which link and session end.
    pub key_id: Option<KeyId>,
    /// Whether a person of the provider uses it, to see what a client sees.
    pub by_provider: bool,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// From this time on it is refused.
    pub valid_until: OffsetDateTime,
    /// When somebody has signed in by it.
    pub used_at: Option<OffsetDateTime>,
}

/// A link to be used up, and the session that is to begin.
///
/// # Examples
///
/// ```
/// use central_logger_sessions::{LinkToken, Redemption, SessionLengths, SessionToken};
/// use time::{Duration, macros::datetime};
///
/// let (in_url, in_cookie) = (LinkToken::generate()?, SessionToken::generate()?);
/// let now = datetime!(2026-03-01 12:00 UTC);
/// let redemption = Redemption::new(&in_url, &in_cookie, now, SessionLengths::default())?;
/// assert_eq!(redemption.ends_at, now + Duration::hours(12));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redemption {
    /// Of the link.
    pub link: TokenHash,
    /// Of the session.
    pub session: TokenHash,
    /// The id of the session.
    pub session_id: KeyId,
    /// When.
    pub at: OffsetDateTime,
    /// When the session ends unless it is used before.
    pub idle_ends_at: OffsetDateTime,
    /// When it ends in any case.
    pub ends_at: OffsetDateTime,
}

impl SignInLink {
    /// Whether it can be used.
    pub fn is_good(&self, now: OffsetDateTime) -> bool {
        self.used_at.is_none() && now < self.valid_until
    }
}

impl Redemption {
    /// Uses up the link of a token for a session of another one.
    ///
    /// # Errors
    /// When the operating system's random generator fails.
    pub fn new(
        link: &LinkToken,
        session: &SessionToken,
        at: OffsetDateTime,
        lengths: SessionLengths,
    ) -> Result<Self, RandomnessError> {
        let (idle_ends_at, ends_at) = lengths.ends(at);
        Ok(Self {
            link: link.hash(),
            session: session.hash(),
            session_id: KeyId::generate()?,
            at,
            idle_ends_at,
            ends_at,
        })
    }

    /// The session that a link makes.
    pub(crate) fn session_of(&self, link: &SignInLink) -> Session {
        Session {
            id: self.session_id.clone(),
            owner: link.owner.clone(),
            name: link.name.clone(),
            scopes: link.scopes.clone(),
            key_id: link.key_id.clone(),
            by_provider: link.by_provider,
            created_at: self.at,
            last_used_at: self.at,
            idle_ends_at: self.idle_ends_at,
            ends_at: self.ends_at,
        }
    }
}
