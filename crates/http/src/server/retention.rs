//! Removing logs whose term has ended, beside the requests. Several servers may do it at once.

use central_logger_auth::KeyCache;
use central_logger_key_store::{RemovalClock, settings::ClientSettings};
use central_logger_log_store::{
    LogPruner, LogStoreError, RetentionPeriod,
    retention::{kept_from, prune},
};
use central_logger_text::{Report, shown};
use central_logger_times::Clock;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::sleep};

/// How long after its end an entry may still be there, if nothing goes wrong.
const INTERVAL: Duration = Duration::from_secs(600);

#[derive(Clone)]
pub(super) struct Pruner {
    pub(super) logs: Arc<dyn LogPruner>,
    pub(super) retention: watch::Receiver<Arc<ClientSettings>>,
    /// Under whose lease the terms hold.
    pub(super) cache: Arc<KeyCache>,
    pub(super) clock: Arc<dyn Clock>,
    /// By which terms end.
    pub(super) removal: RemovalClock,
}

impl Pruner {
    /// Deletes periodically, and when a term has changed. Never returns.
    pub(super) async fn run(mut self) {
        loop {
            self.retention.mark_unchanged();
            match self.prune().await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "removed logs whose term has ended"),
                // Of an outage the store tells by itself.
                Err(error) if error.is_transient() => {}
                Err(error) => {
                    let error = Report(&error).to_string();
                    tracing::warn!(error, "logs whose term has ended are still kept");
                }
            }
            tokio::select! {
                () = sleep(INTERVAL) => {}
                // Without anybody who follows changes, there are none.
                Ok(()) = self.retention.changed() => {}
            }
        }
    }

    async fn prune(&self) -> Result<usize, LogStoreError> {
        let Some(now) = self.removal.now() else {
            return Ok(0);
        };
        let longest = self.terms().and_then(|terms| longest(&terms).duration());
        let ended = longest.map(|term| kept_from(now, term));
        self.logs.maintain_partitions(now, ended).await?;
        if *self.retention.borrow().as_ref() == ClientSettings::default() {
            return Ok(0);
        }
        let of_client = |client: &_| {
            let term = RetentionPeriod::of_setting(self.terms()?.of(client)).duration()?;
            // Asked again before each step: it may have become doubtful.
            Some(kept_from(self.removal.now()?.min(now), term))
        };
        prune(&*self.logs, of_client).await
    }

    /// Returns the terms while they are known to hold. So when a change of a term has reached every server,
    /// nothing is removed by the former term.
    fn terms(&self) -> Option<Arc<ClientSettings>> {
        let lease_left = self.cache.status(self.clock.elapsed()).lease_left;
        (!lease_left.is_zero()).then(|| Arc::clone(&self.retention.borrow()))
    }
}

