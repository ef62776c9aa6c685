//! How much of the logs is in blocks.

use crate::Finding;
use central_logger_block_store::{BlockStore, BlockTotals, BrokenBlock, Inspection, inspect};
use central_logger_log_store::LogPruner;
use central_logger_times::Timestamp;

const CHECK: &str = "blocks";
const EVERY: &str = "contents";
/// How many broken blocks are named.
const MOST_NAMED: usize = 20;

pub(crate) async fn finding(store: &dyn BlockStore) -> Finding {
    match store.totals().await {
        Err(error) => Finding::failed(CHECK, &error),
        Ok(BlockTotals { blocks: 0, .. }) => Finding::ok(
            CHECK,
            "all logs are in rows: servers seal them when they are minutes old",
        ),
        Ok(totals) => Finding::ok(CHECK, detail(&totals)),
    }
}

fn detail(totals: &BlockTotals) -> String {
    let percent = totals.bytes.saturating_mul(100) / totals.text_bytes.max(1);
    let rows = match totals.rows {
        BlockTotals::MOST_ROWS => format!("{} or more", totals.rows),
        rows => rows.to_string(),
    };
    let oldest = match totals.oldest_unsealed.map(Timestamp::clamped) {
        Some(received_at) => format!(", the oldest received at {received_at}"),
        None => String::new(),
    };
    format!(
        "{} entries are in sealed blocks ({}) and {} in fresh ones ({}), which have {percent} % of the size of \
         their text; {rows} are in rows{oldest}",
        totals.entries.saturating_sub(totals.fresh_entries),
        totals.blocks.saturating_sub(totals.fresh_blocks),
        totals.fresh_entries,
        totals.fresh_blocks,
    )
}

/// Reads every block.
pub(crate) async fn inspection(store: Option<&dyn BlockStore>, clients: &dyn LogPruner) -> Finding {
    let Some(store) = store else {
        return Finding::ok(EVERY, "there are none");
    };
    match inspect(store, clients).await {
        Err(error) => Finding::failed(EVERY, &error),
        Ok(inspection) => found(&inspection),
    }
}

fn found(inspection: &Inspection) -> Finding {
    let Inspection {
        blocks,
        entries,
        broken,
        without_filters,
    } = inspection;
    let mut problems = Vec::new();
    if !broken.is_empty() {
        problems.push(format!(
            "{} of {blocks} blocks cannot be read; the entries of all others can: {}. Restore a backup \
             elsewhere and send what they had again",
            broken.len(),
            named(broken)
        ));
    }
    if !without_filters.is_empty() {
        problems.push(format!(
            "{} of {blocks} blocks are opened by every search and count, since what says what they have cannot be read: {}",
            without_filters.len(),
            named(without_filters)
        ));
    }
    match problems.is_empty() {
        true => Finding::ok(
            EVERY,
            format!("{blocks} blocks with {entries} entries were read"),
        ),
        false => Finding::problem(EVERY, problems.join(". ")),
    }
}

fn named(blocks: &[BrokenBlock]) -> String {
    let named = blocks.iter().take(MOST_NAMED).map(ToString::to_string);
    named.collect::<Vec<_>>().join("; ")
}
