use crate::{LogEntry, LogId, LogPage, LogQuery, StoredLog};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use std::error::Error;
use time::OffsetDateTime;

/// Where logs are kept. Nothing can be asked of it without a client.
#[async_trait]
pub trait LogStore: Send + Sync {
    /// Stores all of `entries` for `client`, or none. When it returns, they are durable.
    ///
    /// An entry whose id this client has already is left as it is.
    async fn append(
        &self,
        client: &ClientId,
        received_at: OffsetDateTime,
        entries: &[LogEntry],
    ) -> Result<(), LogStoreError>;

    /// The entries of `client` that `query` asks for.
    async fn page(&self, client: &ClientId, query: &LogQuery) -> Result<LogPage, LogStoreError>;

    /// The entry of `client` with that id.
    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError>;

    /// Whether the store answers and its schema can be worked with.
    async fn ready(&self) -> Result<(), LogStoreError>;
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LogStoreError {
    /// The store cannot be reached or does not answer in time; trying again may help.
    #[error("the log store is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// Anything else: trying again will not help.
    #[error("the log store failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}
