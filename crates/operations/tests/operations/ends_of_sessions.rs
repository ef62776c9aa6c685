//! What becomes of the sessions of a key that is disabled, where something comes in between.

use crate::{
    disturbed_sessions::{Disturbance, DisturbedSessions},
    provider::{NOW, Provider, client, code, operations},
};
use async_trait::async_trait;
use central_logger_key_store::NamedRequest;
use central_logger_operations::{Once, Operations, Stores};
use central_logger_sessions::{Session, SessionLengths, SessionStore, SessionStoreError};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Sessions that do not go as they should.
type Unlucky = DisturbedSessions<Misfortune>;

#[derive(Default)]
struct Misfortune {
    /// Others end each session as soon as it is there.
    ends_at_once: AtomicBool,
    /// Sessions cannot be listed.
    is_out_of_reach: AtomicBool,
}

#[async_trait]
impl Disturbance for Misfortune {
    async fn after_adding(
        &self,
        sessions: &dyn SessionStore,
        session: &Session,
    ) -> Result<(), SessionStoreError> {
        if self.ends_at_once.load(Ordering::Relaxed) {
            sessions.end(&session.id).await?;
        }
        Ok(())
    }

    async fn before_listing(&self) -> Result<(), SessionStoreError> {
        match self.is_out_of_reach.load(Ordering::Relaxed) {
            true => Err(SessionStoreError::Unavailable("out of reach".into())),
            false => Ok(()),
        }
    }
}

impl Unlucky {
    fn of(provider: &Provider) -> Arc<Self> {
        Arc::new(Self {
            sessions: provider.sessions.clone(),
            disturbance: Misfortune::default(),
        })
    }

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

#[tokio::test]
async fn a_session_that_who_disables_its_key_ends_first_has_ended_all_the_same() {
    let provider = Provider::new();
    let sessions = Unlucky::of(&provider);
    let key = provider.issue("acme_corp").await.result.record;
    let operations = sessions.operations(&provider);
    drop(operations.disable(&key.id).await.unwrap());
    let ends_at_once = &sessions.disturbance.ends_at_once;
    ends_at_once.store(true, Ordering::Relaxed);
    let of_keys = operations.sessions();
    let late = of_keys.begin(&key, SessionLengths::default());
    assert_eq!(code(late.await), "wrong_status");
}

#[tokio::test]
async fn a_repeat_ends_the_sessions_that_the_first_has_left() {
    let provider = Provider::new();
    let sessions = Unlucky::of(&provider);
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
    let is_out_of_reach = &sessions.disturbance.is_out_of_reach;
    is_out_of_reach.store(true, Ordering::Relaxed);
    assert_eq!(code(disable().await), "database");
    is_out_of_reach.store(false, Ordering::Relaxed);
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
