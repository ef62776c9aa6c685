//! What has to be done about the logs now and then, beside the requests. Several servers may do it at
//! once.

use central_logger_key_store::{Clock, Report};
use central_logger_log_store::{LogStore, LogStoreError};
use std::{sync::Arc, time::Duration};

const INTERVAL: Duration = Duration::from_secs(60);

/// Goes on for ever.
pub(crate) async fn keep_up(logs: Arc<dyn LogStore>, clock: Arc<dyn Clock>) {
    loop {
        if let Err(error) = forget_claims(&*logs, &*clock).await {
            let error = Report(&error).to_string();
            tracing::warn!(error, "expired idempotency keys are still kept");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn forget_claims(logs: &dyn LogStore, clock: &dyn Clock) -> Result<(), LogStoreError> {
    while logs.forget_claims(clock.now()).await? > 0 {}
    Ok(())
}
