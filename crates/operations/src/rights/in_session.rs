use super::codes;
use crate::Stores;
use async_trait::async_trait;
use central_logger_key_store::{
    KeyAdmin, KeyRecord, KeyStatus, KeyStoreError,
    authority::{Authority, Denied, Review},
    record::UnreadableKey,
};
use central_logger_keys::{KeyId, KeyOwner};
use central_logger_sessions::{SessionStore, SessionStoreError};
use std::{fmt, sync::Arc};
use time::OffsetDateTime;

/// The authority of a person who has signed in: that of the caller, for as long as the session lives and the key
/// that it came from.
pub(crate) struct InSession {
    authority: Arc<dyn Authority>,
    session: KeyId,
    sessions: Arc<dyn SessionStore>,
    keys: Arc<dyn KeyAdmin>,
}

impl InSession {
    pub(crate) fn new(authority: Arc<dyn Authority>, session: KeyId, stores: &Stores) -> Self {
        Self {
            authority,
            session,
            sessions: Arc::clone(&stores.sessions),
            keys: Arc::clone(&stores.keys),
        }
    }
}

#[async_trait]
impl Authority for InSession {
    fn review(&self, review: &Review<'_>) -> Result<KeyRecord, Denied> {
        match review.scene.has_caller_ended {
            true => Err(Denied::new(
                codes::SESSION_ENDED,
                "The session of this request has ended",
            )),
            false => self.authority.review(review),
        }
    }

    fn review_unreadable(&self, key: &UnreadableKey) -> Result<(), Denied> {
        self.authority.review_unreadable(key)
    }

    fn is_provider(&self) -> bool {
        self.authority.is_provider()
    }

    fn needs_keys_of(&self) -> Option<&KeyOwner> {
        self.authority.needs_keys_of()
    }

    async fn has_ended(&self, now: OffsetDateTime) -> Result<bool, KeyStoreError> {
        let found = self.sessions.find_by_id(&self.session).await;
        let found = found.map_err(unavailable)?;
        let Some(session) = found.filter(|session| session.is_live(now)) else {
            return Ok(true);
        };
        let Some(key) = &session.key_id else {
            return Ok(false);
        };
        // It may be the provider's, and so none of those that the review sees. A static key is not stored.
        let key = self.keys.find(key).await?;
        Ok(key.is_some_and(|key| key.record.status(now) != KeyStatus::Active))
    }
}

impl fmt::Debug for InSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("InSession");
        debug.field("authority", &self.authority);
        debug
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

fn unavailable(error: SessionStoreError) -> KeyStoreError {
    match error {
        SessionStoreError::Unavailable(error) => KeyStoreError::Unavailable(error),
        error => KeyStoreError::Failed(Box::new(error)),
    }
}
