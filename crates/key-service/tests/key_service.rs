//! A service that verifies keys, from its start to its end.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use async_trait::async_trait;
use central_logger_auth::{Origin, PresentedCredential, Refusal, VerificationRequest};
use central_logger_hash_pool::HashPool;
use central_logger_key_activity::MemoryActivity;
use central_logger_key_service::{KeyService, Tasks};
use central_logger_key_store::{
    Actor, IssuedKey, KeyAdmin, KeyFeed, KeyStoreError, LeaseHolder, MemoryKeys, NewKey,
    feed::{Changes, Lease, Reached, StoreTime},
};
use central_logger_keyring::{KeySelection, Keyring};
use central_logger_keys::{KeyHasher, KeyPrefix};
use central_logger_times::SystemClock;
use std::{
    future::pending,
    io,
    panic::panic_any,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    task::yield_now,
    time::{sleep, timeout},
};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::util::SubscriberInitExt;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

async fn issue(store: Arc<dyn KeyAdmin>) -> (Keyring, IssuedKey) {
    let hashes = HashPool::new(KeyHasher::new());
    let actor = Actor::new("tester@here");
    let keyring = Keyring::new(store, hashes, Arc::new(SystemClock), actor);
    let new = NewKey::for_client("acme".parse().unwrap());
    let issued = keyring.issue(&KeyPrefix::default(), new).await.unwrap();
    (keyring, issued)
}

async fn present(service: &KeyService, issued: &IssuedKey) -> Result<(), Refusal> {
    let attempt = VerificationRequest {
        presented: PresentedCredential::Key(issued.api_key.expose_secret().as_bytes()),
        origin: Origin::Unknown,
        required: None,
    };
    let principal = service.authenticator().authenticate(attempt).await?;
    assert_eq!(principal.client_id().as_str(), "acme");
    Ok(())
}

/// A store of activity that knows the key.
fn activity_of(issued: &IssuedKey) -> Arc<MemoryActivity> {
    let activity = Arc::new(MemoryActivity::new());
    activity.add_key(&issued.record.id, issued.record.client().unwrap());
    activity
}

#[tokio::test]
async fn keys_are_verified_from_memory_until_they_are_revoked() {
    let files = TempDir::new().unwrap();
    let url = format!("sqlite:{}", files.path().join("keys.db").display());
    let database = central_logger_database::open(&url).await.unwrap();
    database.migrate().await.unwrap();
    let (keyring, issued) = issue(database.keys()).await;
    let service = KeyService::of(&*database).start("test").await.unwrap();
    for _ in 0..3 {
        present(&service, &issued).await.unwrap();
    }
    let status = service.cache().status(Duration::ZERO);
    assert_eq!((status.hits, status.misses), (2, 1));

    let selection = KeySelection::Id(issued.record.id.clone());
    let revoked = keyring.revoke(&selection, None).await.unwrap();
    revoked.everywhere().await.unwrap();
    present(&service, &issued).await.unwrap_err();
    service.stop().await;
}

#[tokio::test]
async fn it_leaves_no_lease_behind_and_no_use_unstored() {
    let store = Arc::new(MemoryKeys::new());
    let (keyring, issued) = issue(store.clone()).await;
    let activity = activity_of(&issued);
    let service = KeyService::over(store.clone(), store, activity.clone())
        .with_lease(PATIENCE)
        .start("test")
        .await
        .unwrap();
    present(&service, &issued).await.unwrap();
    let authenticator = service.authenticator();
    service.stop().await;
    assert!(activity.last_use(&issued.record.id).is_some());

    // Otherwise this would wait for the lease.
    let selection = KeySelection::Id(issued.record.id.clone());
    let revoked = keyring.revoke(&selection, None).await.unwrap();
    let waited = revoked.everywhere().await.unwrap();
    assert!(waited < PATIENCE / 2, "{waited:?}");
    let attempt = VerificationRequest {
        presented: PresentedCredential::Key(issued.api_key.expose_secret().as_bytes()),
        origin: Origin::Unknown,
        required: None,
    };
    authenticator.authenticate(attempt).await.unwrap_err();
}

