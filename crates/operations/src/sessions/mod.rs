//! Sign-in links and sessions of people.

mod begin;
mod end;
mod link;
mod repeats;
mod view;

pub use begin::Begun;
pub use end::EndedSessions;
pub use link::{LinkMaker, MadeLink, NewSignInLink};
pub use view::{SessionList, SessionPage, SessionView};

use crate::{
    OperationError, Operations,
    paging::{CreationPlace, PageRequest},
};
use central_logger_key_store::{AuditAction, NamedRequest, Owners};
use central_logger_keyring::Keyring;
use central_logger_keys::{KeyId, KeyOwner};
use central_logger_sessions::SessionStore;
use central_logger_times::Clock;
use std::{collections::HashSet, fmt, sync::Arc};

/// Operations on sessions, in the name of the actor of a keyring. Who may ask for which is up to the front
/// end: a command for all, a route for what its caller owns.
#[derive(Clone)]
pub struct SessionOperations {
    pub(crate) store: Arc<dyn SessionStore>,
    keyring: Keyring,
    clock: Arc<dyn Clock>,
    /// The request that the next session or link is made for, if its sender has named it.
    request: Option<NamedRequest>,
}

impl SessionOperations {
    /// Makes operations that the audit trail of `keyring` records.
    pub fn new(store: Arc<dyn SessionStore>, keyring: Keyring, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            keyring,
            clock,
            request: None,
        }
    }

    /// Returns the live sessions of an owner, or of all, the oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, owner: Option<&KeyOwner>) -> Result<SessionList, OperationError> {
        let sessions = self.store.list(owner, self.clock.now()).await?;
        let sessions = sessions.into_iter().map(SessionView::from).collect();
        Ok(SessionList { sessions })
    }

    /// Returns those of them that `is_shown` takes, page by page.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn page(
        &self,
        owner: Option<&KeyOwner>,
        is_shown: impl Fn(&SessionView) -> bool,
        page: &PageRequest,
    ) -> Result<SessionPage, OperationError> {
        let sessions = self.list(owner).await?.sessions.into_iter();
        let place =
            |session: &SessionView| CreationPlace::new(session.created_at, &session.session_id);
        let (sessions, next_cursor) = page.of(sessions.filter(is_shown), place);
        Ok(SessionPage {
            sessions,
            next_cursor,
        })
    }

    /// Returns a live session.
    ///
    /// # Errors
    /// When the store fails, or there is no such session.
    pub async fn show(&self, id: &KeyId) -> Result<SessionView, OperationError> {
        let found = self.store.find_by_id(id).await?;
        let found = found.filter(|session| session.is_live(self.clock.now()));
        let session = found.ok_or_else(|| OperationError::UnknownSession(id.clone()))?;
        Ok(session.into())
    }

    /// Takes the ids of keys of the provider out of what a client is shown.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn hide_keys_of_provider(
        &self,
        sessions: &mut [SessionView],
    ) -> Result<(), OperationError> {
        if sessions.iter().all(|session| session.key_id.is_none()) {
            return Ok(());
        }
        // Not the keys of the client, to which static ones belong that are not stored.
        let keys = self.keyring.list(Owners::Provider, None).await?;
        let readable = keys.records.iter().map(|key| key.id.as_str());
        let unreadable = keys.unreadable.iter().map(|key| key.id.as_str());
        let hidden: HashSet<_> = readable.chain(unreadable).collect();
        for session in sessions {
            let key = session.key_id.take();
            session.key_id = key.filter(|id| !hidden.contains(id.as_str()));
        }
        Ok(())
    }

    /// Writes an entry of the audit trail about sessions of `owner`.
    async fn record(
        &self,
        action: AuditAction,
        owner: &KeyOwner,
        what: &serde_json::Value,
    ) -> Result<(), OperationError> {
        let text = what.to_string();
        let recorded = self.keyring.record_session(action, owner.client(), &text);
        recorded.await?.at_commit();
        Ok(())
    }
}

impl Operations {
    /// Returns the operations on sessions, in the name of the same caller. Requests for changes of keys are
    /// remembered with those, not with sessions.
    pub fn sessions(&self) -> SessionOperations {
        let keyring = self.keyring.clone().without_request();
        let store = Arc::clone(&self.stores.sessions);
        SessionOperations::new(store, keyring, Arc::clone(&self.clock))
    }
}

impl fmt::Debug for SessionOperations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionOperations").finish_non_exhaustive()
    }
}
