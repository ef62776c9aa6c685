use crate::{tending::Tending, upkeep::Upkeep};
use central_logger_auth::{Authenticator, Follower, KeyCache};
use central_logger_database::Database;
use central_logger_health::Conditions;
use central_logger_key_activity::ActivityStore;
use central_logger_key_store::{
    Actor, KeyAdmin, KeyFeed, LeaseHolder, RemovalClock, settings::ClientSettings,
};
use central_logger_keyring::Keyring;
use central_logger_keys::RandomnessError;
use central_logger_limits::{LimitStore, SharedLimits};
use central_logger_monitor::{
    AlertCounts, AlertDispatcher, AlertMail, Thresholds, UsageCounter, Watch, Webhook,
};
use central_logger_text::Report;
use central_logger_times::{Clock, SystemClock};
use std::{fmt, sync::Arc, time::Duration};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
};

/// An [`Authenticator`] with its background tasks in a service: a cache of verified keys, the lease under
/// which it is used, usage counts, and the watch that evaluates them.
///
/// The background tasks end when this is stopped or dropped.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::MemoryActivity;
/// use central_logger_key_service::KeyService;
/// use central_logger_key_store::MemoryKeys;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (store, activity) = (Arc::new(MemoryKeys::new()), Arc::new(MemoryActivity::new()));
/// let keys = KeyService::over(store.clone(), store, activity).start("my-service").await?;
/// let authenticator = keys.authenticator(); // for an adapter
/// // … serve …
/// keys.stop().await;
/// # Ok(())
/// # }
/// ```
pub struct KeyService {
    authenticator: Arc<Authenticator>,
    cache: Arc<KeyCache>,
    retention: watch::Receiver<Arc<ClientSettings>>,
    usage: Arc<UsageCounter>,
    alerts: Arc<AlertCounts>,
    conditions: Conditions,
    removal: RemovalClock,
    limits: Option<SharedLimits>,
    /// Tells the upkeep to end, also by being dropped.
    end: oneshot::Sender<()>,
    upkeep: JoinHandle<()>,
}

/// A [`KeyService`] that is not started yet.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Origin, PresentedCredential, VerificationRequest};
/// use central_logger_key_activity::MemoryActivity;
/// use central_logger_key_service::KeyService;
/// use central_logger_key_store::MemoryKeys;
/// use central_logger_static_keys::{ApiKeys, StaticKeys};
/// use central_logger_times::{Clock, SystemClock};
/// use std::{sync::Arc, time::Duration};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let few = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// let few = Arc::new(StaticKeys::new(&few, SystemClock.now()));
/// let (store, activity) = (Arc::new(MemoryKeys::new()), Arc::new(MemoryActivity::new()));
/// let keys = KeyService::over(store.clone(), store, activity)
///     .with_lease(Duration::from_secs(10))
///     .authenticator(|authenticator| authenticator.with_fallback(few))
///     .start("my-service")
///     .await?;
/// let presented = PresentedCredential::Key(b"xyz789_real_key");
/// let request = VerificationRequest { presented, origin: Origin::Unknown, required: None };
/// let principal = keys.authenticator().authenticate(request).await?;
/// assert_eq!(principal.client_id().as_str(), "acme_corp");
/// keys.stop().await;
/// # Ok(())
/// # }
/// ```
pub struct KeyServiceBuilder {
    keys: Arc<dyn KeyAdmin>,
    feed: Arc<dyn KeyFeed>,
    activity: Arc<dyn ActivityStore>,
    cache: Arc<KeyCache>,
    usage: Arc<UsageCounter>,
    authenticator: Authenticator,
    thresholds: Thresholds,
    webhooks: Vec<Webhook>,
    mail: Option<AlertMail>,
    limits: Option<Arc<dyn LimitStore>>,
    lease: Duration,
    clock: Arc<dyn Clock>,
}

impl KeyService {
    /// Verifies the keys of a database.
    pub fn of(database: &dyn Database) -> KeyServiceBuilder {
        KeyServiceBuilder {
            limits: database.limits(),
            ..Self::over(database.keys(), database.feed(), database.activity())
        }
    }

    /// Verifies the keys of any store, of which `feed` tells the changes, and keeps in `activity` what is
    /// done with them.
    pub fn over(
        keys: Arc<dyn KeyAdmin>,
        feed: Arc<dyn KeyFeed>,
        activity: Arc<dyn ActivityStore>,
    ) -> KeyServiceBuilder {
        let cache = Arc::new(KeyCache::new(KeyCache::DEFAULT_CAPACITY));
        let usage = Arc::new(UsageCounter::new());
        let authenticator = Authenticator::new(keys.clone())
            .with_cache(Arc::clone(&cache))
            .with_events(usage.clone());
        KeyServiceBuilder {
            keys,
            feed,
            activity,
            cache,
            usage,
            authenticator,
            thresholds: Thresholds::default(),
            webhooks: Vec::new(),
            mail: None,
            limits: None,
            lease: Follower::DEFAULT_LEASE,
            clock: Arc::new(SystemClock),
        }
    }

    /// What verifies keys.
    pub fn authenticator(&self) -> Arc<Authenticator> {
        Arc::clone(&self.authenticator)
    }

    /// What is remembered of keys, to look at how it stands.
    pub fn cache(&self) -> Arc<KeyCache> {
        Arc::clone(&self.cache)
    }

    /// How long the logs of each client are kept, which holds while there is a lease.
    pub fn retention(&self) -> watch::Receiver<Arc<ClientSettings>> {
        self.retention.clone()
    }

    /// What counts what is done with keys, for a service to add what came of its requests.
    pub fn usage(&self) -> Arc<UsageCounter> {
        Arc::clone(&self.usage)
    }

