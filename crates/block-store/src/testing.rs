//! Stores in which no entry stays in a row, for the conformance checks.

use crate::{BlockStore, Sealed, Sealer, Which};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    Append, Appended, IdempotencyKey, LogId, LogPage, LogPruner, LogSearch, LogStore,
    LogStoreError, StatsQuery, StoredLog,
    idempotency::Receipt,
    store::{Arrivals, CommitStyle, Counted, Lot, Position, ScanBudget, WriterHolder},
};
use std::sync::Arc;
use time::OffsetDateTime;

/// So few that what is deleted together is no more than of rows.
const ROWS: usize = 500;

/// A store that has all in blocks.
pub struct InBlocks<S> {
    store: Arc<S>,
    sealer: Sealer,
    is_sealed: bool,
}

impl<S: BlockStore + 'static> InBlocks<S> {
    /// Returns a store that seals all that can be sealed of a client between any two calls.
    pub fn sealed(store: S) -> Self {
        let store = Arc::new(store);
        let sealer = Sealer::new(Arc::clone(&store) as Arc<dyn BlockStore>).with_at_most(ROWS);
        Self {
            store,
            sealer,
            is_sealed: true,
        }
    }

    /// Returns a store above one that writes nothing but blocks.
    pub fn fresh(store: S) -> Self {
        Self {
            is_sealed: false,
            ..Self::sealed(store)
        }
    }

    /// Seals what there is of `client`, and returns what became of it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn seal(&self, client: &ClientId) -> Result<Sealed, LogStoreError> {
        self.sealer.seal(client, Which::All).await
    }
}

#[async_trait]
impl<S: LogStore + BlockStore + 'static> LogStore for InBlocks<S> {
    async fn append_group(&self, group: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError> {
        // No place is given out twice, so a store does not look for them in blocks.
        for append in group.iter() {
            let places = append.entries.iter().filter(|e| e.event_id().is_none());
            let ids: Vec<_> = places.map(|entry| entry.id()).collect();
            if !self.store.get_many(&append.client, &ids).await?.is_empty() {
                return Err(LogStoreError::IdTaken);
            }
        }
        let appended = self.store.append_group(Arc::clone(&group)).await?;
        for append in group.iter().filter(|_| self.is_sealed) {
            self.seal(&append.client).await?;
        }
        Ok(appended)
    }

    async fn lend_places(
        &self,
        holder: WriterHolder,
        from: u64,
        now: OffsetDateTime,
    ) -> Result<Lot, LogStoreError> {
        self.store.lend_places(holder, from, now).await
    }

    fn commit_style(&self) -> CommitStyle {
        self.store.commit_style()
    }

    async fn receipt(
        &self,
        client: &ClientId,
        key: &IdempotencyKey,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, LogStoreError> {
        self.store.receipt(client, key, now).await
    }

    async fn delete_expired_claims(&self, now: OffsetDateTime) -> Result<usize, LogStoreError> {
        self.store.delete_expired_claims(now).await
    }

    async fn scan(
        &self,
        client: &ClientId,
        search: &LogSearch,
        budget: ScanBudget,
    ) -> Result<LogPage, LogStoreError> {
        self.store.scan(client, search, budget).await
    }

    async fn count(
        &self,
        client: &ClientId,
        query: &StatsQuery,
        after: Option<LogId>,
        budget: ScanBudget,
    ) -> Result<Counted, LogStoreError> {
        self.store.count(client, query, after, budget).await
    }

    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        self.store.get(client, id).await
    }

    async fn get_many(
        &self,
        client: &ClientId,
        ids: &[LogId],
    ) -> Result<Vec<StoredLog>, LogStoreError> {
        self.store.get_many(client, ids).await
    }

    async fn position(&self) -> Result<Position, LogStoreError> {
        self.store.position().await
    }

    async fn position_before(
        &self,
        client: &ClientId,
        id: LogId,
    ) -> Result<Position, LogStoreError> {
        self.store.position_before(client, id).await
    }

    async fn arrivals(
        &self,
        client: &ClientId,
        position: &Position,
    ) -> Result<Arrivals, LogStoreError> {
        self.store.arrivals(client, position).await
    }

    async fn trim_arrivals(&self, position: &Position) -> Result<usize, LogStoreError> {
        self.store.trim_arrivals(position).await
    }

    async fn ready(&self) -> Result<(), LogStoreError> {
        LogStore::ready(&*self.store).await
    }
}

#[async_trait]
impl<S: LogPruner + BlockStore + 'static> LogPruner for InBlocks<S> {
    async fn next_client(
        &self,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, LogStoreError> {
        self.store.next_client(after).await
    }

    async fn clients_since(
        &self,
        position: &Position,
    ) -> Result<(Vec<ClientId>, Position), LogStoreError> {
        self.store.clients_since(position).await
    }

    async fn delete(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<usize, LogStoreError> {
        self.store.delete(client, before).await
    }

    async fn delete_requests(&self, client: &ClientId) -> Result<usize, LogStoreError> {
        self.store.delete_requests(client).await
    }

    async fn maintain_partitions(
        &self,
        now: OffsetDateTime,
        ended: Option<LogId>,
    ) -> Result<(), LogStoreError> {
        self.store.maintain_partitions(now, ended).await
    }
}
