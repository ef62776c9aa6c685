use crate::{BlockStore, StoredBlock};
use central_logger_blocks::{Block, Counts, Filters, Limits};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogPruner, LogStoreError};
use central_logger_text::Report;
use std::fmt;
use uuid::Uuid;

/// How many blocks are listed at a time.
const LISTED: usize = 100;
/// Larger than any block.
const ANY: Limits = Limits {
    entries: i64::MAX as usize,
    text_bytes: i64::MAX as usize,
};

/// What was found when every block was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// How many blocks there are.
    pub blocks: u64,
    /// How many entries those have that can be read.
    pub entries: u64,
    /// The blocks that cannot be read.
    pub broken: Vec<BrokenBlock>,
    /// The blocks that can be read, but not their filters or counts, so that no search passes over them.
    pub without_filters: Vec<BrokenBlock>,
}

/// A block that cannot be read, or blocks of a client that cannot be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenBlock {
    /// Whose it is.
    pub client: ClientId,
    /// Its first and last entry, and how many it has, unless it cannot be listed.
    pub ids: Option<(LogId, LogId, u64)>,
    /// What is wrong.
    pub reason: String,
}

/// Reads every block of every client, and all that is in it. Blocks that are replaced meanwhile are left out.
///
/// # Errors
/// When the store cannot be asked. What is wrong with blocks is no error, but in the result.
pub async fn inspect(
    store: &dyn BlockStore,
    clients: &dyn LogPruner,
) -> Result<Inspection, LogStoreError> {
    let (mut inspection, mut client) = (Inspection::default(), None);
    loop {
        client = clients.next_client(client.as_ref()).await?;
        let Some(client) = &client else {
            return Ok(inspection);
        };
        let done = inspection.client(store, client).await;
        match done {
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => inspection.broken.push(BrokenBlock {
                client: client.clone(),
                ids: None,
                reason: Report(&error).to_string(),
            }),
            Ok(()) => {}
        }
    }
}

impl Inspection {
    async fn client(
        &mut self,
        store: &dyn BlockStore,
        client: &ClientId,
    ) -> Result<(), LogStoreError> {
        let mut after = None;
        loop {
            let fresh = store.fresh_blocks(client, after, LISTED).await?;
            self.all(store, client, &fresh).await?;
            match fresh.last() {
                Some(last) if fresh.len() == LISTED => after = Some(last.header.first()),
                _ => break,
            }
        }
        let mut end = Some(u128::MAX);
        while let Some(last_id) = end {
            let ids = id(0)..=id(last_id);
            let sealed = store.small_blocks(client, ids, ANY, LISTED).await?;
            self.all(store, client, &sealed).await?;
            // Those come first that begin last.
            let first = sealed.last().filter(|_| sealed.len() == LISTED);
            end = first.and_then(|block| block.header.first().as_uuid().as_u128().checked_sub(1));
        }
        Ok(())
    }

    async fn all(
        &mut self,
        store: &dyn BlockStore,
        client: &ClientId,
        blocks: &[StoredBlock],
    ) -> Result<(), LogStoreError> {
        for block in blocks {
            let header = &block.header;
            let contents = match store.contents(client, block).await {
                Ok(None) => continue,
                Ok(Some(contents)) => Ok(contents),
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => Err(Report(&error).to_string()),
            };
            let read = contents.and_then(|contents| {
                let opened = Block::open(client, header, contents.block);
                let checked = opened.and_then(|block| block.check());
                checked.map_err(|error| Report(&error).to_string())?;
                let beside = Filters::from_bytes(&contents.filters)
                    .and_then(|_| Counts::from_bytes(&contents.counts));
                Ok(beside.err())
            });
            let broken = |reason| BrokenBlock {
                client: client.clone(),
                ids: Some((header.first(), header.last(), header.entries())),
                reason,
            };
            self.blocks += 1;
            match read {
                Ok(beside) => {
                    self.entries += header.entries();
                    let reason = beside.map(|error| Report(&error).to_string());
                    self.without_filters.extend(reason.map(broken));
                }
                Err(reason) => self.broken.push(broken(reason)),
            }
        }
        Ok(())
    }
}

impl fmt::Display for BrokenBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            client,
            ids,
            reason,
        } = self;
        match ids {
            Some((first, last, entries)) => write!(
                f,
                "that of {client} from {first} to {last}, with {entries} entries: {reason}"
            ),
            None => write!(f, "the blocks of {client} cannot be listed: {reason}"),
        }
    }
}

fn id(number: u128) -> LogId {
    LogId::from(Uuid::from_u128(number))
}
