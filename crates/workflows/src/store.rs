use crate::{Document, DocumentKind, Listing, Write};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use std::error::Error;
use time::OffsetDateTime;

/// Keeps documents about the workflows of clients, and commits changes of several at once.
///
/// What a document means is the same for every store, so a store knows nothing of it.
#[async_trait]
pub trait WorkflowStore: Send + Sync {
    /// Returns a document of `client`.
    ///
    /// # Errors
    /// As each of these: when the store is not available or fails.
    async fn find(
        &self,
        client: &ClientId,
        kind: DocumentKind,
        key: &str,
    ) -> Result<Option<Document>, WorkflowStoreError>;

    /// Returns the documents of `client` of these kinds that have one of these keys, in any order, with their kinds. A
    /// store that is asked over a network answers at once.
    async fn find_many(
        &self,
        client: &ClientId,
        kinds: &[DocumentKind],
        keys: &[String],
    ) -> Result<Vec<(DocumentKind, Document)>, WorkflowStoreError> {
        let mut found = Vec::new();
        for kind in kinds {
            for key in keys {
                let document = self.find(client, *kind, key).await?;
                found.extend(document.map(|document| (*kind, document)));
            }
        }
        Ok(found)
    }

    /// Returns documents of `client`, in the order of the bytes of their keys.
    async fn list(
        &self,
        client: &ClientId,
        kind: DocumentKind,
        listing: &Listing,
    ) -> Result<Vec<Document>, WorkflowStoreError>;

    /// Returns how many documents of that kind `client` has.
    async fn count(&self, client: &ClientId, kind: DocumentKind)
    -> Result<u64, WorkflowStoreError>;

    /// Returns the keys of documents of all clients that have to be looked at until `until`, the most urgent
    /// first.
    async fn due(
        &self,
        kind: DocumentKind,
        until: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<(ClientId, String)>, WorkflowStoreError>;

    /// Returns some of the clients that have documents of that kind, behind `after`, in the order of their
    /// ids.
    async fn clients(
        &self,
        kind: DocumentKind,
        after: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<ClientId>, WorkflowStoreError>;

    /// Returns the client whose status link has that key.
    async fn owner_of_link(&self, key: &str) -> Result<Option<ClientId>, WorkflowStoreError>;

    /// Makes all changes of `client`, durably, or none of them: when one of the documents is not as it was
    /// read. Returns whether they were made. The revision of a document that was there is one more then.
    async fn commit(&self, client: &ClientId, writes: &[Write])
    -> Result<bool, WorkflowStoreError>;

    /// Deletes all that is kept of the workflows of `client`: mappings stay. What was read before cannot be committed after it.
    async fn forget(&self, client: &ClientId) -> Result<(), WorkflowStoreError>;

    /// Returns what the server that follows the entries of all clients has noted.
    async fn follower(&self) -> Result<Option<Document>, WorkflowStoreError>;

    /// Notes something in the place of what was read, and returns whether it was still there.
    async fn set_follower(
        &self,
        expected: Option<i64>,
        body: &str,
    ) -> Result<bool, WorkflowStoreError>;
}

/// Error returned by stores of workflows.
///
/// # Examples
///
/// ```
/// use central_logger_workflows::WorkflowStoreError;
///
/// let error = WorkflowStoreError::Unavailable("connection refused".into());
/// assert!(error.is_transient(), "trying again may help");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkflowStoreError {
    /// The store cannot be reached or does not answer in time. It has told the log why.
    #[error("the store of workflows is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// Any other failure.
    #[error("the store of workflows failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl WorkflowStoreError {
    /// Returns whether trying again may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
