//! Thousands of keys that are due, rotated by runs of which one is interrupted.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use async_trait::async_trait;
use central_logger_delivery::{
    OpenTarget, Parcel, Secret, Target, TargetError, TargetName, ValueTemplate,
};
use central_logger_hand_over::{DueReport, DueRotation, HandOver};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, KeyStatus, NewKey, Patch};
use central_logger_keys::{ClientId, KeyHasher, KeyId, KeyPrefix};
use central_logger_operations::{
    Caller, Operations, Stores,
    clients::ClientPatch,
    keys::{KeyFilter, KeyView},
};
use central_logger_times::{Clock, ManualClock};
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};
use time::{Duration, macros::datetime};
use tokio::sync::Notify;
use uuid::Uuid;

const DUE: DueRotation = DueRotation {
    age: Duration::days(90),
    grace: Duration::days(30),
    finish_idle: None,
};
/// How many keys are due; `TEST_SOAK_FACTOR` times as many in `./scripts/soak`.
const KEYS: usize = 100;
/// How much more memory a rotation may take, in MiB, however many keys are due.
const MOST_MEMORY: i64 = 64;
/// How many are handed over at a time.
const AT_A_TIME: usize = 16;

/// What programs read, by the name of the target, and how many write at a time.
#[derive(Clone, Default)]
struct Held {
    keys: Arc<Mutex<BTreeMap<String, String>>>,
    writing: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

struct Place {
    name: String,
    held: Held,
}

impl OpenTarget for Held {
    fn open(&self, name: &TargetName, _: &ValueTemplate) -> Result<Box<dyn Target>, TargetError> {
        let (name, held) = (name.to_string(), self.clone());
        Ok(Box::new(Place { name, held }))
    }
}

#[async_trait]
impl Target for Place {
    async fn current(&self) -> Result<Option<Secret>, TargetError> {
        let keys = self.held.keys.lock().unwrap();
        Ok(keys.get(&self.name).cloned().map(Secret::from))
    }

    async fn put(&self, parcel: &Parcel<'_>) -> Result<(), TargetError> {
        let writing = self.held.writing.fetch_add(1, Ordering::SeqCst) + 1;
        self.held.most.fetch_max(writing, Ordering::SeqCst);
        let key = parcel.api_key.expose_secret().to_owned();
        self.held
            .keys
            .lock()
            .unwrap()
            .insert(self.name.clone(), key);
        // An interruption may come between the write and its answer.
        tokio::task::yield_now().await;
        self.held.writing.fetch_sub(1, Ordering::SeqCst);
        Ok(())
    }

    async fn staged(&self, _: Uuid) -> Result<Option<Secret>, TargetError> {
        Ok(None)
    }

    async fn promote(&self, _: Uuid) -> Result<(), TargetError> {
        Ok(())
    }

    async fn check(&self) -> Result<(), TargetError> {
        Ok(())
    }
}

struct Site {
    operations: Operations,
    hand_over: HandOver,
    clock: Arc<ManualClock>,
    held: Held,
}

impl Site {
    async fn open(url: &str) -> Self {
        let database = central_logger_database::open(url).await.unwrap();
        database.migrate().await.unwrap();
        let stores = Stores {
            keys: database.keys(),
            activity: database.activity(),
            logs: database.log_pruner(),
            sessions: database.sessions(),
        };
        let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
        let hashes = HashPool::new(KeyHasher::new());
        let caller = Caller::Provider(Actor::new("alice@ops"));
        let operations = Operations::new(stores, hashes, clock.clone(), caller);
        let held = Held::default();
        let hand_over = HandOver::new(
            operations.clone(),
            Arc::new(held.clone()),
            clock.clone(),
            KeyPrefix::default(),
            "https://logs.example.com/api/v1/logs".to_owned(),
        );
        Self {
            operations,
            hand_over,
            clock,
            held,
        }
    }

    /// Hands the first key of a client over.
    async fn first(&self, number: usize) -> KeyId {
        let client: ClientId = format!("client-{number}").parse().unwrap();
        let patch = ClientPatch {
            deliver: Patch::Set(
                format!("vault:secret/client-{number}/logger")
                    .parse()
                    .unwrap(),
            ),
            ..ClientPatch::default()
        };
        let set = self.operations.set_client(&client, &patch).await.unwrap();
        drop(set.not_waiting());
        let new = NewKey::for_client(client.clone());
        let issued = self.hand_over.issue(&client, new, None, false).await;
        issued.unwrap().delivered().unwrap().key_id
    }

