use crate::KeyCache;
use central_logger_hash_pool::HashPool;
use central_logger_health::Conditions;
use central_logger_key_store::{
    KeyFeed, KeyStoreError, LeaseHolder, RemovalClock,
    feed::{Changes, Lease, Reached},
    settings::ClientSettings,
};
use central_logger_keys::KeyHasher;
use central_logger_text::Report;
use central_logger_times::{Clock, SystemClock};
use std::{fmt, sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

/// Keeps a [`KeyCache`], and the terms for which logs are kept, as new as the store, and holds the lease
/// under which they are used.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Authenticator, Follower, KeyCache};
/// use central_logger_key_store::{LeaseHolder, MemoryKeys};
/// use central_logger_times::{Clock, SystemClock};
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = Arc::new(MemoryKeys::new());
/// let cache = Arc::new(KeyCache::new(KeyCache::DEFAULT_CAPACITY));
/// let authenticator = Authenticator::new(store.clone()).with_cache(cache.clone());
/// let mut follower = Follower::new(store, cache.clone(), LeaseHolder::new("my-service")?);
/// follower.renew().await?; // so that the cache is used from the beginning
/// assert!(!cache.status(SystemClock.elapsed()).lease_left.is_zero());
/// tokio::spawn(async move { follower.run().await });
/// # Ok(())
/// # }
/// ```
pub struct Follower {
    feed: Arc<dyn KeyFeed>,
    cache: Arc<KeyCache>,
    retention: watch::Sender<Arc<ClientSettings>>,
    clock: Arc<dyn Clock>,
    conditions: Conditions,
    removal: RemovalClock,
    holder: LeaseHolder,
    length: Duration,
    applied: Option<Reached>,
    hashes: HashPool,
    /// The store was set back, and nobody has acknowledged that yet.
    is_set_back: bool,
    /// When the store was last seen to go on from where it was.
    went_on_at: Duration,
    /// When the oldest change was committed that the lease does not show yet.
    unshown_since: Option<Duration>,
    /// Whether `run` was begun. It ends only by being broken off, perhaps by a panic.
    was_begun: bool,
}

impl Follower {
    /// How long a lease lasts unless told otherwise.
    pub const DEFAULT_LEASE: Duration = Duration::from_secs(2);

    /// Keeps `cache` as new as the store behind `feed`, in the name of `holder`.
    pub fn new(feed: Arc<dyn KeyFeed>, cache: Arc<KeyCache>, holder: LeaseHolder) -> Self {
        let (clock, conditions) = (Arc::new(SystemClock), Conditions::default());
        Self {
            feed,
            cache,
            retention: watch::Sender::default(),
            removal: RemovalClock::new(clock.clone(), conditions.clone()),
            clock,
            conditions,
            holder,
            length: Self::DEFAULT_LEASE,
            applied: None,
            hashes: HashPool::new(KeyHasher::new()),
            is_set_back: false,
            went_on_at: Duration::ZERO,
            unshown_since: None,
            was_begun: false,
        }
    }

    /// Holds leases of this length. A longer one lets the cache be used through longer outages of
    /// the store, and lets a server that is cut off delay a revocation as long.
    #[must_use]
    pub fn with_lease(mut self, length: Duration) -> Self {
        self.length = length;
        self
    }

    /// Lets others know which peppers `hashes` has.
    #[must_use]
    pub fn with_hashes(mut self, hashes: HashPool) -> Self {
        self.hashes = hashes;
        self
    }

    /// Takes the time from `clock`, which must be that of the authenticator.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self.removal = RemovalClock::new(Arc::clone(&self.clock), self.conditions.clone());
        self
    }

    /// Notes there what keeps it from following.
    #[must_use]
    pub fn with_conditions(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self.removal = RemovalClock::new(Arc::clone(&self.clock), self.conditions.clone());
        self
    }

    /// Returns how long the logs of each client are kept, as last followed; before that, they are kept
    /// without end.
    pub fn retention(&self) -> watch::Receiver<Arc<ClientSettings>> {
        self.retention.subscribe()
    }

    /// The time by which what is kept for a term is to be removed.
    pub fn removal_clock(&self) -> RemovalClock {
        self.removal.clone()
    }

    /// Follows without end: applies changes when they are announced, and renews the lease four times
    /// in its length.
    ///
    /// This must run on a runtime with time enabled.
    pub async fn run(&mut self) {
        let mut ticks = interval(self.length / 4);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_following = true;
        // Half of a change may have been applied: begin from nothing.
        if std::mem::replace(&mut self.was_begun, true) {
            self.applied = None;
        }
        loop {
            let done = tokio::select! {
                _ = ticks.tick() => self.renew().await,
                () = self.feed.announced() => self.follow().await,
            };
            match (&done, is_following) {
                (Err(error), true) => {
                    let error = Report(error).to_string();
                    tracing::warn!(error, "changes of keys cannot be followed");
                }
                (Ok(()), false) => tracing::info!("changes of keys are followed again"),
                _ => {}
            }
            is_following = done.is_ok();
        }
    }

    /// Applies what has changed, then renews the lease.
    ///
    /// # Errors
    /// When the store is not available or fails. The cache is used until the last lease runs out.
    pub async fn renew(&mut self) -> Result<(), KeyStoreError> {
        self.catch_up().await?;
        loop {
            // From before the lease is written, so that it ends here before it ends in the store;
            // and a tenth less, for clocks that do not run at the same rate.
            let began = self.clock.elapsed();
            let lease = Lease {
                holder: self.holder.clone(),
                applied: self.applied.unwrap_or_default().head,
                length: self.length,
                peppers: self.hashes.configured().to_vec(),
            };
            let time = self.feed.hold_lease(&lease).await?;
            self.removal.note(time);
            if let Some(since) = self.unshown_since.take() {
                self.cache
                    .note_delay(self.clock.elapsed().saturating_sub(since));
            }
            // Commands that read the leases before this one existed did not wait for it. But their change is
            // committed, so it is among what is read now.
            let has_changed = self.catch_up().await?;
            self.cache.vouch(began, began + self.length * 9 / 10);
            if !has_changed {
                return Ok(());
            }
        }
    }

    /// Stops using the cache, then takes the lease back.
    ///
    /// # Errors
    /// When the store is not available or fails. The lease runs out by itself.
    pub async fn stop(&mut self) -> Result<(), KeyStoreError> {
        self.cache.distrust();
        self.feed.end_lease(&self.holder).await
    }

    /// Applies what has changed, and says so at once, since somebody may be waiting.
    async fn follow(&mut self) -> Result<(), KeyStoreError> {
        match self.catch_up().await? {
            true => self.renew().await,
            false => Ok(()),
        }
    }

    async fn catch_up(&mut self) -> Result<bool, KeyStoreError> {
        let asked_at = self.clock.elapsed();
        let changes = self.feed.changes(self.applied.as_ref()).await?;
        self.watch_direction(&changes, asked_at);
        if changes.is_empty() {
            return Ok(false);
        }
        self.cache.apply(&changes);
        let reached = changes.reached();
        if let Some(retention) = changes.retention {
            self.retention.send_replace(Arc::new(retention));
        }
        // The first time, nothing is late.
        let sequence = reached.head.sequence;
        let seal = reached.head.seal.map(|seal| seal.to_string());
        tracing::info!(sequence, seal, "keys have changed, up to this entry");
        if self.applied.replace(reached).is_some() {
            let committed_at = self.clock.elapsed().saturating_sub(changes.age);
            self.unshown_since.get_or_insert(committed_at);
        }
        Ok(true)
    }
}

