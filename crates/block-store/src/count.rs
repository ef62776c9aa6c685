use crate::{
    List, Snapshot, StoredBlock,
    listed::Listed,
    merge::Merge,
    opened::open,
    snapshot::{replaced, unreadable},
};
use central_logger_blocks::Scanned;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId, LogSearch, LogStats, LogStoreError, Order, StatsQuery,
    store::{Counted, ScanBudget, Tally},
};
use std::time::Instant;

/// The most blocks that are considered at a time.
const BLOCKS: usize = 128;

/// Counts the next entries of a client, as [`LogStore::count`] does: those of whole blocks by what is known of
/// them, where that is enough. Returns `None` when all are in rows: a database has a quicker way to count these.
///
/// # Errors
/// When the snapshot cannot be read, or a block among them, or there are too many values.
///
/// [`LogStore::count`]: central_logger_log_store::LogStore::count
pub async fn count<S: Snapshot>(
    snapshot: &S,
    client: &ClientId,
    query: &StatsQuery,
    after: Option<LogId>,
    budget: ScanBudget,
) -> Result<Option<Counted>, S::Error> {
    let search = query.search_after(after);
    let Some(ids) = search.query.ids() else {
        return Ok(None);
    };
    let began = Instant::now();
    let list = List {
        with_filters: !search.filter.is_empty(),
        with_counts: !search.filter.reads_text(),
        ..List::of(ids.0..=ids.1, Order::Asc, BLOCKS + 1)
    };
    let Some(mut listed) = Listed::of(snapshot, &search, list).await? else {
        return Ok(None);
    };
    let (range, end) = (listed.range.clone(), listed.end);
    let is_counted = |block: &StoredBlock| {
        let (first, last) = (block.header.first(), block.header.last());
        let counts = block.counts.as_ref();
        let counts = counts.and_then(|counts| counts.within(&block.header, query));
        counts.is_some() && range.contains(&first) && range.contains(&last)
    };
    let (counted, looked_at) = listed.blocks.into_iter().partition(is_counted);
    listed.blocks = looked_at;
    let merge = Merge::of(snapshot, client, &search, listed, budget.entries);
    let mut stats = LogStats::new(query);
    let reached = look_at(merge, &mut stats, budget, began).await?;
    add_counts(
        snapshot, client, &search, &counted, query, &mut stats, reached,
    )
    .await?;
    let last = reached.or(end);
    Ok(Some(Counted { stats, last }))
}

/// Counts entries one by one, and returns the last one when there is no time for all.
async fn look_at<S: Snapshot>(
    mut merge: Merge<'_, S>,
    stats: &mut LogStats,
    budget: ScanBudget,
    began: Instant,
) -> Result<Option<LogId>, S::Error> {
    let (mut last, mut left) = (None, budget.entries);
    while left > 0 && (last.is_none() || began.elapsed() < budget.time) {
        match merge.next().await? {
            Some(Scanned::Found(log)) => {
                stats.look_at(log.id, &log.candidate())?;
                (last, left) = (Some(log.id), left - 1);
            }
            Some(Scanned::Passed { to, entries }) => {
                (last, left) = (Some(to), left.saturating_sub(entries));
            }
            None => return Ok(None),
        }
    }
    Ok(last)
}

/// Adds what is known of whole blocks. Of one that goes beyond `reached`, the entries up to there are looked at.
async fn add_counts<S: Snapshot>(
    snapshot: &S,
    client: &ClientId,
    search: &LogSearch,
    blocks: &[StoredBlock],
    query: &StatsQuery,
    stats: &mut LogStats,
    reached: Option<LogId>,
) -> Result<(), S::Error> {
    for block in blocks {
        let (first, last) = (block.header.first(), block.header.last());
        if reached.is_some_and(|reached| first > reached) {
            continue;
        }
        if let Some(reached) = reached.filter(|reached| last > *reached) {
            let opened = open(snapshot, client, block).await?.ok_or_else(replaced)?;
            let mut done: Result<(), LogStoreError> = Ok(());
            let looked = opened.candidates(first..=reached, false, |id, candidate| {
                if done.is_ok() {
                    done = stats.look_at(id, candidate);
                }
            });
            looked.map_err(unreadable)?;
            done?;
            continue;
        }
        let counts = block.counts.as_ref();
        let counts = counts.and_then(|counts| counts.within(&block.header, query));
        for counted in counts.into_iter().flatten() {
            let candidate = counted.candidate();
            if search.matches(&candidate) {
                let tally = Tally {
                    count: counted.entries,
                    last: counted.last,
                };
                stats.add_all(&candidate, tally)?;
            }
        }
    }
    Ok(())
}
