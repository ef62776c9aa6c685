//! Finding entries by their ids.

use crate::{
    List, Snapshot, StoredBlock,
    opened::open,
    snapshot::{replaced, unreadable},
};
use central_logger_keys::ClientId;
use central_logger_log_store::{Append, LogId, Order, StoredLog};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// The most blocks that are listed at a time.
const BLOCKS: usize = 64;
/// How often the search begins anew when a block has been replaced meanwhile.
const ATTEMPTS: usize = 10;
/// The time between two ids from which on they are looked for one after the other.
const NEAR_MS: u64 = 3_600_000;

/// Returns the entries in blocks that have one of `ids`, each once.
///
/// # Errors
/// When the snapshot cannot be read, or a block that may have them.
pub async fn find<S: Snapshot>(
    snapshot: &S,
    client: &ClientId,
    ids: &BTreeSet<LogId>,
) -> Result<Vec<StoredLog>, S::Error> {
    let (mut missing, mut found) = (ids.clone(), Vec::new());
    let mut behind = None;
    while let (Some(first), Some(last)) = (missing.first(), missing.last()) {
        let list = List {
            behind,
            ..List::of(*first..=*last, Order::Asc, BLOCKS)
        };
        let blocks = snapshot.blocks(&list).await?;
        for block in &blocks {
            let here: Vec<_> = may_be_in(block, &missing).collect();
            if here.is_empty() {
                continue;
            }
            let opened = open(snapshot, client, block).await?;
            let opened = opened.ok_or_else(replaced)?;
            let looking = snapshot.compute(move || {
                let entries = here.into_iter().map(|id| opened.get(id));
                entries.collect::<Result<Vec<_>, _>>()
            });
            for log in looking.await?.map_err(unreadable)?.into_iter().flatten() {
                missing.remove(&log.id);
                found.push(log);
            }
        }
        behind = match blocks.get(BLOCKS - 1) {
            Some(last) => Some(last.header.first()),
            None => break,
        };
    }
    Ok(found)
}

/// Returns those of `ids` that events in blocks have. Filters decide for almost all that there is none.
///
/// Each is looked for in one state of the database, also where every statement sees a state of its own: a block
/// that takes the place of others meanwhile hides nothing.
///
/// # Errors
/// As [`find`].
pub async fn events<S: Snapshot>(
    snapshot: &S,
    client: &ClientId,
    ids: &BTreeSet<LogId>,
) -> Result<BTreeSet<LogId>, S::Error> {
    let mut found = BTreeSet::new();
    for near in near_each_other(ids) {
        let mut attempts = 0;
        while !look_for_events(snapshot, client, &near, &mut found).await? {
            attempts += 1;
            if attempts == ATTEMPTS {
                return Err(replaced().into());
            }
        }
    }
    Ok(found)
}

/// Returns whether all blocks were there that may have them.
async fn look_for_events<S: Snapshot>(
    snapshot: &S,
    client: &ClientId,
    ids: &BTreeSet<LogId>,
    found: &mut BTreeSet<LogId>,
) -> Result<bool, S::Error> {
    for block in snapshot.blocks_of_events(ids).await? {
        let here: BTreeSet<_> = may_be_in(&block, ids).collect();
        let Some(opened) = open(snapshot, client, &block).await? else {
            return Ok(false);
        };
        let looking = snapshot.compute(move || opened.those_of(&here));
        found.extend(looking.await?.map_err(unreadable)?);
    }
    Ok(true)
}

/// Returns those of `ids` that a block does not exclude as ids of its events.
pub fn may_be_in<'a>(
    block: &'a StoredBlock,
    ids: &'a BTreeSet<LogId>,
) -> impl Iterator<Item = LogId> + 'a {
    let within = ids.range(block.header.first()..=block.header.last());
    let filters = block.filters.as_ref();
    within
        .copied()
        .filter(move |id| filters.is_none_or(|filters| filters.may_have_event(*id)))
}

/// Takes ids apart where hours lie between them, so that no block is looked at that only lies between two.
fn near_each_other(ids: &BTreeSet<LogId>) -> Vec<Cow<'_, BTreeSet<LogId>>> {
    if let (Some(first), Some(last)) = (ids.first(), ids.last())
        && are_near(*first, *last)
    {
        return vec![Cow::Borrowed(ids)];
    }
    let mut all: Vec<BTreeSet<LogId>> = Vec::new();
    for id in ids {
        match all.last_mut() {
            Some(near) if near.last().is_some_and(|last| are_near(*last, *id)) => {
                near.insert(*id);
            }
            _ => all.push(BTreeSet::from([*id])),
        }
    }
    all.into_iter().map(Cow::Owned).collect()
}

fn are_near(earlier: LogId, later: LogId) -> bool {
    later.executed_at_ms() - earlier.executed_at_ms() < NEAR_MS
}

/// Returns the ids of the events in a group, by client.
pub fn events_of<'a>(
    group: impl IntoIterator<Item = &'a Append>,
) -> BTreeMap<&'a ClientId, BTreeSet<LogId>> {
    let mut events: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for append in group {
        let of_append = append.entries.iter().filter(|e| e.event_id().is_some());
        let mut ids = of_append.map(|entry| entry.id()).peekable();
        if ids.peek().is_some() {
            events.entry(&append.client).or_default().extend(ids);
        }
    }
    // A set is made of all at once much more quickly than of one after the other.
    let sets = events.into_iter();
    sets.map(|(client, ids)| (client, ids.into_iter().collect()))
        .collect()
}
