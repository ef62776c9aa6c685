//! Counts and last uses on their way from a request to the store.

use central_logger_auth::{
    Authenticator, Origin, PresentedCredential, Principal, Refusal, VerificationRequest,
};
use central_logger_hash_pool::HashPool;
use central_logger_key_activity::{
    MemoryActivity, UnreachableActivity, Usage, UsagePer, UsageQuery, UsageStore,
};
use central_logger_key_store::{Actor, IssuedKey, MemoryKeys, NewKey};
use central_logger_keyring::{KeySelection, Keyring, Rotation};
use central_logger_keys::{KeyHasher, KeyPrefix, Scope};
use central_logger_monitor::UsageCounter;
use central_logger_times::{ManualClock, Timestamp};
use std::{
    future::pending,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};
use time::{OffsetDateTime, macros::datetime};
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

const START: OffsetDateTime = datetime!(2026-01-01 0:00 UTC);

struct Fixture {
    clock: Arc<ManualClock>,
    activity: Arc<MemoryActivity>,
    usage: Arc<UsageCounter>,
    keyring: Keyring,
    authenticator: Authenticator,
    key: IssuedKey,
}

impl Fixture {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::new(START));
        let store = Arc::new(MemoryKeys::new());
        let usage = Arc::new(UsageCounter::new());
        let hashes = HashPool::new(KeyHasher::new());
        let keyring = Keyring::new(
            store.clone(),
            hashes,
            clock.clone(),
            Actor::new("tester@here"),
        );
        let new = NewKey::for_client("acme".parse().unwrap());
        let key = keyring.issue(&KeyPrefix::default(), new).await.unwrap();
        let activity = Arc::new(MemoryActivity::new());
        activity.add_key(&key.record.id, key.record.client().unwrap());
        Self {
            key,
            authenticator: Authenticator::new(store)
                .with_clock(clock.clone())
                .with_events(usage.clone()),
            keyring,
            clock,
            activity,
            usage,
        }
    }

    async fn present(
        &self,
        key: &str,
        from: u8,
        scope: Option<Scope>,
    ) -> Result<Principal, Refusal> {
        let request = VerificationRequest {
            presented: PresentedCredential::Key(key.as_bytes()),
            origin: Origin::Caller(IpAddr::V4(Ipv4Addr::new(192, 0, from, 77))),
            required: scope,
        };
        self.authenticator.authenticate(request).await
    }

    async fn use_key(&self) -> Principal {
        let key = self.key.api_key.expose_secret();
        self.present(key, 2, None).await.unwrap()
    }

    async fn flush(&self) {
        self.usage.flush(&*self.activity).await.unwrap();
    }

    fn last_used_at(&self) -> Option<OffsetDateTime> {
        let last = self.activity.last_use(&self.key.record.id);
        last.map(|last| last.at)
    }

    async fn counted(&self) -> Vec<Usage> {
        self.counted_since(START).await
    }

    async fn counted_since(&self, since: OffsetDateTime) -> Vec<Usage> {
        let query = UsageQuery {
            client: None,
            since: Timestamp::clamped(since),
            per: UsagePer::Key,
        };
        self.activity.usage(&query).await.unwrap()
    }
}

#[tokio::test]
async fn the_newest_use_is_stored_at_the_next_flush() {
    let f = Fixture::new().await;
    f.use_key().await;
    f.clock.advance(time::Duration::seconds(2));
    f.use_key().await;
    assert_eq!(f.last_used_at(), None);
    f.flush().await;
    assert_eq!(f.last_used_at(), Some(START + time::Duration::seconds(2)));
    let last = f.activity.last_use(&f.key.record.id).unwrap();
    assert_eq!(last.from.as_deref(), Some("192.0.2.0/24"));
}

#[tokio::test]
async fn the_counts_of_all_threads_are_added_up() {
    let f = Arc::new(Fixture::new().await);
    for _ in 0..3 {
        f.clock.advance(time::Duration::SECOND);
        let (f, runtime) = (Arc::clone(&f), tokio::runtime::Handle::current());
        let other_thread = tokio::task::spawn_blocking(move || runtime.block_on(f.use_key()));
        other_thread.await.unwrap();
    }
    f.flush().await;
    assert_eq!(f.last_used_at(), Some(START + time::Duration::seconds(3)));
    let counted = f.counted().await;
    assert_eq!((counted.len(), counted[0].requests), (1, 3));
}

