//! How much of the logs is in blocks.

use crate::Finding;
use central_logger_block_store::{BlockStore, BlockTotals, Inspection, inspect};
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
        Ok(Inspection {
            blocks,
            entries,
            broken,
        }) if broken.is_empty() => Finding::ok(
            EVERY,
            format!("{blocks} blocks with {entries} entries were read"),
        ),
        Ok(Inspection { blocks, broken, .. }) => {
            let named = broken.iter().take(MOST_NAMED).map(ToString::to_string);
            let detail = format!(
                "{} of {blocks} blocks cannot be read; the entries of all others can: {}. Restore a backup \
                 elsewhere and send what they had again",
                broken.len(),
                named.collect::<Vec<_>>().join("; ")
            );
            Finding::problem(EVERY, detail)
        }
    }
}
