//! A store in which the documents of one client are in trouble.

use crate::site::Site;
use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_workflows::{
    Document, DocumentKind, Listing, MemoryWorkflows, WorkflowStore, WorkflowStoreError, Write,
};
use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use time::OffsetDateTime;

/// What becomes of changes of the documents of a client.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// Others change them all the time.
    Contended,
    Fails,
    /// Those of the runs of its workflows.
    FailsOnRuns,
    IsAway,
}

pub(crate) struct Contended {
    store: Arc<MemoryWorkflows>,
    /// Whose documents are in trouble.
    pub(crate) client: ClientId,
    pub(crate) trouble: Mutex<Option<Trouble>>,
    /// How many states were asked for.
    pub(crate) states_read: AtomicUsize,
    /// What others do before the next monitor is read.
    pub(crate) meanwhile: Mutex<Option<Meanwhile>>,
}

pub(crate) type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Contended {
    pub(crate) fn new(site: &Site) -> Self {
        Self {
            store: site.store.clone(),
            client: "a_busy_one".parse().unwrap(),
            trouble: Mutex::new(Some(Trouble::Contended)),
            states_read: AtomicUsize::new(0),
            meanwhile: Mutex::new(None),
        }
    }

    pub(crate) fn set(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().unwrap() = trouble;
    }
}

#[async_trait]
impl WorkflowStore for Contended {
    async fn commit(
        &self,
        client: &ClientId,
        writes: &[Write],
    ) -> Result<bool, WorkflowStoreError> {
        let trouble = *self.trouble.lock().unwrap();
        match trouble.filter(|_| *client == self.client) {
            Some(Trouble::Contended) => Ok(false),
            Some(Trouble::Fails) => Err(WorkflowStoreError::Failed("it is broken".into())),
            Some(Trouble::FailsOnRuns)
                if writes.iter().any(|write| write.kind == DocumentKind::State) =>
            {
                Err(WorkflowStoreError::Failed("it is broken".into()))
            }
            Some(Trouble::FailsOnRuns) | None => self.store.commit(client, writes).await,
            Some(Trouble::IsAway) => Err(WorkflowStoreError::Unavailable("it is away".into())),
        }
    }

    async fn find(
        &self,
        client: &ClientId,
        kind: DocumentKind,
        key: &str,
    ) -> Result<Option<Document>, WorkflowStoreError> {
        if kind == DocumentKind::State {
            self.states_read.fetch_add(1, Ordering::Relaxed);
        }
        if kind == DocumentKind::Monitor {
            let meanwhile = self.meanwhile.lock().unwrap().take();
            if let Some(meanwhile) = meanwhile {
                meanwhile.await;
            }
        }
        self.store.find(client, kind, key).await
    }

    async fn list(
        &self,
        client: &ClientId,
        kind: DocumentKind,
        listing: &Listing,
    ) -> Result<Vec<Document>, WorkflowStoreError> {
        self.store.list(client, kind, listing).await
    }

    async fn count(
        &self,
        client: &ClientId,
        kind: DocumentKind,
    ) -> Result<u64, WorkflowStoreError> {
        self.store.count(client, kind).await
    }

    async fn due(
        &self,
        kind: DocumentKind,
        until: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<(ClientId, String)>, WorkflowStoreError> {
        self.store.due(kind, until, limit).await
    }

    async fn clients(
        &self,
        kind: DocumentKind,
        after: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<ClientId>, WorkflowStoreError> {
        self.store.clients(kind, after, limit).await
    }

    async fn owner_of_link(&self, key: &str) -> Result<Option<ClientId>, WorkflowStoreError> {
        self.store.owner_of_link(key).await
    }

    async fn forget(&self, client: &ClientId) -> Result<(), WorkflowStoreError> {
        self.store.forget(client).await
    }

    async fn follower(&self) -> Result<Option<Document>, WorkflowStoreError> {
        self.store.follower().await
    }

    async fn set_follower(
        &self,
        expected: Option<i64>,
        body: &str,
    ) -> Result<bool, WorkflowStoreError> {
        self.store.set_follower(expected, body).await
    }
}
