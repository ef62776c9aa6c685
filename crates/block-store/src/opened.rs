use crate::{Snapshot, StoredBlock, snapshot::unreadable};
use central_logger_blocks::{Block, BlockHeader};
use central_logger_keys::ClientId;
use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The blocks that were opened last, of which the next page of an answer is mostly read.
#[derive(Default)]
pub struct OpenBlocks(Mutex<VecDeque<Opened>>);

struct Opened {
    client: ClientId,
    number: u128,
    header: BlockHeader,
    block: Arc<Block>,
}

/// How long the texts of open blocks are together, in bytes. A single one may have more.
const MOST_TEXT: u64 = 32 << 20;

impl OpenBlocks {
    /// Only in the hands of who has just listed the block: what is deleted is not listed any more.
    fn get(&self, client: &ClientId, block: &StoredBlock) -> Option<Arc<Block>> {
        let mut opened = self.lock();
        let place = opened.iter().position(|held| held.is(client, block))?;
        let held = opened.remove(place)?;
        let found = Arc::clone(&held.block);
        opened.push_back(held);
        Some(found)
    }

    fn add(&self, client: &ClientId, block: &StoredBlock, opened: &Arc<Block>) {
        let mut all = self.lock();
        all.push_back(Opened {
            client: client.clone(),
            number: block.number,
            header: block.header.clone(),
            block: Arc::clone(opened),
        });
        let mut text: u64 = all.iter().map(|held| held.header.text_bytes()).sum();
        while text > MOST_TEXT && all.len() > 1 {
            let first = all.pop_front();
            text -= first.map_or(0, |held| held.header.text_bytes());
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Opened>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opened {
    fn is(&self, client: &ClientId, block: &StoredBlock) -> bool {
        self.number == block.number && self.header == block.header && self.client == *client
    }
}

impl fmt::Debug for OpenBlocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenBlocks").finish_non_exhaustive()
    }
}

/// Opens a block that was listed; `None` when it is not there any more.
pub(crate) async fn open<S: Snapshot>(
    snapshot: &S,
    client: &ClientId,
    block: &StoredBlock,
) -> Result<Option<Arc<Block>>, S::Error> {
    if let Some(opened) = snapshot.opened().get(client, block) {
        return Ok(Some(opened));
    }
    let Some(contents) = snapshot.contents(block).await? else {
        return Ok(None);
    };
    let (of, header) = (client.clone(), block.header.clone());
    let opening = snapshot.compute(move || Block::open(&of, &header, contents));
    let opened = Arc::new(opening.await?.map_err(unreadable)?);
    snapshot.opened().add(client, block, &opened);
    Ok(Some(opened))
}
