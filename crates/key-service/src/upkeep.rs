//! What a service with keys has to do beside the requests.

use crate::tasks::{Tasks, run_again_after_panics};
use crate::tending::Tending;
use central_logger_auth::Follower;
use central_logger_key_activity::{ActivityError, ActivityStore};
use central_logger_key_store::RemovalClock;
use central_logger_limits::SharedLimits;
use central_logger_monitor::{AlertDispatcher, UsageCounter, Watch};
use central_logger_text::Report;
use std::{sync::Arc, time::Duration};
use tokio::sync::{Mutex, oneshot, watch};

/// How late the usage of keys may be stored.
const USAGE_INTERVAL: Duration = Duration::from_secs(5);
/// How long usage and alerts are kept.
const TERM: time::Duration = time::Duration::days(90);
/// How often it is looked for those that are older.
const PURGE_INTERVAL: Duration = Duration::from_secs(3600);

/// All of it.
pub(crate) struct Upkeep {
    pub(crate) activity: Arc<dyn ActivityStore>,
    pub(crate) tending: Tending,
    pub(crate) follower: Follower,
    pub(crate) usage: Arc<UsageCounter>,
    pub(crate) watch: Watch,
    /// If alerts are delivered.
    pub(crate) dispatcher: Option<AlertDispatcher>,
    pub(crate) removal: RemovalClock,
    /// If they are shared.
    pub(crate) limits: Option<SharedLimits>,
}

impl Upkeep {
    /// Goes on until `ended`, and then stores what was counted last.
    pub(crate) async fn run_until(self, ended: oneshot::Receiver<()>) {
        let (activity, usage) = (self.activity, self.usage);
        let follower = Arc::new(Mutex::new(self.follower));
        let watch = Arc::new(Mutex::new(self.watch));
        let mut tasks = Tasks::default();
        let following = Arc::clone(&follower);
        tasks.run("following changes of keys", move || {
            let follower = Arc::clone(&following);
            async move { follower.lock().await.run().await }
        });
        tasks.run("watching the use of keys", move || {
            let watch = Arc::clone(&watch);
            async move { watch.lock().await.run().await }
        });
        if let Some(dispatcher) = self.dispatcher.map(Arc::new) {
            tasks.run("delivering alerts", move || {
                let dispatcher = Arc::clone(&dispatcher);
                async move { dispatcher.run().await }
            });
        }
        let tending = Arc::new(self.tending);
        tasks.run("tending the store of keys", move || {
            let tending = Arc::clone(&tending);
            async move { tending.run().await }
        });
        if let Some(limits) = self.limits.clone() {
            tasks.run("renewing shares of limits", move || {
                let limits = limits.clone();
                async move { limits.run().await }
            });
        }
        let old = Old {
            activity: Arc::clone(&activity),
            limits: self.limits.clone(),
            removal: self.removal,
        };
        tasks.run("deleting old usage, alerts and limits", move || {
            old.clone().purge()
        });

        let (end, counting_ends) = watch::channel(());
        let follow = async {
            // Ended also by being dropped.
            let _ = ended.await;
            tasks.stop().await;
            if let Err(error) = follower.lock().await.stop().await {
                let error = Report(&error).to_string();
                tracing::warn!(
                    error,
                    "the lease could not be taken back, and runs out by itself"
                );
            }
            if let Some(limits) = self.limits {
                limits.stop().await;
            }
            drop(end);
        };
        let count = run_again_after_panics("storing the usage of keys", || {
            let mut ends = counting_ends.clone();
            let (usage, activity) = (Arc::clone(&usage), Arc::clone(&activity));
            async move {
                // It fails when the sender is gone, and nothing is ever sent.
                let ended = async { while ends.changed().await.is_ok() {} };
                usage.flush_until(ended, USAGE_INTERVAL, &*activity).await;
            }
        });
        tokio::join!(follow, count);
    }
}

/// What is deleted by its age.
#[derive(Clone)]
struct Old {
    activity: Arc<dyn ActivityStore>,
    limits: Option<SharedLimits>,
    removal: RemovalClock,
}

impl Old {
    /// Deletes what has expired, without end.
    async fn purge(self) {
        loop {
            if let Some(now) = self.removal.now() {
                let purged = purge_before(&*self.activity, now - TERM).await;
                // Of an outage the store tells by itself.
                if let Some(error) = purged.err().filter(|error| !error.is_transient()) {
                    let error = Report(&error).to_string();
                    tracing::warn!(error, "old usage of keys and old alerts are still kept");
                }
                let purged = match &self.limits {
                    Some(limits) => limits.purge(now).await,
                    None => Ok(()),
                };
                if let Some(error) = purged.err().filter(|error| !error.is_transient()) {
                    let error = Report(&error).to_string();
                    tracing::warn!(error, "limits that are not used any more are still kept");
                }
            }
            tokio::time::sleep(PURGE_INTERVAL).await;
        }
    }
}

async fn purge_before(
    activity: &dyn ActivityStore,
    until: time::OffsetDateTime,
) -> Result<(), ActivityError> {
    activity.purge_usage(until).await?;
    activity.purge_alerts(until).await
}
