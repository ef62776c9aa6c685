//! What becomes of the sessions of a key that is disabled, where something comes in between.

use crate::provider::{NOW, Provider, client, code, operations};
use async_trait::async_trait;
use central_logger_key_store::NamedRequest;
use central_logger_keys::{KeyId, KeyOwner};
use central_logger_operations::{Once, Operations, Stores};
use central_logger_sessions::{
    Ended, MemorySessions, Receipt, Redemption, Session, SessionLengths, SessionStore,
    SessionStoreError, SignInLink, TokenHash,
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use time::OffsetDateTime;

/// Sessions that do not go as they should.
#[derive(Default)]
struct Unlucky {
    sessions: Arc<MemorySessions>,
    /// Others end each session as soon as it is there.
    are_ended_at_once: AtomicBool,
    /// They cannot be listed.
    are_out_of_reach: AtomicBool,
}

impl Unlucky {
    fn operations(self: &Arc<Self>, provider: &Provider) -> Operations {
        let stores = Stores {
            keys: provider.keys.clone(),
            activity: provider.activity.clone(),
            logs: provider.logs.clone(),
            sessions: self.clone(),
        };
        operations(stores, provider.clock.clone())
    }
}

#[async_trait]
impl SessionStore for Unlucky {
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
        if self.are_ended_at_once.load(Ordering::Relaxed) {
            self.sessions.end(&session.id).await?;
        }
        Ok(())
    }

    async fn find(&self, token: &TokenHash) -> Result<Option<Session>, SessionStoreError> {
        self.sessions.find(token).await
    }

    async fn find_by_id(&self, id: &KeyId) -> Result<Option<Session>, SessionStoreError> {
        self.sessions.find_by_id(id).await
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
        match self.are_out_of_reach.load(Ordering::Relaxed) {
            true => Err(SessionStoreError::Unavailable("out of reach".into())),
            false => self.sessions.list(owner, now).await,
        }
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

#[tokio::test]
async fn a_session_that_who_disables_its_key_ends_first_has_ended_all_the_same() {
    let (provider, sessions) = (Provider::new(), Arc::new(Unlucky::default()));
    let key = provider.issue("acme_corp").await.result.record;
    let operations = sessions.operations(&provider);
    drop(operations.disable(&key.id).await.unwrap());
    sessions.are_ended_at_once.store(true, Ordering::Relaxed);
    let of_keys = operations.sessions();
    let late = of_keys.begin(&key, SessionLengths::default());
    assert_eq!(code(late.await), "wrong_status");
}

#[tokio::test]
async fn a_repeat_ends_the_sessions_that_the_first_has_left() {
    let (provider, sessions) = (Provider::new(), Arc::new(Unlucky::default()));
    let key = provider.issue("acme_corp").await.result.record;
    let of_keys = sessions.operations(&provider).sessions();
    let begun = of_keys.begin(&key, SessionLengths::default());
    let session = begun.await.unwrap().session;
    let disable = async || {
        let named = NamedRequest::new("4fzyo82mvyi1", "POST /disable", "one", b"");
        let disable = async |operations: Operations| operations.disable(&key.id).await;
        let operations = sessions.operations(&provider);
        operations.once(Some(named), disable).await
    };
    sessions.are_out_of_reach.store(true, Ordering::Relaxed);
    assert_eq!(code(disable().await), "database");
    sessions.are_out_of_reach.store(false, Ordering::Relaxed);
    let repeat = disable().await.unwrap();
    assert!(matches!(repeat, Once::Repeated(_)));
    let live = async || {
        let owner = client("acme_corp").into();
        sessions.list(Some(&owner), NOW).await.unwrap().len()
    };
    assert_eq!(live().await, 1);
    let end = async || {
        let operations = sessions.operations(&provider);
        operations.end_sessions_of_disabled(&key.id).await.unwrap();
    };
    end().await;
    assert_eq!(live().await, 0);
    let again = sessions.find_by_id(&session.session_id).await;
    assert_eq!(again.unwrap(), None);
    end().await;
}