/// What is said, to anybody, of a store that was set back.
const SET_BACK: &str = "The database was set back, as to a backup: keys that were revoked since may be valid again. \
     When that is known, run `central-logger-admin doctor --accept-restore`";

impl Follower {
    /// Notes when the store does not go on from where it was, until somebody has acknowledged that.
    fn watch_direction(&mut self, changes: &Changes, asked_at: Duration) {
        const NAME: &str = "restore";
        if !changes.continues {
            self.is_set_back = true;
            let seen = self.applied.map_or(0, |applied| applied.head.sequence);
            let found = changes.head.sequence;
            let detail = format!(
                "entry {seen} of the audit trail was seen, which is not in it now; it ends with {found}"
            );
            self.conditions.hold(NAME, SET_BACK, detail);
        }
        if self.is_set_back {
            let since = self.clock.elapsed().saturating_sub(self.went_on_at);
            let is_accepted = changes.restore_accepted.is_some_and(|age| age <= since);
            self.is_set_back = !is_accepted;
        }
        if !self.is_set_back {
            self.conditions.lift(NAME);
            self.went_on_at = asked_at;
        }
        self.cache
            .note_place(changes.head.sequence, self.is_set_back);
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower")
            .field("holder", &self.holder)
            .field("applied", &self.applied)
            .finish_non_exhaustive()
    }
}