#[tokio::test]
async fn refusals_are_counted_by_key_as_far_as_it_is_known_and_are_no_use() {
    let f = Fixture::new().await;
    let key = f.key.api_key.expose_secret();
    let scope = Some(Scope::KEYS_MANAGE);
    f.present(key, 2, scope).await.unwrap_err();
    let mut mistyped = key.to_owned();
    mistyped.pop();
    f.present(&mistyped, 2, None).await.unwrap_err();
    f.present("nobody-has-ever-seen-this-key", 2, None)
        .await
        .unwrap_err();
    let selection = KeySelection::Id(f.key.record.id.clone());
    let revoked = f.keyring.revoke(&selection, None).await.unwrap();
    revoked.at_commit();
    for _ in 0..2 {
        f.present(key, 2, None).await.unwrap_err();
    }
    f.flush().await;
    assert_eq!(f.last_used_at(), None);
    let [keyless, of_key] = f.counted().await.try_into().unwrap();
    assert_eq!((&keyless.client_id, &keyless.key_id), (&None, &None));
    let reasons = [("mistyped".to_owned(), 1), ("unknown".to_owned(), 1)];
    assert_eq!(keyless.refused, reasons.into());
    assert_eq!(of_key.client_id.unwrap().as_str(), "acme");
    let reasons = [("forbidden".to_owned(), 1), ("revoked".to_owned(), 2)];
    assert_eq!(of_key.refused, reasons.into());
    assert_eq!(of_key.requests, 0);
}

#[tokio::test]
async fn entries_bytes_latencies_and_networks_are_counted() {
    let f = Fixture::new().await;
    let key = f.key.api_key.expose_secret();
    for from in 0..40 {
        let principal = f.present(key, from, None).await.unwrap();
        f.usage.count_stored(&principal, START, 2, 100);
        let latency = Duration::from_micros(1500);
        f.usage.count_answer(&principal, START, latency);
    }
    f.flush().await;
    let [counted] = f.counted().await.try_into().unwrap();
    assert_eq!((counted.entries, counted.bytes), (80, 4000));
    assert_eq!(counted.latency, Duration::from_millis(60));
    assert_eq!(counted.networks, 16);
}

#[tokio::test]
async fn hours_are_counted_apart_also_when_the_clock_is_set_back() {
    let f = Fixture::new().await;
    for hours in [0, 1, 1, -2] {
        f.clock.advance(time::Duration::hours(hours));
        f.use_key().await;
    }
    f.flush().await;
    assert_eq!(f.last_used_at(), Some(START + time::Duration::hours(2)));
    for (hours, requests) in [(0, 4), (1, 2), (2, 1)] {
        let since = START + time::Duration::hours(hours);
        let counted = f.counted_since(since).await;
        assert_eq!(counted[0].requests, requests);
    }
}

#[tokio::test]
async fn what_could_not_be_stored_is_stored_later_and_once() {
    let f = Fixture::new().await;
    f.use_key().await;
    f.usage.flush(&UnreachableActivity).await.unwrap_err();
    f.use_key().await;
    f.flush().await;
    f.flush().await;
    assert_eq!(f.usage.failures(), 1);
    assert_eq!(f.last_used_at(), Some(START));
    assert_eq!(f.counted().await[0].requests, 2);
}

#[tokio::test(start_paused = true)]
async fn flushes_go_on_after_a_failure() {
    let f = Fixture::new().await;
    f.use_key().await;
    let period = Duration::from_secs(5);
    let down = f.usage.flush_until(pending(), period, &UnreachableActivity);
    timeout(3 * period, down).await.unwrap_err();
    assert_eq!(f.last_used_at(), None);
    let up = f.usage.flush_until(pending(), period, &*f.activity);
    timeout(period, up).await.unwrap_err();
    assert_eq!(f.last_used_at(), Some(START));
}

#[tokio::test(start_paused = true)]
async fn a_use_of_a_key_that_has_a_successor_is_stored_at_once() {
    let f = Fixture::new().await;
    let hour = Duration::from_secs(3600);
    let flushing = f.usage.flush_until(pending(), hour, &*f.activity);
    let using = async {
        // The first flush is at the beginning.
        sleep(Duration::from_secs(2)).await;
        f.use_key().await;
        sleep(hour / 2).await;
        assert_eq!(f.last_used_at(), None, "it has none yet");
        let rotation = Rotation {
            grace: time::Duration::DAY,
            expires_at: None,
        };
        let (id, prefix) = (&f.key.record.id, KeyPrefix::default());
        let _ = f
            .keyring
            .rotate(id, &prefix, rotation)
            .await
            .unwrap()
            .at_commit();
        for (minutes, within) in [(1, Duration::from_millis(1)), (2, Duration::from_secs(1))] {
            f.clock.advance(time::Duration::MINUTE);
            f.use_key().await;
            sleep(within).await;
            let used_at = START + time::Duration::minutes(minutes);
            assert_eq!(f.last_used_at(), Some(used_at));
        }
    };
    tokio::select! {
        () = flushing => unreachable!(),
        () = using => {}
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_end_all_is_stored() {
    let f = Fixture::new().await;
    let (end, ended) = oneshot::channel::<()>();
    let ended = async { drop(ended.await) };
    let flushing = f
        .usage
        .flush_until(ended, Duration::from_secs(3600), &*f.activity);
    let using = async {
        tokio::task::yield_now().await;
        f.use_key().await;
        drop(end);
    };
    tokio::join!(flushing, using);
    assert_eq!(f.counted().await[0].requests, 1);
}
