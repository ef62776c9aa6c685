use crate::{
    AlertCounts, Thresholds,
    detectors::{Scene, detect},
    episodes::{longest_quiet, tell},
    key_records::KeyRecords,
    window::Window,
};
use central_logger_key_activity::{
    ActivityError, ActivityStore, Alert, AlertKind, AlertQuery, AlertSubject, KeyHistory,
    UsageSlot, WatchStore, WatchedKey,
};
use central_logger_key_store::{KeyAdmin, KeyStoreError};
use central_logger_keys::{KeyId, RandomnessError};
use central_logger_text::Report;
use central_logger_times::{Clock, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};
use time::{Duration, OffsetDateTime};
use tokio::time::{MissedTickBehavior, interval};

/// Looks for suspicious use of keys in the counts of all servers, and stores what it finds as alerts.
///
/// Of several that watch the same store, one leads and looks: the others stand by until it has not
/// looked for [`LEADERSHIP`](Self::LEADERSHIP).
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::MemoryActivity;
/// use central_logger_key_store::MemoryKeys;
/// use central_logger_monitor::{Thresholds, Watch};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (keys, activity) = (Arc::new(MemoryKeys::new()), Arc::new(MemoryActivity::new()));
/// let (thresholds, clock) = (Thresholds::default(), Arc::new(SystemClock));
/// let mut watch = Watch::new(keys, activity, "my-service", thresholds, clock)?;
/// assert_eq!(watch.look().await?, [], "nothing was done with keys yet");
/// # Ok(())
/// # }
/// ```
pub struct Watch {
    keys: Arc<dyn KeyAdmin>,
    activity: Arc<dyn ActivityStore>,
    watcher: String,
    thresholds: Thresholds,
    clock: Arc<dyn Clock>,
    delivered: &'static [AlertKind],
    counts: Arc<AlertCounts>,
    histories: Histories,
    records: KeyRecords,
}

/// Error returned when the use of keys cannot be looked at.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::ActivityError;
/// use central_logger_monitor::WatchError;
///
/// let error = WatchError::from(ActivityError::Unavailable("connection refused".into()));
/// assert!(error.is_transient(), "trying again may help");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// Counts or alerts cannot be read or stored.
    #[error(transparent)]
    Activity(#[from] ActivityError),
    /// Keys cannot be read.
    #[error(transparent)]
    Keys(#[from] KeyStoreError),
}

impl WatchError {
    /// Returns whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Activity(error) => error.is_transient(),
            Self::Keys(error) => error.is_transient(),
        }
    }
}

/// The usual use of keys, as it was before an hour.
#[derive(Default)]
struct Histories {
    before: Option<OffsetDateTime>,
    looked_up: BTreeSet<WatchedKey>,
    of_keys: BTreeMap<WatchedKey, KeyHistory>,
}

impl Watch {
    /// The interval of looking.
    pub const INTERVAL: Duration = Duration::seconds(10);
    /// The time for which a watcher that has looked leads.
    pub const LEADERSHIP: Duration = Duration::seconds(30);

    /// The most keys that the store is asked about at a time, so that no query takes long.
    const KEYS_AT_A_TIME: usize = 200;
    /// The most alerts that can be raised in the longest quiet time.
    const MOST_ALERTS: usize = 20_000;

