//! Sessions in a store, beside which something happens that seldom does.

use async_trait::async_trait;
use central_logger_keys::{KeyId, KeyOwner};
use central_logger_sessions::{
    Ended, Receipt, Redemption, Session, SessionStore, SessionStoreError, SignInLink, TokenHash,
};
use std::sync::Arc;
use time::OffsetDateTime;

/// What happens beside calls of the store. Nothing does, unless a test says so.
#[async_trait]
pub(crate) trait Disturbance: Send + Sync {
    /// Happens when a session was added.
    async fn after_adding(
        &self,
        _sessions: &dyn SessionStore,
        _session: &Session,
    ) -> Result<(), SessionStoreError> {
        Ok(())
    }

    /// Happens when a session was looked up by its id, before the answer arrives.
    async fn after_finding(&self) {}

    /// Happens before sessions are listed.
    async fn before_listing(&self) -> Result<(), SessionStoreError> {
        Ok(())
    }
}

pub(crate) struct DisturbedSessions<D> {
    pub(crate) sessions: Arc<dyn SessionStore>,
    pub(crate) disturbance: D,
}

#[async_trait]
impl<D: Disturbance> SessionStore for DisturbedSessions<D> {
    async fn add_link(
        &self,
        link: &SignInLink,
        token: &TokenHash,
        receipt: Option<&Receipt>,
    ) -> Result<(), SessionStoreError> {
        self.sessions.add_link(link, token, receipt).await
    }

    async fn receipt(&self, id: &str) -> Result<Option<Receipt>, SessionStoreError> {
        self.sessions.receipt(id).await
    }

    async fn find_link(&self, token: &TokenHash) -> Result<Option<SignInLink>, SessionStoreError> {
        self.sessions.find_link(token).await
    }

    async fn redeem(&self, redemption: &Redemption) -> Result<Option<Session>, SessionStoreError> {
        self.sessions.redeem(redemption).await
    }

    async fn add(
        &self,
        session: &Session,
        token: &TokenHash,
        receipt: Option<&Receipt>,
    ) -> Result<(), SessionStoreError> {
        self.sessions.add(session, token, receipt).await?;
        let sessions = &*self.sessions;
        self.disturbance.after_adding(sessions, session).await
    }

    async fn find(&self, token: &TokenHash) -> Result<Option<Session>, SessionStoreError> {
        self.sessions.find(token).await
    }

    async fn find_by_id(&self, id: &KeyId) -> Result<Option<Session>, SessionStoreError> {
        let found = self.sessions.find_by_id(id).await;
        self.disturbance.after_finding().await;
        found
    }

    async fn touch(
        &self,
        id: &KeyId,
        at: OffsetDateTime,
        idle_ends_at: OffsetDateTime,
    ) -> Result<(), SessionStoreError> {
        self.sessions.touch(id, at, idle_ends_at).await
    }

    async fn list(
        &self,
        owner: Option<&KeyOwner>,
        now: OffsetDateTime,
    ) -> Result<Vec<Session>, SessionStoreError> {
        self.disturbance.before_listing().await?;
        self.sessions.list(owner, now).await
    }

    async fn end(&self, id: &KeyId) -> Result<Option<Session>, SessionStoreError> {
        self.sessions.end(id).await
    }

    async fn end_all(&self, owner: &KeyOwner) -> Result<Ended, SessionStoreError> {
        self.sessions.end_all(owner).await
    }

    async fn purge(&self, before: OffsetDateTime) -> Result<(), SessionStoreError> {
        self.sessions.purge(before).await
    }
}
