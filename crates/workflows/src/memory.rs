use crate::{Content, Document, DocumentKind, Listing, WorkflowStore, WorkflowStoreError, Write};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// Workflows in memory, gone with the process: for tests.
///
/// # Examples
///
/// ```
/// use central_logger_workflows::{DocumentKind, MemoryWorkflows, WorkflowStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryWorkflows::new();
/// assert_eq!(store.count(&"acme".parse()?, DocumentKind::Monitor).await?, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct MemoryWorkflows(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    documents: BTreeMap<(DocumentKind, ClientId, String), (i64, Content)>,
    follower: Option<(i64, String)>,
}

impl MemoryWorkflows {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn of<'a>(
        &'a self,
        client: &'a ClientId,
        kind: DocumentKind,
    ) -> impl DoubleEndedIterator<Item = Document> + 'a {
        let documents = self.documents.iter();
        let own = documents.filter(move |((of, owner, _), _)| (of, owner) == (&kind, client));
        own.map(|((_, _, key), (revision, content))| Document {
            key: key.clone(),
            revision: *revision,
            body: content.body.clone(),
        })
    }
}

#[async_trait]
impl WorkflowStore for MemoryWorkflows {
    async fn find(
        &self,
        client: &ClientId,
        kind: DocumentKind,
        key: &str,
    ) -> Result<Option<Document>, WorkflowStoreError> {
        let contents = self.lock();
        let found = contents
            .documents
            .get(&(kind, client.clone(), key.to_owned()));
        Ok(found.map(|(revision, content)| Document {
            key: key.to_owned(),
            revision: *revision,
            body: content.body.clone(),
        }))
    }

    async fn list(
        &self,
        client: &ClientId,
        kind: DocumentKind,
        listing: &Listing,
    ) -> Result<Vec<Document>, WorkflowStoreError> {
        let contents = self.lock();
        let all = contents.of(client, kind);
        let is_behind = |document: &Document| match (&listing.after, listing.is_descending) {
            (None, _) => true,
            (Some(after), false) => document.key > *after,
            (Some(after), true) => document.key < *after,
        };
        let limit = listing.limit;
        Ok(match listing.is_descending {
            false => all.filter(is_behind).take(limit).collect(),
            true => all.rev().filter(is_behind).take(limit).collect(),
        })
    }

    async fn count(
        &self,
        client: &ClientId,
        kind: DocumentKind,
    ) -> Result<u64, WorkflowStoreError> {
        Ok(self.lock().of(client, kind).count() as u64)
    }

    async fn due(
        &self,
        kind: DocumentKind,
        until: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<(ClientId, String)>, WorkflowStoreError> {
        let contents = self.lock();
        let documents = contents.documents.iter();
        let mut due: Vec<_> = documents
            .filter(|((of, _, _), _)| *of == kind)
            .filter_map(|((_, client, key), (_, content))| Some((content.due_at?, client, key)))
            .filter(|(due_at, ..)| *due_at <= until)
            .collect();
        due.sort_unstable();
        let due = due.into_iter().take(limit);
        Ok(due
            .map(|(_, client, key)| (client.clone(), key.clone()))
            .collect())
    }

    async fn clients(
        &self,
        kind: DocumentKind,
        after: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<ClientId>, WorkflowStoreError> {
        let contents = self.lock();
        let keys = contents.documents.keys();
        let clients =
            keys.filter(|(of, client, _)| *of == kind && after.is_none_or(|a| client > a));
        let mut clients: Vec<_> = clients.map(|(_, client, _)| client.clone()).collect();
        clients.dedup();
        clients.truncate(limit);
        Ok(clients)
    }

    async fn owner_of_link(&self, key: &str) -> Result<Option<ClientId>, WorkflowStoreError> {
        let contents = self.lock();
        let mut keys = contents.documents.keys();
        let found = keys.find(|(kind, _, known)| *kind == DocumentKind::StatusLink && known == key);
        Ok(found.map(|(_, client, _)| client.clone()))
    }

    async fn commit(
        &self,
        client: &ClientId,
        writes: &[Write],
    ) -> Result<bool, WorkflowStoreError> {
        let documents = &mut self.lock().documents;
        let place = |write: &Write| (write.kind, client.clone(), write.key.clone());
        let is_as_read = |write: &Write| {
            let found = documents.get(&place(write));
            found.map(|(revision, _)| *revision) == write.expected
        };
        if !writes.iter().all(is_as_read) {
            return Ok(false);
        }
        for write in writes {
            match &write.content {
                Some(content) => {
                    let revision = write.expected.unwrap_or(0) + 1;
                    documents.insert(place(write), (revision, content.clone()));
                }
                None => drop(documents.remove(&place(write))),
            }
        }
        Ok(true)
    }

    async fn forget(&self, client: &ClientId) -> Result<(), WorkflowStoreError> {
        let documents = &mut self.lock().documents;
        documents.retain(|(kind, owner, _), _| owner != client || *kind == DocumentKind::Mapping);
        Ok(())
    }

    async fn follower(&self) -> Result<Option<Document>, WorkflowStoreError> {
        let noted = self.lock().follower.clone();
        Ok(noted.map(|(revision, body)| Document {
            key: String::new(),
            revision,
            body,
        }))
    }

    async fn set_follower(
        &self,
        expected: Option<i64>,
        body: &str,
    ) -> Result<bool, WorkflowStoreError> {
        let follower = &mut self.lock().follower;
        if follower.as_ref().map(|(revision, _)| *revision) != expected {
            return Ok(false);
        }
        *follower = Some((expected.unwrap_or(0) + 1, body.to_owned()));
        Ok(true)
    }
}