    /// Watches the keys of `store`. `name` is what people read in the database.
    ///
    /// # Errors
    /// When the operating system has no random bytes.
    pub fn new(
        keys: Arc<dyn KeyAdmin>,
        activity: Arc<dyn ActivityStore>,
        name: &str,
        thresholds: Thresholds,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RandomnessError> {
        Ok(Self {
            keys,
            activity,
            watcher: format!("{name}/{}", KeyId::generate()?),
            thresholds,
            clock,
            delivered: &[],
            counts: Arc::default(),
            histories: Histories::default(),
            records: KeyRecords::default(),
        })
    }

    /// Leaves alerts to be delivered by a [`AlertDispatcher`](crate::AlertDispatcher).
    #[must_use]
    pub fn delivering(self) -> Self {
        self.delivering_only(&AlertKind::ALL)
    }

    /// Leaves alerts of these kinds to be delivered.
    #[must_use]
    pub fn delivering_only(mut self, kinds: &'static [AlertKind]) -> Self {
        self.delivered = kinds;
        self
    }

    /// Adds what is found to these counts.
    #[must_use]
    pub fn counted_by(mut self, counts: Arc<AlertCounts>) -> Self {
        self.counts = counts;
        self
    }

    /// Looks again and again, without end, and writes new alerts to the log.
    pub async fn run(&mut self) {
        let mut ticks = interval(Self::INTERVAL.unsigned_abs());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.look().await {
                Ok(alerts) => alerts.iter().for_each(log),
                Err(error) => {
                    self.counts.count_failed_look();
                    // Of an outage the store tells by itself.
                    if !error.is_transient() {
                        let error = Report(&error).to_string();
                        tracing::warn!(error, "the use of keys cannot be watched");
                    }
                }
            }
        }
    }

    /// Looks once, if this watcher leads, and returns the alerts that are new. They are stored.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn look(&mut self) -> Result<Vec<Alert>, WatchError> {
        let now = self.clock.now();
        let election = self
            .activity
            .try_acquire_leadership(&self.watcher, now, Self::LEADERSHIP);
        if !election.await? {
            return Ok(Vec::new());
        }
        // The hour before this one, so that nothing is missed at the turn of the hour.
        let since = UsageSlot::hour_of(now) - Duration::HOUR;
        let activity = self.activity.activity(since).await?;
        let Some(counted_since) = activity.counted_since else {
            return Ok(Vec::new());
        };
        let window = Window::of(activity);
        self.histories
            .look_up(&*self.activity, &window, since)
            .await?;
        self.records.look_up(&*self.keys).await?;
        let findings = detect(&Scene {
            now,
            counted_since,
            window: &window,
            histories: &self.histories.of_keys,
            records: &self.records,
            thresholds: &self.thresholds,
        });
        if findings.is_empty() {
            return Ok(Vec::new());
        }
        let open = AlertQuery {
            client: None,
            since: Timestamp::clamped(longest_quiet(now)),
            before: None,
            limit: Self::MOST_ALERTS,
        };
        let known = self.activity.alerts(&open).await?;
        let told = tell(&known, findings, now, self.delivered);
        let (new, mut to_store) = (told.new, told.changed);
        to_store.extend(new.iter().cloned());
        if !to_store.is_empty() {
            self.activity.put_alerts(&to_store).await?;
        }
        for alert in &new {
            self.counts.count_raised(alert.kind);
        }
        Ok(new)
    }
}

impl Histories {
    /// Looks up the keys that were used, unless that was done in this hour.
    async fn look_up(
        &mut self,
        store: &dyn WatchStore,
        window: &Window,
        before: OffsetDateTime,
    ) -> Result<(), ActivityError> {
        if self.before != Some(before) {
            *self = Self {
                before: Some(before),
                ..Self::default()
            };
        }
        let used = window.keys.iter();
        let used = used.filter(|(_, window)| window.accepted.last_at.is_some());
        let new: Vec<_> = used
            .map(|(key, _)| key)
            .filter(|key| !self.looked_up.contains(key))
            .cloned()
            .collect();
        for keys in new.chunks(Watch::KEYS_AT_A_TIME) {
            let keys: BTreeSet<_> = keys.iter().cloned().collect();
            self.of_keys.extend(store.histories(&keys, before).await?);
            self.looked_up.extend(keys);
        }
        Ok(())
    }
}

fn log(alert: &Alert) {
    let AlertSubject {
        client_id,
        key_id,
        network,
    } = &alert.subject;
    tracing::warn!(
        alert = %alert.id,
        kind = alert.kind.as_str(),
        severity = alert.kind.severity().as_str(),
        client_id = client_id.as_ref().map(tracing::field::display),
        key_id = key_id.as_ref().map(tracing::field::display),
        network,
        count = alert.counted.sum,
        evidence = alert.evidence,
        "alert"
    );
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("watcher", &self.watcher)
            .field("thresholds", &self.thresholds)
            .finish_non_exhaustive()
    }
}
