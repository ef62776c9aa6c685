//! The next blocks of a range, and how far they go.

use crate::{List, Snapshot, StoredBlock, merge::start_of};
use central_logger_log_store::{LogId, LogSearch, Order};
use std::ops::RangeInclusive;
use uuid::Uuid;

/// Blocks that a search may ask for.
pub(crate) struct Listed {
    pub(crate) blocks: Vec<StoredBlock>,
    /// The ids among which no other block has any.
    pub(crate) range: RangeInclusive<LogId>,
    /// The entry up to which this goes, when there may be more behind it.
    pub(crate) end: Option<LogId>,
}

impl Listed {
    /// Returns the first blocks of `list` that `search` does not exclude, at most one fewer than it asks for, and
    /// nothing when there are no blocks at all.
    pub(crate) async fn of<S: Snapshot>(
        snapshot: &S,
        search: &LogSearch,
        mut list: List,
    ) -> Result<Option<Self>, S::Error> {
        let mut blocks = snapshot.blocks(&list).await?;
        // So many that lie over each other are no way past them, unless they are taken together.
        while blocks.len() == list.most && reached(&blocks, &list).is_none() {
            list.most *= 2;
            blocks = snapshot.blocks(&list).await?;
        }
        let (mut range, mut end) = (list.ids.clone(), None);
        if blocks.len() == list.most
            && let Some(reached) = reached(&blocks, &list)
        {
            blocks.pop();
            end = Some(reached);
            range = match list.order {
                Order::Asc => *range.start()..=reached,
                Order::Desc => reached..=*range.end(),
            };
        }
        blocks.retain(|block| {
            let filters = block.filters.as_ref();
            filters.is_none_or(|filters| filters.may_match(search))
        });
        if blocks.is_empty() && end.is_none() {
            return Ok(None);
        }
        Ok(Some(Self { blocks, range, end }))
    }
}

/// Returns the id of the range just before the last block, where all is known of what comes up to there.
fn reached(blocks: &[StoredBlock], list: &List) -> Option<LogId> {
    let start = start_of(blocks.last()?, list.order).as_uuid().as_u128();
    let reached = match list.order {
        Order::Asc => start.checked_sub(1)?,
        Order::Desc => start.checked_add(1)?,
    };
    let reached = LogId::from(Uuid::from_u128(reached));
    list.ids.contains(&reached).then_some(reached)
}
