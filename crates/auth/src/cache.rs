use crate::{
    cached_key::CachedKey,
    change_delays::{ChangeDelays, CountedDelays},
};
use central_logger_key_store::feed::{ChangedKeys, Changes};
use central_logger_keys::{KeyDigest, KeyHasher, KeyId};
use quick_cache::sync::Cache;
use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Remembers what a store said of presented keys, as long as that is known to hold.
///
/// A [`Follower`](crate::Follower) tells it of changes, and vouches for it for a while each time. An
/// [`Authenticator`](crate::Authenticator) asks the store instead when nobody vouches. A key is
/// remembered as good under the SHA-256 of all of it: its id alone finds only what a secret is to be
/// compared with.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Authenticator, Follower, KeyCache, Origin, PresentedCredential, VerificationRequest};
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
/// follower.renew().await?; // as `run` does again and again
///
/// let presented = PresentedCredential::Key(b"unknown_to_the_store");
/// for _ in 0..3 {
///     let request = VerificationRequest { presented, origin: Origin::Unknown, required: None };
///     authenticator.authenticate(request).await.unwrap_err();
/// }
/// let status = cache.status(SystemClock.elapsed());
/// assert_eq!((status.misses, status.hits), (1, 2));
/// # Ok(())
/// # }
/// ```
pub struct KeyCache {
    /// Good keys.
    pub(crate) verified: Cache<KeyDigest, Arc<CachedKey>>,
    /// What the store holds under an id, if anything.
    pub(crate) stored: Cache<KeyId, Option<Arc<CachedKey>>>,
    /// Opaque keys that the store does not have.
    pub(crate) unknown: Cache<KeyDigest, ()>,
    /// Counts the times that changes were applied. Held for reading while something is added.
    round: RwLock<u64>,
    /// Nanoseconds of the clock's `elapsed`.
    vouched_until: AtomicU64,
    followed_at: AtomicU64,
    /// The number of the last entry of the audit trail that was followed.
    sequence: AtomicU64,
    is_set_back: AtomicBool,
    counted: Counted,
}

#[derive(Debug, Default)]
struct Counted {
    misses: AtomicU64,
    evicted: AtomicU64,
    delays: CountedDelays,
    delay_last: AtomicU64,
}

/// The beginning of a question to the store, whose answer is to be remembered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fill(u64);

/// What a cache has done so far, and how it stands.
///
/// # Examples
///
/// ```
/// use central_logger_auth::KeyCache;
/// use central_logger_times::{Clock, SystemClock};
///
/// let status = KeyCache::new(1000).status(SystemClock.elapsed());
/// assert_eq!((status.known, status.hits, status.lag), (0, 0, None));
/// assert!(status.lease_left.is_zero(), "no follower vouches for it yet");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheStatus {
    /// Keys that are remembered as good once.
    pub known: usize,
    /// Ids of which it is remembered what the store holds under them, be it nothing.
    pub ids: usize,
    /// Opaque keys that are remembered as unknown to the store.
    pub unknown: usize,
    /// Answers from memory.
    pub hits: u64,
    /// Questions that the store had to answer, while somebody vouched.
    pub misses: u64,
    /// Keys that were forgotten because they changed.
    pub evicted: u64,
    /// How long it took from the commit of each change until the lease showed it.
    pub delays: ChangeDelays,
    /// The last such time.
    pub delay_last: Duration,
    /// The time since the cache was last known to be as new as the store; nothing if it never was.
    pub lag: Option<Duration>,
    /// How much longer the cache is vouched for; zero when it is not.
    pub lease_left: Duration,
    /// The number of the last entry of the store's audit trail.
    pub sequence: u64,
    /// Whether the store was set back, as to a backup, and nobody has acknowledged that.
    pub is_set_back: bool,
}

impl KeyCache {
    /// How many good keys are remembered unless told otherwise, in about 50 MiB.
    pub const DEFAULT_CAPACITY: usize = 65_536;

    /// A cache for `capacity` good keys and as many ids, and a quarter as many unknown keys, of which
    /// each takes 100 bytes or so. The least used are forgotten first.
    pub fn new(capacity: usize) -> Self {
        Self {
            verified: Cache::new(capacity),
            stored: Cache::new(capacity),
            unknown: Cache::new(capacity / 4),
            round: RwLock::new(0),
            vouched_until: AtomicU64::new(0),
            followed_at: AtomicU64::new(0),
            sequence: AtomicU64::new(0),
            is_set_back: AtomicBool::new(false),
            counted: Counted::default(),
        }
    }

