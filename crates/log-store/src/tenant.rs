use crate::{LogEntry, LogId, LogPage, LogQuery, LogStore, LogStoreError, StoredLog};
use central_logger_keys::ClientId;
use std::{fmt, sync::Arc};
use time::OffsetDateTime;

/// A store narrowed to one client: all that a handler ever gets.
#[derive(Clone)]
pub struct TenantLogs {
    store: Arc<dyn LogStore>,
    client: ClientId,
}

impl TenantLogs {
    /// The logs of `client`, which must come from a verified key.
    pub fn new(store: Arc<dyn LogStore>, client: ClientId) -> Self {
        Self { store, client }
    }

    /// Whose logs these are.
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// Stores all of `entries` or none; see [`LogStore::append`].
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn append(
        &self,
        received_at: OffsetDateTime,
        entries: &[LogEntry],
    ) -> Result<(), LogStoreError> {
        self.store.append(&self.client, received_at, entries).await
    }

    /// The entries that `query` asks for.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn page(&self, query: &LogQuery) -> Result<LogPage, LogStoreError> {
        self.store.page(&self.client, query).await
    }

    /// The entry with that id, if it is this client's.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn get(&self, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        self.store.get(&self.client, id).await
    }
}

impl fmt::Debug for TenantLogs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantLogs")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