/// What the thread of a test logs, on which all of its tasks run.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Begins a log, which ends with the guard.
    fn begin() -> (Self, DefaultGuard) {
        let log = Self::default();
        let written = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || written.clone())
            .finish();
        (log, subscriber.set_default())
    }

    /// The lines about panics of tasks.
    fn panics(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().filter(|line| {
            line.contains(" ERROR ")
                && line.contains("a background task panicked, and begins again")
        });
        lines.map(str::to_owned).collect()
    }
}

/// Panics once when it is asked for changes after the first time.
struct PanicsOnce {
    store: Arc<MemoryKeys>,
    asked: AtomicU32,
}

#[async_trait]
impl KeyFeed for PanicsOnce {
    async fn changes(&self, since: Option<&Reached>) -> Result<Changes, KeyStoreError> {
        assert_ne!(
            self.asked.fetch_add(1, Ordering::Relaxed),
            2,
            "the third time"
        );
        self.store.changes(since).await
    }

    async fn hold_lease(&self, lease: &Lease) -> Result<StoreTime, KeyStoreError> {
        self.store.hold_lease(lease).await
    }

    async fn end_lease(&self, holder: &LeaseHolder) -> Result<(), KeyStoreError> {
        self.store.end_lease(holder).await
    }

    async fn announced(&self) {
        self.store.announced().await;
    }
}

#[tokio::test]
async fn changes_are_followed_again_after_a_panic_which_the_log_tells() {
    let (log, _guard) = Log::begin();
    let store = Arc::new(MemoryKeys::new());
    let (keyring, issued) = issue(store.clone()).await;
    let asked = AtomicU32::new(0);
    let feed = Arc::new(PanicsOnce {
        store: store.clone(),
        asked,
    });
    let service = KeyService::over(store, feed.clone(), activity_of(&issued));
    let service = service.start("test").await.unwrap();
    let again = async {
        while feed.asked.load(Ordering::Relaxed) < 4 {
            yield_now().await;
        }
    };
    timeout(PATIENCE, again).await.unwrap();
    let told = log.panics();
    let [line] = &told[..] else {
        panic!("{told:?}");
    };
    let task = r#"task="following changes of keys""#;
    assert!(line.contains(task), "{line}");
    assert!(line.contains("the third time"), "{line}");
    let selection = KeySelection::Id(issued.record.id.clone());
    let revoked = keyring.revoke(&selection, None).await.unwrap();
    revoked.everywhere().await.unwrap();
    present(&service, &issued).await.unwrap_err();
    service.stop().await;
}

#[tokio::test(start_paused = true)]
async fn each_panic_of_a_task_is_told_with_its_name_and_what_it_said() {
    let (log, _guard) = Log::begin();
    let begun = Arc::new(AtomicU32::new(0));
    let mut tasks = Tasks::default();
    let counted = Arc::clone(&begun);
    tasks.run("an example", move || {
        let times = counted.fetch_add(1, Ordering::Relaxed);
        async move {
            match times {
                0 => panic!("a text"),
                1 => panic!("the number {times}"),
                2 => panic_any(times),
                _ => pending::<()>().await,
            }
        }
    });
    // The clock stands still but for what is waited for, so this is after the third pause.
    sleep(Tasks::PAUSE * 4).await;
    assert_eq!(begun.load(Ordering::Relaxed), 4);
    let told = log.panics();
    let said = [
        r#"task="an example" panic="a text""#,
        r#"task="an example" panic="the number 1""#,
        r#"task="an example" panic="without a text""#,
    ];
    assert_eq!(told.len(), said.len(), "{told:?}");
    for (line, said) in told.iter().zip(said) {
        assert!(line.ends_with(said), "{line}");
    }
    tasks.stop().await;
}

#[tokio::test]
async fn dropping_it_ends_it_too() {
    let store = Arc::new(MemoryKeys::new());
    let (_, issued) = issue(store.clone()).await;
    let activity = activity_of(&issued);
    let service = KeyService::over(store.clone(), store, activity.clone())
        .start("test")
        .await
        .unwrap();
    present(&service, &issued).await.unwrap();
    drop(service);
    let stored = async {
        while activity.last_use(&issued.record.id).is_none() {
            yield_now().await;
        }
    };
    timeout(PATIENCE, stored).await.unwrap();
}