    /// How many alerts were raised and delivered.
    pub fn alerts(&self) -> Arc<AlertCounts> {
        Arc::clone(&self.alerts)
    }

    /// What keeps this from vouching for keys, for a service to say whether it is ready, and to add
    /// conditions of its own.
    pub fn conditions(&self) -> Conditions {
        self.conditions.clone()
    }

    /// The time by which what is kept for a term is to be removed.
    pub fn removal_clock(&self) -> RemovalClock {
        self.removal.clone()
    }

    /// The limits that this shares with other services, if it does, to count more under them.
    pub fn limits(&self) -> Option<SharedLimits> {
        self.limits.clone()
    }

    /// Takes the lease back, so that no revocation waits for it, and stores the last counts. To be
    /// called when the last request was answered.
    pub async fn stop(self) {
        drop(self.end);
        if let Err(error) = self.upkeep.await {
            tracing::error!(%error, "the upkeep of keys has failed");
        }
    }
}

impl KeyServiceBuilder {
    /// Adds to the authenticator, such as further stores or peppered hashes.
    #[must_use]
    pub fn authenticator(mut self, add: impl FnOnce(Authenticator) -> Authenticator) -> Self {
        self.authenticator = add(self.authenticator);
        self
    }

    /// Holds leases of this length: see [`Follower::with_lease`].
    #[must_use]
    pub fn with_lease(mut self, length: Duration) -> Self {
        self.lease = length;
        self
    }

    /// Raises alerts from these thresholds on, instead of those by default.
    #[must_use]
    pub fn with_thresholds(mut self, thresholds: Thresholds) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// Delivers alerts there, too, and not only to the log.
    #[must_use]
    pub fn with_webhook(mut self, webhook: Webhook) -> Self {
        self.webhooks.push(webhook);
        self
    }

    /// Sends alerts by mail, and not only to the log.
    #[must_use]
    pub fn with_mail(mut self, mail: AlertMail) -> Self {
        self.mail = Some(mail);
        self
    }

    /// Counts rates and quotas in `store`, together with all others that do. Otherwise they are counted in
    /// the memory of this service.
    #[must_use]
    pub fn with_limits(mut self, store: Arc<dyn LimitStore>) -> Self {
        self.limits = Some(store);
        self
    }

    /// Takes the time from `clock`, for all that there is.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Starts what runs beside the requests, on the present tokio runtime. `name` is what people
    /// read where the leases are kept, such as the address a server listens at.
    ///
    /// A store that does not answer yet is no error: its keys are verified as soon as it does.
    ///
    /// # Errors
    /// When the operating system has no random bytes.
    pub async fn start(self, name: &str) -> Result<KeyService, RandomnessError> {
        let (keys, clock) = (self.keys, self.clock);
        let hashes = self.authenticator.hashes().clone();
        let conditions = Conditions::default();
        let mut follower =
            Follower::new(self.feed, Arc::clone(&self.cache), LeaseHolder::new(name)?)
                .with_lease(self.lease)
                .with_hashes(hashes.clone())
                .with_clock(Arc::clone(&clock))
                .with_conditions(conditions.clone());
        // Ready from the beginning, if all is well.
        if let Err(error) = follower.renew().await {
            let error = Report(&error).to_string();
            tracing::warn!(error, "changes of keys cannot be followed yet");
        }
        let actor = Actor::server(&format!("server {name}"));
        let tending = Tending {
            keyring: Keyring::new(keys.clone(), hashes.clone(), Arc::clone(&clock), actor),
            hashes,
            cache: Arc::clone(&self.cache),
            conditions: conditions.clone(),
        };
        tending.tend().await;
        let rehashing = tending.keyring.clone();
        let alerts = Arc::new(AlertCounts::default());
        let activity = self.activity;
        let thresholds = self.thresholds;
        let watch = Watch::new(keys, activity.clone(), name, thresholds, Arc::clone(&clock))?;
        let watch = watch.counted_by(Arc::clone(&alerts));
        let watch = match (&*self.webhooks, &self.mail) {
            ([], None) => watch,
            // Nobody is told of other kinds.
            ([], Some(mail)) if mail.provider.is_empty() => {
                watch.delivering_only(&AlertMail::OF_CLIENTS)
            }
            _ => watch.delivering(),
        };
        let dispatcher = (!self.webhooks.is_empty() || self.mail.is_some()).then(|| {
            let store = activity.clone();
            AlertDispatcher::of(store, self.webhooks, self.mail, Arc::clone(&clock))
                .counted_by(Arc::clone(&alerts))
        });
        let (end, ended) = oneshot::channel();
        let shared = |store| SharedLimits::new(store, Arc::clone(&clock));
        let limits = self.limits.map(shared);
        let authenticator = match limits.clone() {
            Some(limits) => self.authenticator.with_shared_limits(limits),
            None => self.authenticator,
        };
        let (retention, removal) = (follower.retention(), follower.removal_clock());
        let upkeep = Upkeep {
            watch,
            dispatcher,
            activity,
            tending,
            follower,
            usage: Arc::clone(&self.usage),
            removal: removal.clone(),
            limits: limits.clone(),
        };
        Ok(KeyService {
            authenticator: Arc::new(authenticator.with_clock(clock).with_rehashing(rehashing)),
            cache: self.cache,
            retention,
            usage: self.usage,
            alerts,
            conditions,
            removal,
            limits,
            end,
            upkeep: tokio::spawn(upkeep.run_until(ended)),
        })
    }
}

impl fmt::Debug for KeyService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cache = &self.cache;
        f.debug_struct("KeyService")
            .field("cache", cache)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for KeyServiceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyServiceBuilder")
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}
