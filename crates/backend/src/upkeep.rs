//! What a service with keys has to do beside the requests.

use central_logger_auth::Follower;
use central_logger_key_store::{Clock, KeyAdmin, KeyStoreError, Report};
use central_logger_monitor::{Courier, UsageCounter, Watch};
use std::{future::pending, sync::Arc, time::Duration};
use tokio::sync::oneshot;

/// How late the usage of keys may be stored.
const USAGE_INTERVAL: Duration = Duration::from_secs(5);
/// How long usage and alerts are kept.
const TERM: time::Duration = time::Duration::days(90);
/// How often it is looked for those that are older.
const FORGET_INTERVAL: Duration = Duration::from_secs(3600);

/// All of it.
pub(crate) struct Upkeep {
    pub(crate) keys: Arc<dyn KeyAdmin>,
    pub(crate) follower: Follower,
    pub(crate) usage: Arc<UsageCounter>,
    pub(crate) watch: Watch,
    /// If alerts are delivered.
    pub(crate) courier: Option<Courier>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Upkeep {
    /// Goes on until `ended`, and then stores what was counted last.
    pub(crate) async fn run_until(mut self, ended: oneshot::Receiver<()>) {
        let deliver = async {
            match self.courier {
                Some(courier) => courier.run().await,
                None => pending().await,
            }
        };
        let (end, counting_ended) = oneshot::channel::<()>();
        let follow = async {
            tokio::select! {
                _ = ended => {}
                () = self.follower.run() => {}
                () = self.watch.run() => {}
                () = deliver => {}
                () = forget(&*self.keys, &*self.clock) => {}
            }
            drop(end);
            if let Err(error) = self.follower.stop().await {
                let error = Report(&error).to_string();
                tracing::warn!(
                    error,
                    "the lease could not be taken back, and runs out by itself"
                );
            }
        };
        let counting_ended = async { drop(counting_ended.await) };
        let count = self
            .usage
            .flush_until(counting_ended, USAGE_INTERVAL, &*self.keys);
        tokio::join!(follow, count);
    }
}

/// Drops what is too old, for ever.
async fn forget(keys: &dyn KeyAdmin, clock: &dyn Clock) {
    loop {
        let forgotten = forget_before(keys, clock.now() - TERM).await;
        // Of an outage the store tells by itself.
        if let Some(error) = forgotten.err().filter(|error| !error.is_passing()) {
            let error = Report(&error).to_string();
            tracing::warn!(error, "old usage of keys and old alerts are still kept");
        }
        tokio::time::sleep(FORGET_INTERVAL).await;
    }
}

async fn forget_before(
    keys: &dyn KeyAdmin,
    until: time::OffsetDateTime,
) -> Result<(), KeyStoreError> {
    keys.forget_usage(until).await?;
    keys.forget_alerts(until).await
}
