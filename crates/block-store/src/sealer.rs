use crate::{
    BlockStore, Sealable, Sealed, StoredBlock, Swap, Swapped, Unsealed, Which,
    fit::{fit_blocks, fit_rows},
    month::month_of,
    seal::seal,
};
use bytes::Bytes;
use central_logger_blocks::{Block, BlockError, Limits};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogStoreError, StoredLog};
use central_logger_text::Report;
use central_logger_times::Clock;
use std::sync::Arc;
use time::Duration;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};

/// Puts rows and fresh blocks into sealed blocks.
#[derive(Clone)]
pub struct Sealer {
    store: Arc<dyn BlockStore>,
    /// The most rows that are taken out at once.
    rows: usize,
    /// What goes into a block.
    limits: Limits,
}

/// A block, and the entries that it has.
type Read = (StoredBlock, Vec<StoredLog>);

/// The entries below which a block is merged with what is sealed next.
const SMALL: usize = 1000;
/// The duration of the leadership that a server takes for each client.
const LEADERSHIP: Duration = Duration::minutes(5);
/// The most blocks that are merged with others.
const MERGED: usize = 16;
/// The most fresh blocks that are taken out at once.
const FRESH: usize = 256;

impl Sealer {
    /// Returns a sealer of `store`.
    pub fn new(store: Arc<dyn BlockStore>) -> Self {
        let limits = Limits::default();
        Self {
            rows: limits.entries.min(store.rows_at_once()),
            limits,
            store,
        }
    }

    /// Puts at most so many entries into a block.
    #[cfg(feature = "testing")]
    pub(crate) fn with_at_most(mut self, entries: usize) -> Self {
        self.rows = entries;
        self.limits.entries = entries;
        self
    }

    /// Seals what there is of all clients.
    ///
    /// # Errors
    /// When the store is not available or fails. What was sealed until then stays so.
    pub async fn seal_all(&self, which: Which) -> Result<Sealed, LogStoreError> {
        let mut all = Sealed::default();
        for unsealed in [Unsealed::FreshBlocks, Unsealed::Rows] {
            let mut reached = None;
            while let Some(client) = self
                .store
                .next_client_with(unsealed, reached.as_ref())
                .await?
            {
                all.add(self.seal(&client, which).await?);
                if all.is_too_early {
                    return Ok(all);
                }
                reached = Some(client);
            }
        }
        Ok(all)
    }

    /// Seals what is many or old, of all clients that have logs of this kind, as long as `server` is the one that
    /// seals. It rests as long as it works.
    ///
    /// # Errors
    /// As [`seal_all`](Self::seal_all), after all other clients.
    pub async fn seal_due(
        &self,
        server: &str,
        clock: &dyn Clock,
        unsealed: Unsealed,
    ) -> Result<Sealed, LogStoreError> {
        let (mut all, mut reached, mut failure) = (Sealed::default(), None, None);
        while !all.is_too_early {
            let next = self.store.next_client_with(unsealed, reached.as_ref());
            let Some(client) = next.await? else {
                break;
            };
            if !self.store.try_lead(server, clock.now(), LEADERSHIP).await? {
                break;
            }
            let due = Which::Due(clock.now());
            let sealed = match unsealed {
                Unsealed::Rows => self.seal(&client, due).await,
                Unsealed::FreshBlocks => self.seal_fresh(&client, due).await,
            };
            match sealed {
                Ok(sealed) => all.add(sealed),
                Err(error) if error.is_transient() => return Err(error),
                // What is wrong with one client's logs is nothing to the others.
                Err(error) => failure = Some(error),
            }
            reached = Some(client);
        }
        failure.map_or(Ok(all), Err)
    }

    /// Seals logs of `client`, and merges blocks that are small.
    ///
    /// # Errors
    /// As [`seal_all`](Self::seal_all).
    pub async fn seal(&self, client: &ClientId, which: Which) -> Result<Sealed, LogStoreError> {
        let mut all = self.seal_fresh(client, which).await?;
        if !all.is_too_early {
            all.add(self.seal_rows(client, which).await?);
        }
        Ok(all)
    }

