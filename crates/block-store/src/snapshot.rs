use crate::{List, OpenBlocks};
use bytes::Bytes;
use central_logger_blocks::{BlockError, BlockHeader, Counts, Filters};
use central_logger_log_store::{LogId, LogStoreError, Order, StoredLog};
use std::{collections::BTreeSet, future::Future, ops::RangeInclusive, sync::Arc};

/// Rows and blocks of one client, all of the same state: what is sealed meanwhile is seen as before.
pub trait Snapshot {
    /// Why it cannot be read.
    type Error: From<LogStoreError>;

    /// Returns blocks, in the order asked for.
    fn blocks(&self, list: &List) -> impl Future<Output = Result<Vec<StoredBlock>, Self::Error>>;

    /// Returns the blocks that do not [exclude](crate::may_be_in) all of these events. All are of one state of the
    /// database, however many they are, also where each statement sees a state of its own.
    fn blocks_of_events(
        &self,
        events: &BTreeSet<LogId>,
    ) -> impl Future<Output = Result<Vec<StoredBlock>, Self::Error>>;

    /// Returns the contents of a block; `None` when it is not there any more, as may be where each statement
    /// sees a state of its own.
    fn contents(
        &self,
        block: &StoredBlock,
    ) -> impl Future<Output = Result<Option<Bytes>, Self::Error>>;

    /// Returns the blocks that were opened last by any snapshot of this store.
    fn opened(&self) -> &OpenBlocks;

    /// Does what takes a processor for a while, where it keeps nobody waiting.
    fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, Self::Error>>;

    /// Returns the next rows of a range of ids, at most so many, in the order asked for.
    fn rows(
        &self,
        ids: RangeInclusive<LogId>,
        order: Order,
        most: usize,
    ) -> impl Future<Output = Result<Vec<StoredLog>, Self::Error>>;
}

/// A block as a database lists it, without its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlock {
    /// What the database knows it by, together with the client and the first id.
    pub number: u128,
    /// What is known of it.
    pub header: BlockHeader,
    /// Its filters, where they were asked for and can be read.
    pub filters: Option<Filters>,
    /// What it has of each hour, where this was asked for and can be read.
    pub counts: Option<Counts>,
}

/// A block as a database keeps it, without its contents: what is known of it in columns, and in bytes.
#[derive(Debug, Clone, Copy)]
pub struct KeptBlock<'a> {
    /// What the database knows it by.
    pub number: u128,
    /// Its header.
    pub header: &'a [u8],
    /// Its filters, where they were asked for.
    pub filters: Option<&'a [u8]>,
    /// Its counts, where they were asked for.
    pub counts: Option<&'a [u8]>,
    /// The id of its first entry.
    pub first: LogId,
    /// The id of its last entry.
    pub last: LogId,
    /// How many entries it has.
    pub entries: u64,
}

impl From<KeptBlock<'_>> for StoredBlock {
    /// What is damaged costs no other block: without a header this one is not opened, but found and deleted by its
    /// columns; without filters or counts it is looked at as if there were none.
    fn from(kept: KeptBlock<'_>) -> Self {
        let header = BlockHeader::from_bytes(kept.header);
        let filters = kept.filters.map(Filters::from_bytes);
        let counts = kept.counts.map(Counts::from_bytes);
        Self {
            number: kept.number,
            header: header
                .unwrap_or_else(|_| BlockHeader::unreadable(kept.first, kept.last, kept.entries)),
            filters: filters.and_then(Result::ok),
            counts: counts.and_then(Result::ok),
        }
    }
}

/// Error returned when the contents of a block are gone that was listed a moment ago.
#[derive(Debug, thiserror::Error)]
#[error("a block of logs was replaced while it was read")]
struct Replaced;

/// Returns the error of a store for a block that has gone meanwhile.
pub(crate) fn replaced() -> LogStoreError {
    LogStoreError::Unavailable(Arc::new(Replaced))
}

/// Returns the error of a store for a block that cannot be read.
pub(crate) fn unreadable(error: BlockError) -> LogStoreError {
    LogStoreError::Failed(Arc::new(error))
}
