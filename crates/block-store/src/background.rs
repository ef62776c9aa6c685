//! Putting logs into blocks, beside the requests. Of several servers one does it at a time.

use crate::{BlockStore, LastTotals, Sealed, Sealer, Unsealed};
use central_logger_keys::KeyId;
use central_logger_log_store::LogStoreError;
use central_logger_text::Report;
use central_logger_times::Clock;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// How long it rests when nothing is left to do.
const REST: Duration = Duration::from_secs(5);
/// After how many rests it looks at rows, which become due more slowly than fresh blocks, and at the totals.
const ROUND: u32 = 12;

/// Puts logs into blocks as they become due, while this server is the one that seals, and keeps the totals up to
/// date. Runs until it is dropped.
pub async fn seal_logs(store: Arc<dyn BlockStore>, clock: Arc<dyn Clock>, last: LastTotals) {
    let sealer = Sealer::new(Arc::clone(&store));
    let server = match KeyId::generate() {
        Ok(id) => id.to_string(),
        Err(error) => {
            tracing::warn!(%error, "this server puts no logs into blocks");
            return;
        }
    };
    loop {
        if let Ok(totals) = store.totals().await {
            last.set(totals);
        }
        for _ in 0..ROUND {
            sleep(REST).await;
            report(
                sealer
                    .seal_due(&server, &*clock, Unsealed::FreshBlocks)
                    .await,
            );
        }
        report(sealer.seal_due(&server, &*clock, Unsealed::Rows).await);
    }
}

fn report(sealed: Result<Sealed, LogStoreError>) {
    match sealed {
        Ok(Sealed { sealed: 0, .. }) => {}
        Ok(Sealed { sealed, blocks, .. }) => {
            tracing::debug!(sealed, blocks, "put logs into blocks");
        }
        // Of an outage the store tells by itself.
        Err(error) if error.is_transient() => {}
        Err(error) => {
            let error = Report(&error).to_string();
            tracing::warn!(error, "logs are not put into blocks");
        }
    }
}