    async fn seal_rows(&self, client: &ClientId, which: Which) -> Result<Sealed, LogStoreError> {
        let mut sealable = Sealable {
            after: None,
            received_before: which.received_before(),
            rows: self.rows,
            text_bytes: self.limits.text_bytes,
        };
        let mut all = Sealed::default();
        while !all.is_too_early {
            let mut rows = self.store.sealable(client, &sealable).await?;
            let Some(first) = rows.first().map(|row| row.id) else {
                break;
            };
            let is_full = fit_rows(&mut rows, self.rows, self.limits);
            let month = month_of(first);
            rows.truncate(rows.partition_point(|row| month.contains(&row.id)));
            sealable.after = rows.last().map(|row| row.id);
            if is_full || which.has_due_rows(&rows) {
                let began = Instant::now();
                all.add(self.replace(client, rows, Vec::new()).await?);
                all.is_too_early |= !self.merge_up(client, first, which).await?;
                rest(which, began).await;
            }
        }
        Ok(all)
    }

    /// Seals fresh blocks of `client`.
    async fn seal_fresh(&self, client: &ClientId, which: Which) -> Result<Sealed, LogStoreError> {
        let (mut all, mut after) = (Sealed::default(), None);
        while !all.is_too_early {
            let mut blocks = self.store.fresh_blocks(client, after, FRESH).await?;
            let Some(first) = blocks.first().map(|block| block.header.first()) else {
                break;
            };
            let is_full = fit_blocks(&mut blocks, self.limits) || blocks.len() == FRESH;
            after = blocks.last().map(|block| block.header.first());
            if is_full || which.has_due_blocks(&blocks) {
                let began = Instant::now();
                let read = self.read(client, blocks).await?;
                if !read.is_empty() {
                    all.add(self.replace(client, Vec::new(), read).await?);
                    all.is_too_early |= !self.merge_up(client, first, which).await?;
                }
                rest(which, began).await;
            }
        }
        Ok(all)
    }

    /// Merges small sealed blocks of the month of `id` as soon as there are many. Returns false when a server is
    /// there that cannot read blocks.
    async fn merge_up(
        &self,
        client: &ClientId,
        id: LogId,
        which: Which,
    ) -> Result<bool, LogStoreError> {
        let month = month_of(id);
        let small = Limits {
            entries: self.limits.entries / 2,
            text_bytes: self.limits.text_bytes / 2,
        };
        loop {
            let blocks = self
                .store
                .small_blocks(client, month.start..=month.end, small, MERGED);
            let mut blocks = blocks.await?;
            if blocks.len() < which.blocks_worth_merging(MERGED) {
                return Ok(true);
            }
            fit_blocks(&mut blocks, self.limits);
            let read = self.read(client, blocks).await?;
            if read.len() < 2 {
                return Ok(true);
            }
            let began = Instant::now();
            let merged = self.swap(client, Vec::new(), read).await?;
            if merged.is_none_or(|merged| merged.is_too_early) {
                return Ok(merged.is_none());
            }
            rest(which, began).await;
        }
    }

    /// Puts rows and blocks of one month into blocks, together with blocks that have become too small.
    async fn replace(
        &self,
        client: &ClientId,
        rows: Vec<StoredLog>,
        mut blocks: Vec<Read>,
    ) -> Result<Sealed, LogStoreError> {
        let in_blocks: usize = blocks.iter().map(|(_, entries)| entries.len()).sum();
        let count = rows.len() + in_blocks;
        let first = rows.first().map(|row| row.id);
        let first = first.or(blocks.first().map(|(block, _)| block.header.first()));
        if let Some(first) = first.filter(|_| count < self.limits.entries / 2) {
            let room = self.limits.entries.min(self.rows) - count.min(self.rows);
            blocks.append(&mut self.small(client, first, room).await?);
        }
        let swapped = self.swap(client, rows, blocks).await?;
        // What others came first with is tried again the next time, with what is there then.
        Ok(swapped.map_or(Sealed::default(), |swapped| Sealed {
            sealed: if swapped.is_too_early {
                0
            } else {
                count as u64
            },
            ..swapped
        }))
    }

