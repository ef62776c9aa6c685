use crate::{List, Snapshot, listed::Listed, merge::Merge};
use central_logger_blocks::Scanned;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogPage, LogSearch,
    store::{PageBuilder, ScanBudget},
};
use std::time::Instant;

/// The most blocks that are considered at a time. What lies behind them is left for the next time.
const BLOCKS: usize = 64;

/// Looks at the next entries of a client, as [`LogStore::scan`] does. Returns `None` when they are all in
/// rows: a database has a quicker way to read these.
///
/// # Errors
/// When the snapshot cannot be read, or a block among them.
///
/// [`LogStore::scan`]: central_logger_log_store::LogStore::scan
pub async fn scan<S: Snapshot>(
    snapshot: &S,
    client: &ClientId,
    search: &LogSearch,
    budget: ScanBudget,
) -> Result<Option<LogPage>, S::Error> {
    let Some(ids) = search.query.ids() else {
        return Ok(None);
    };
    let began = Instant::now();
    let list = List {
        with_filters: !search.filter.is_empty(),
        ..List::of(ids.0..=ids.1, search.query.order, BLOCKS + 1)
    };
    let Some(listed) = Listed::of(snapshot, search, list).await? else {
        return Ok(None);
    };
    let mut merge = Merge::of(snapshot, client, search, listed, budget.entries);
    let mut page = PageBuilder::new(search.query.limit);
    let (mut left, mut found) = (budget.entries, 0);
    while left > 0 {
        let next = match merge.next().await {
            // The page is whole. What cannot be read behind it is told to who asks for that.
            Err(_) if found == search.query.limit => return Ok(Some(page.cut_short()?)),
            next => next?,
        };
        match next {
            Some(Scanned::Passed { to, entries }) => {
                left = left.saturating_sub(entries);
                page.pass(to);
            }
            Some(Scanned::Found(log)) => {
                (left, found) = (left - 1, found + 1);
                if page.push(log).is_break() {
                    return Ok(Some(page.build()));
                }
            }
            None => {
                let Some(end) = merge.end() else {
                    return Ok(Some(page.build()));
                };
                page.pass(end);
                break;
            }
        }
        if began.elapsed() >= budget.time {
            break;
        }
    }
    Ok(Some(page.cut_short()?))
}