    async fn keys(&self) -> Vec<KeyView> {
        let all = KeyFilter::default();
        self.operations.list(&all).await.unwrap().keys
    }

    /// Checks what must hold at any moment: each program reads a key that is accepted, and no key has two successors.
    async fn check(&self) {
        let held = self.held.keys.lock().unwrap().clone();
        for (target, text) in held {
            let client = target.split('/').nth(1).unwrap().parse().unwrap();
            let key = self.operations.recognise(&client, &text).await.unwrap();
            let key = key.unwrap_or_else(|| panic!("nobody's key is in {target}"));
            assert_eq!(key.status, KeyStatus::Active, "{target}");
        }
        let keys = self.keys().await;
        let living = keys.iter().filter(|key| key.revoked_at.is_none());
        let replaced: Vec<_> = living.filter_map(|key| key.replaces.clone()).collect();
        let different: BTreeSet<_> = replaced.iter().collect();
        assert_eq!(replaced.len(), different.len(), "two successors of a key");
    }

    /// Rotates until half of the keys are done, and ends in the midst of others.
    async fn rotate_half(&self) {
        let half = Notify::new();
        let rotating = self.hand_over.rotate_due(&DUE, |done, total| {
            if done == total / 2 {
                half.notify_one();
            }
        });
        tokio::select! {
            biased;
            () = half.notified() => {}
            report = rotating => panic!("it was not interrupted: {report:?}"),
        }
        self.held.writing.store(0, Ordering::SeqCst);
    }

    async fn rotate(&self) -> (DueReport, usize) {
        let mut told = 0;
        let rotating = self.hand_over.rotate_due(&DUE, |done, _| told = done);
        let report = rotating.await.unwrap();
        (report, told)
    }
}

/// The memory of this process, in MiB; 0 where nobody tells.
fn memory() -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<i64>().ok());
    number.unwrap_or_default() / 1024
}

#[tokio::test]
async fn thousands_of_keys_are_rotated_and_an_interrupted_run_is_taken_up() {
    let factor = env::var("TEST_SOAK_FACTOR").ok();
    let factor: usize = factor.and_then(|text| text.parse().ok()).unwrap_or(1);
    let count = KEYS * factor;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("keys.db").display());
    let site = Site::open(&url).await;
    let mut first = BTreeSet::new();
    for number in 0..count {
        first.insert(site.first(number).await);
    }
    assert_eq!(first.len(), count);
    site.clock.advance(Duration::days(91));

    let (before, began) = (memory(), Instant::now());
    site.rotate_half().await;
    site.check().await;
    // By then nobody can be at what was left pending.
    site.clock.advance(Duration::MINUTE);
    let (report, told) = site.rotate().await;
    let (took, more) = (began.elapsed().as_secs_f64(), memory() - before);
    println!(
        "{count} keys in {took:.1} s, {:.0} a second; {more} MiB more, {} at a time",
        count as f64 / took,
        site.held.most.load(Ordering::SeqCst),
    );
    assert!(report.failed.is_empty(), "{:?}", report.failed);
    assert!(report.rotated.len() < count, "the first run did nothing");
    assert!(told >= report.rotated.len());
    assert!(site.held.most.load(Ordering::SeqCst) <= AT_A_TIME);
    assert!(more < MOST_MEMORY, "{more} MiB");

    site.check().await;
    let keys = site.keys().await;
    assert!(keys.iter().all(|key| !key.pending));
    let of_old = keys.iter().filter(|key| first.contains(&key.key_id));
    let end = Some(site.clock.now() + DUE.grace);
    assert!(
        of_old
            .clone()
            .all(|key| key.grace_ends_at.is_some() && key.grace_ends_at <= end)
    );
    let living = keys.iter().filter(|key| key.revoked_at.is_none());
    let replaced: BTreeSet<_> = living.filter_map(|key| key.replaces.clone()).collect();
    assert_eq!(replaced, first, "each has one successor");
    let (again, _) = site.rotate().await;
    assert!(again.rotated.is_empty() && again.failed.is_empty());
}