    /// Swaps rows and blocks for blocks with all of their entries. Returns `None` when others came first.
    async fn swap(
        &self,
        client: &ClientId,
        rows: Vec<StoredLog>,
        blocks: Vec<Read>,
    ) -> Result<Option<Sealed>, LogStoreError> {
        let taken_out = rows.iter().map(|row| (row.id, row.received_at)).collect();
        let (blocks, mut sources): (Vec<_>, Vec<_>) = blocks.into_iter().unzip();
        sources.push(rows);
        let sealed = seal(client, sources, self.limits).await?;
        let mut outcome = Sealed::default();
        for block in &sealed {
            outcome.blocks += 1;
            outcome.bytes_before += block.header.text_bytes();
            outcome.bytes_after += block.header.bytes() + block.filters.to_bytes().len() as u64;
        }
        let swap = Swap {
            rows: taken_out,
            blocks,
            sealed,
        };
        Ok(match self.store.swap(client, swap).await? {
            Swapped::Done => Some(outcome),
            Swapped::Overtaken => None,
            Swapped::TooEarly => Some(Sealed {
                is_too_early: true,
                ..Sealed::default()
            }),
        })
    }

    /// Returns blocks of the month of `id` that are worth merging, of which there are at most so many entries
    /// together.
    async fn small(
        &self,
        client: &ClientId,
        id: LogId,
        mut room: usize,
    ) -> Result<Vec<Read>, LogStoreError> {
        let month = month_of(id);
        let small = Limits {
            entries: SMALL,
            text_bytes: self.limits.text_bytes / MERGED,
        };
        let blocks = self
            .store
            .small_blocks(client, month.start..=month.end, small, MERGED);
        let mut small = blocks.await?;
        small.retain(|block| {
            let count = usize::try_from(block.header.entries()).unwrap_or(usize::MAX);
            let left = room.checked_sub(count);
            room = left.unwrap_or(room);
            left.is_some()
        });
        self.read(client, small).await
    }

    /// Reads blocks that are to be merged. One that cannot be read, or has gone, stays out of it.
    async fn read(
        &self,
        client: &ClientId,
        blocks: Vec<StoredBlock>,
    ) -> Result<Vec<Read>, LogStoreError> {
        let mut read = Vec::with_capacity(blocks.len());
        for block in blocks {
            let Some(contents) = self.store.contents(client, &block).await? else {
                continue;
            };
            match entries_of(client, &block, contents.block).await? {
                Ok(entries) => read.push((block, entries)),
                Err(error) => {
                    let error = Report(&error).to_string();
                    tracing::warn!(error, "a block is not merged");
                }
            }
        }
        Ok(read)
    }
}

/// Reads all entries of a block. Others have the thread meanwhile.
async fn entries_of(
    client: &ClientId,
    block: &StoredBlock,
    contents: Bytes,
) -> Result<Result<Vec<StoredLog>, BlockError>, LogStoreError> {
    let (client, header) = (client.clone(), block.header.clone());
    let read = spawn_blocking(move || -> Result<Vec<_>, BlockError> {
        let opened = Block::open(&client, &header, contents)?;
        opened.entries(header.first()..=header.last())?.collect()
    });
    let read = read.await;
    read.map_err(|error| LogStoreError::Failed(Arc::new(error)))
}

/// Leaves the processor to others for as long as it was taken from them.
async fn rest(which: Which, began: Instant) {
    if which != Which::All {
        sleep(began.elapsed()).await;
    }
}
