use crate::{Snapshot, StoredBlock, snapshot::unreadable};
use central_logger_blocks::{Block, BlockHeader, BlockKind};
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

/// How much memory open blocks take together, about, in bytes. A single one may take more.
const MOST: u64 = 24 << 20;
/// How much an entry takes beside what is in the block: its id, and where it begins.
const BESIDE: u64 = 32;

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
        // Another may have opened it meanwhile.
        all.retain(|held| !held.is(client, block));
        all.push_back(Opened {
            client: client.clone(),
            number: block.number,
            header: block.header.clone(),
            block: Arc::clone(opened),
        });
        let mut taken: u64 = all.iter().map(Opened::memory).sum();
        while taken > MOST && all.len() > 1 {
            let first = all.pop_front();
            taken -= first.map_or(0, |held| held.memory());
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Opened>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opened {
    /// A fresh block is held as its texts, a sealed one as it is stored.
    fn memory(&self) -> u64 {
        let contents = match self.header.kind() {
            BlockKind::Fresh => self.header.text_bytes(),
            BlockKind::Sealed => self.header.bytes(),
        };
        contents + self.header.entries() * BESIDE
    }

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
