use crate::{BlockTotals, StoredBlock};
use async_trait::async_trait;
use bytes::Bytes;
use central_logger_blocks::{Encoded, Limits};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogStoreError, StoredLog};
use std::ops::RangeInclusive;
use time::{Duration, OffsetDateTime};

/// What changes blocks and rows of a database. No handler has it.
///
/// Several may be at work on one store at a time, and others append and delete meanwhile.
#[async_trait]
pub trait BlockStore: Send + Sync {
    /// Returns the client that comes after `after` among those that have logs of this kind, in an order of the
    /// store's own; the first one without `after`.
    async fn next_client_with(
        &self,
        unsealed: Unsealed,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, LogStoreError>;

    /// Returns whether `server` is the one that seals, for `length` from `now` on.
    async fn try_lead(
        &self,
        server: &str,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<bool, LogStoreError>;

    /// Returns how much there is in the blocks of all clients.
    async fn totals(&self) -> Result<BlockTotals, LogStoreError>;

    /// Returns the next rows of `client`, by id.
    async fn sealable(
        &self,
        client: &ClientId,
        which: &Sealable,
    ) -> Result<Vec<StoredLog>, LogStoreError>;

    /// Returns how many rows are best taken out in one transaction, so that no writer waits for long.
    fn rows_at_once(&self) -> usize;

    /// Returns the fresh blocks of `client` that begin behind `after`, those first that begin first, at most so
    /// many.
    async fn fresh_blocks(
        &self,
        client: &ClientId,
        after: Option<LogId>,
        most: usize,
    ) -> Result<Vec<StoredBlock>, LogStoreError>;

    /// Returns sealed blocks of `client` with fewer entries and shorter texts than `smaller_than` that begin within
    /// `ids`, those first that begin last, at most so many.
    async fn small_blocks(
        &self,
        client: &ClientId,
        ids: RangeInclusive<LogId>,
        smaller_than: Limits,
        most: usize,
    ) -> Result<Vec<StoredBlock>, LogStoreError>;

    /// Returns the contents of a block of `client`; `None` when it is not there any more.
    async fn contents(
        &self,
        client: &ClientId,
        block: &StoredBlock,
    ) -> Result<Option<KeptContents>, LogStoreError>;

    /// Swaps rows and blocks of `client` for others in one transaction, which changes nothing when one of
    /// those that it takes out is not there any more. When it returns, the change is durable.
    async fn swap(&self, client: &ClientId, swap: Swap) -> Result<Swapped, LogStoreError>;

    /// Returns the block of `client` that begins first, if it has entries below `before`.
    async fn earliest_block(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<Option<StoredBlock>, LogStoreError>;

    /// Deletes about a thousand of the earliest rows of `client` below `before`, or of all, and returns how
    /// many. When it returns zero, none were left.
    async fn delete_rows(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<usize, LogStoreError>;
}

/// A block, and what is kept beside it so that it need not be opened.
#[derive(Debug, Clone)]
pub struct KeptContents {
    /// The bytes of its filters.
    pub filters: Vec<u8>,
    /// The bytes of its counts.
    pub counts: Vec<u8>,
    /// The block itself.
    pub block: Bytes,
}

/// The two kinds of logs that are not sealed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsealed {
    /// Rows.
    Rows,
    /// Fresh blocks.
    FreshBlocks,
}

/// Which rows are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealable {
    /// The entry behind which they come.
    pub after: Option<LogId>,
    /// The time before which they were received.
    pub received_before: Option<OffsetDateTime>,
    /// The most rows.
    pub rows: usize,
    /// The text after which no further row is taken, in bytes.
    pub text_bytes: usize,
}

/// Rows and blocks that make room for others.
#[derive(Debug, Clone, Default)]
pub struct Swap {
    /// The rows that are taken out, in the order of their ids, each with the time at which it was received: one
    /// that was deleted and has come again since is another.
    pub rows: Vec<(LogId, OffsetDateTime)>,
    /// The blocks that are taken out.
    pub blocks: Vec<StoredBlock>,
    /// The blocks that take their place.
    pub sealed: Vec<Encoded>,
}

/// The outcome of a swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swapped {
    /// It is durable.
    Done,
    /// Something that was to be taken out is gone, so nothing was changed: others came first.
    Overtaken,
    /// A server is there, or was within its lease, that cannot read blocks, so nothing was changed.
    TooEarly,
}
