use crate::{Receipt, Redemption, Session, SessionStoreError, SignInLink, TokenHash};
use async_trait::async_trait;
use central_logger_keys::{KeyId, KeyOwner};
use time::OffsetDateTime;

/// So many live sessions and links, together, each owner may have: a link takes the place of the session
/// that it makes.
pub(crate) const MOST: usize = 1000;

/// Keeps sessions and sign-in links. Everything that has ended is gone for every server at the commit, so
/// nobody remembers what a store has answered.
///
/// # Examples
///
/// ```
/// use central_logger_keys::ClientId;
/// use central_logger_sessions::{Ended, MemorySessions, SessionStore, SessionStoreError};
///
/// /// Sends everybody of a client home.
/// async fn close(store: &dyn SessionStore, client: &ClientId) -> Result<Ended, SessionStoreError> {
///     store.end_all(&client.clone().into()).await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ended = close(&MemorySessions::new(), &"acme_corp".parse()?).await?;
/// assert_eq!((ended.sessions.len(), ended.links), (0, 0));
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Keeps a new link and the receipt of the request for it, both or neither.
    ///
    /// # Errors
    /// [`SessionStoreError::Full`] when its owner has too many, [`SessionStoreError::Repeated`] when a receipt
    /// of the request is remembered, or when the store fails.
    async fn add_link(
        &self,
        link: &SignInLink,
        token: &TokenHash,
        receipt: Option<&Receipt>,
    ) -> Result<(), SessionStoreError>;

    /// The receipt of a request for a session or a link, however old it is.
    ///
    /// # Errors
    /// When the store fails.
    async fn receipt(&self, id: &str) -> Result<Option<Receipt>, SessionStoreError>;

    /// The link of a token, used or not.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_link(&self, token: &TokenHash) -> Result<Option<SignInLink>, SessionStoreError>;

    /// Uses a link up for a session, which it returns; nothing if the link is not good any more. Of any
    /// number that come at once, one gets the session.
    ///
    /// # Errors
    /// When the store fails.
    async fn redeem(&self, redemption: &Redemption) -> Result<Option<Session>, SessionStoreError>;

    /// Keeps a new session and the receipt of the request for it, both or neither.
    ///
    /// # Errors
    /// As [`add_link`](Self::add_link).
    async fn add(
        &self,
        session: &Session,
        token: &TokenHash,
        receipt: Option<&Receipt>,
    ) -> Result<(), SessionStoreError>;

    /// The session of a token, unless it was ended. It may have ended by itself.
    ///
    /// # Errors
    /// When the store fails.
    async fn find(&self, token: &TokenHash) -> Result<Option<Session>, SessionStoreError>;

    /// The session of an id, unless it was ended. It may have ended by itself.
    ///
    /// # Errors
    /// When the store fails.
    async fn find_by_id(&self, id: &KeyId) -> Result<Option<Session>, SessionStoreError>;

    /// Writes down a use, unless a later one is written down.
    ///
    /// # Errors
    /// When the store fails.
    async fn touch(
        &self,
        id: &KeyId,
        at: OffsetDateTime,
        idle_ends_at: OffsetDateTime,
    ) -> Result<(), SessionStoreError>;

    /// The sessions of an owner, or of all, that are live at `now`, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    async fn list(
        &self,
        owner: Option<&KeyOwner>,
        now: OffsetDateTime,
    ) -> Result<Vec<Session>, SessionStoreError>;

    /// Ends a session, and returns it if there was one.
    ///
    /// # Errors
    /// When the store fails.
    async fn end(&self, id: &KeyId) -> Result<Option<Session>, SessionStoreError>;

    /// Ends all sessions of an owner and withdraws its links, also those that others are using up at the
    /// moment.
    ///
    /// # Errors
    /// When the store fails.
    async fn end_all(&self, owner: &KeyOwner) -> Result<Ended, SessionStoreError>;

    /// Deletes what has ended by itself before a point in time. Receipts stay: they are deleted with those of
    /// changes of keys.
    ///
    /// # Errors
    /// When the store fails.
    async fn purge(&self, before: OffsetDateTime) -> Result<(), SessionStoreError>;
}

/// What was ended of an owner.
///
/// # Examples
///
/// ```
/// use central_logger_sessions::Ended;
///
/// assert!(Ended::default().is_nothing());
/// assert!(!Ended { links: 1, ..Ended::default() }.is_nothing());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended {
    /// The ids of the sessions.
    pub sessions: Vec<KeyId>,
    /// How many links were withdrawn before anybody used them.
    pub links: usize,
}

impl Ended {
    /// Whether there was nothing to end.
    pub fn is_nothing(&self) -> bool {
        self.sessions.is_empty() && self.links == 0
    }
}

impl dyn SessionStore {
    /// How many live sessions and links, together, an owner may have.
    pub const MOST: usize = MOST;
}
