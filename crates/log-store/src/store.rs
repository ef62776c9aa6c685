use crate::{
    Append, Appended, CommitStyle, IdempotencyKey, LogEntry, LogId, LogPage, LogQuery, LogStats,
    Receipt, StatsQuery, StoredLog,
};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use std::{error::Error, sync::Arc};
use time::OffsetDateTime;

/// Where logs are kept. Nothing can be asked of it without a client.
#[async_trait]
pub trait LogStore: Send + Sync {
    /// Stores the entries of all of `group`, or nothing of it, and tells what became of each. When it
    /// returns, they are durable.
    ///
    /// An entry whose id its client has already is left as it is. An append whose idempotency key its
    /// client has used within [`Claim::REMEMBERED`](crate::Claim::REMEMBERED) is left out: of several
    /// with the same key, also in other programs, one is stored, and the others wait until it is.
    async fn append_group(&self, group: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError>;

    /// How it likes its commits.
    fn commit_style(&self) -> CommitStyle;

    /// What is remembered at `now` of the request that `client` sent under `key`.
    async fn receipt(
        &self,
        client: &ClientId,
        key: &IdempotencyKey,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, LogStoreError>;

    /// Forgets some requests that need not be remembered at `now`, and tells how many.
    async fn forget_claims(&self, now: OffsetDateTime) -> Result<usize, LogStoreError>;

    /// Stores `entries` of one client, alone; see [`append_group`](Self::append_group).
    async fn append(
        &self,
        client: &ClientId,
        received_at: OffsetDateTime,
        entries: &[LogEntry],
    ) -> Result<(), LogStoreError> {
        let append = Append {
            client: client.clone(),
            received_at,
            entries: entries.to_vec(),
            claim: None,
        };
        self.append_group(Arc::from([append])).await.map(drop)
    }

    /// The entries of `client` that `query` asks for, as far as they go on one page.
    async fn page(&self, client: &ClientId, query: &LogQuery) -> Result<LogPage, LogStoreError>;

    /// How many entries of `client` there are in each bucket.
    async fn stats(&self, client: &ClientId, query: &StatsQuery)
    -> Result<LogStats, LogStoreError>;

    /// The entry of `client` with that id.
    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError>;

    /// Whether the store answers and its schema can be worked with.
    async fn ready(&self) -> Result<(), LogStoreError>;
}

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogStoreError {
    /// The store cannot be reached or does not answer in time; trying again may help.
    #[error("the log store is not available")]
    Unavailable(#[source] Arc<dyn Error + Send + Sync>),
    /// What was asked takes longer than a store reads for one answer.
    #[error("the log store would have to read for too long")]
    TooSlow,
    /// What was asked has more different values than one answer tells apart.
    #[error("there are too many different values to count them apart")]
    TooManyValues,
    /// Anything else: trying again will not help.
    #[error("the log store failed")]
    Failed(#[source] Arc<dyn Error + Send + Sync>),
}