    /// To be called before the store is asked.
    pub(crate) fn begin(&self) -> Fill {
        Fill(*self.round.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts a question to the store.
    pub(crate) fn count_miss(&self) {
        self.counted.misses.fetch_add(1, Ordering::Relaxed);
    }

    /// Remembers an answer, unless keys have changed since the question was begun: it may be older
    /// than the change, and would bring back what was evicted.
    pub(crate) fn remember(&self, fill: Fill, remember: impl FnOnce()) {
        let round = self.round.read().unwrap_or_else(PoisonError::into_inner);
        if *round == fill.0 {
            remember();
        }
    }

    /// Forgets what may not hold any more.
    pub(crate) fn apply(&self, changes: &Changes) {
        let mut round = self.round.write().unwrap_or_else(PoisonError::into_inner);
        *round += 1;
        let before = self.verified.len();
        match &changes.keys {
            ChangedKeys::All => {
                self.verified.clear();
                self.stored.clear();
            }
            ChangedKeys::These(ids) => {
                let ids: HashSet<_> = ids.iter().collect();
                self.verified.retain(|_, key| !ids.contains(&key.record.id));
                for id in ids {
                    self.stored.remove(id);
                }
            }
        }
        // Any new key may be one of them.
        self.unknown.clear();
        let evicted = before.saturating_sub(self.verified.len());
        self.counted
            .evicted
            .fetch_add(evicted as u64, Ordering::Relaxed);
    }

    /// All that is remembered holds, and will be used until `until`.
    pub(crate) fn vouch(&self, now: Duration, until: Duration) {
        self.followed_at.store(nanoseconds(now), Ordering::Relaxed);
        self.vouched_until
            .store(nanoseconds(until), Ordering::Release);
    }

    /// Nothing that is remembered is used until somebody vouches again.
    pub(crate) fn distrust(&self) {
        self.vouched_until.store(0, Ordering::Release);
    }

    /// Takes note of how long it took from the commit of a change until everybody could see that
    /// it is applied here.
    pub(crate) fn note_delay(&self, delay: Duration) {
        self.counted.delays.add(delay);
        let last = &self.counted.delay_last;
        last.store(nanoseconds(delay), Ordering::Relaxed);
    }

    /// Takes note of where the store stands.
    pub(crate) fn note_place(&self, sequence: u64, is_set_back: bool) {
        self.sequence.store(sequence, Ordering::Relaxed);
        self.is_set_back.store(is_set_back, Ordering::Relaxed);
    }

    /// Forgets some valid keys, at most `most`, that were hashed otherwise than `hasher` does, so that they
    /// are hashed anew when they are next used; and tells how many there were.
    pub fn forget_outdated(&self, hasher: &KeyHasher, most: usize) -> usize {
        let (forgotten, ids) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        self.verified.retain(|_, key| {
            let is_outdated = key.proof.needs_rehash(hasher).unwrap_or(false);
            let is_over = is_outdated && forgotten.fetch_add(1, Ordering::Relaxed) < most;
            if is_over {
                let mut ids = ids.lock().unwrap_or_else(PoisonError::into_inner);
                ids.push(key.record.id.clone());
            }
            !is_over
        });
        let ids = ids.into_inner().unwrap_or_else(PoisonError::into_inner);
        for id in &ids {
            self.stored.remove(id);
        }
        ids.len()
    }

    /// How the cache stands at the time `now`, as the clock's
    /// [`elapsed`](central_logger_times::Clock::elapsed) tells it.
    pub fn status(&self, now: Duration) -> CacheStatus {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let followed_at = load(&self.followed_at);
        let vouched_until = Duration::from_nanos(load(&self.vouched_until));
        CacheStatus {
            known: self.verified.len(),
            ids: self.stored.len(),
            unknown: self.unknown.len(),
            hits: self.verified.hits() + self.stored.hits() + self.unknown.hits(),
            misses: load(&self.counted.misses),
            evicted: load(&self.counted.evicted),
            delays: self.counted.delays.read(),
            delay_last: Duration::from_nanos(load(&self.counted.delay_last)),
            lag: (followed_at > 0).then(|| now.saturating_sub(Duration::from_nanos(followed_at))),
            lease_left: vouched_until.saturating_sub(now),
            sequence: load(&self.sequence),
            is_set_back: self.is_set_back.load(Ordering::Relaxed),
        }
    }

    /// Whether what is remembered may be used at the time `now`.
    pub(crate) fn is_vouched_for(&self, now: Duration) -> bool {
        nanoseconds(now) < self.vouched_until.load(Ordering::Acquire)
    }
}

/// Enough for 500 years.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCache")
            .field("known", &self.verified.len())
            .finish_non_exhaustive()
    }
}