/// The longest period of any client. Of what cannot be read, and so keeps logs, the log is told.
fn longest(settings: &ClientSettings) -> RetentionPeriod {
    for text in settings.values().flatten() {
        if text.parse::<RetentionPeriod>().is_err() {
            let text = shown(text);
            tracing::error!(%text, "how long logs are kept cannot be read, so they are kept");
        }
    }
    RetentionPeriod::longest(settings.values().map(RetentionPeriod::of_setting))
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_auth::Follower;
    use central_logger_hash_pool::HashPool;
    use central_logger_key_store::{
        Actor, LeaseHolder, MemoryKeys, feed::StoreTime, settings::SettingChange,
    };
    use central_logger_keyring::Keyring;
    use central_logger_keys::{ClientId, KeyHasher};
    use central_logger_log_store::{LogSearch, LogStore, MemoryLogs, Submission};
    use central_logger_times::ManualClock;
    use time::macros::datetime;

    struct Fixture {
        clock: Arc<ManualClock>,
        keyring: Keyring,
        follower: Follower,
        logs: Arc<MemoryLogs>,
        pruner: Pruner,
    }

    async fn fixture() -> Fixture {
        let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
        let (keys, logs) = (Arc::new(MemoryKeys::new()), Arc::new(MemoryLogs::new()));
        let cache = Arc::new(KeyCache::new(1));
        let holder = LeaseHolder::new("test").unwrap();
        let mut follower =
            Follower::new(keys.clone(), cache.clone(), holder).with_clock(clock.clone());
        follower.renew().await.unwrap();
        let hashes = HashPool::new(KeyHasher::new());
        Fixture {
            keyring: Keyring::new(keys, hashes, clock.clone(), Actor::new("tester@here")),
            pruner: Pruner {
                logs: logs.clone(),
                retention: follower.retention(),
                cache,
                clock: clock.clone(),
                removal: follower.removal_clock(),
            },
            clock,
            follower,
            logs,
        }
    }

    impl Fixture {
        /// Two entries of each client: of now, and of a day before.
        async fn append(&self, clients: &[&ClientId]) {
            for client in clients {
                let entry =
                    |time| format!(r#"{{"environment":"e","executed_at":"{time}","status":"s"}}"#);
                let (old, new) = (entry("2026-02-28T12:00:00Z"), entry("2026-03-01T12:00:00Z"));
                let body = format!("[{old},{new}]");
                let now = self.clock.now();
                let Ok(Submission::Many(entries)) = Submission::parse(body.as_bytes(), client, now)
                else {
                    panic!("it is many");
                };
                self.logs.append(client, now, &entries).await.unwrap();
            }
        }

        async fn set(&self, client: Option<&ClientId>, keep: &str) {
            let change = SettingChange {
                client_id: client.cloned(),
                value: Some(keep.to_owned()),
            };
            let set = self.keyring.set_retention(&change).await;
            set.unwrap().at_commit();
        }

        async fn left(&self, client: &ClientId) -> usize {
            let page = self.logs.page(client, &LogSearch::default()).await;
            page.unwrap().logs.len()
        }
    }

    #[tokio::test]
    async fn entries_go_when_their_term_ends_and_not_before() {
        let mut f = fixture().await;
        let (acme, widget) = ("acme".parse().unwrap(), "widget".parse().unwrap());
        f.append(&[&acme, &widget]).await;
        assert_eq!(f.pruner.prune().await.unwrap(), 0, "by default all is kept");
        f.set(None, "24h").await;
        f.set(Some(&widget), "forever").await;
        f.follower.renew().await.unwrap();
        assert_eq!(f.pruner.prune().await.unwrap(), 0);
        f.clock.advance(time::Duration::MILLISECOND);
        assert_eq!(f.pruner.prune().await.unwrap(), 1);
        assert_eq!((f.left(&acme).await, f.left(&widget).await), (1, 2));
        f.clock.advance(time::Duration::DAY);
        f.follower.renew().await.unwrap();
        assert_eq!(f.pruner.prune().await.unwrap(), 1);
        assert_eq!((f.left(&acme).await, f.left(&widget).await), (0, 2));
    }

    #[tokio::test]
    async fn nothing_goes_by_terms_that_may_have_changed() {
        let mut f = fixture().await;
        let acme = "acme".parse().unwrap();
        f.append(&[&acme]).await;
        f.set(None, "1h").await;
        f.follower.renew().await.unwrap();
        f.clock.advance(time::Duration::seconds(2));
        assert_eq!(f.pruner.prune().await.unwrap(), 0, "the lease has run out");
        f.follower.renew().await.unwrap();
        assert_eq!(f.pruner.prune().await.unwrap(), 1);
    }

    #[tokio::test]
    async fn nothing_goes_by_a_clock_that_is_not_relied_on() {
        let mut f = fixture().await;
        let acme = "acme".parse().unwrap();
        f.append(&[&acme]).await;
        f.set(None, "24h").await;
        f.follower.renew().await.unwrap();
        f.clock.step(time::Duration::days(400));
        assert_eq!(f.pruner.prune().await.unwrap(), 0, "no time has gone by");
        for time in [
            StoreTime::Jumped(time::Duration::days(400)),
            StoreTime::Shows(datetime!(2026-03-01 12:00 UTC)),
        ] {
            f.pruner.removal.note(time);
            assert_eq!(f.pruner.prune().await.unwrap(), 0);
        }
        f.pruner.removal.note(StoreTime::Shows(f.clock.now()));
        assert_eq!(f.pruner.prune().await.unwrap(), 2);
    }
}
