//! Many rotations in a row, with a fault at some call of each: whatever happens, programs find an accepted key.

use crate::stub::{Failure, Stub};
use central_logger_delivery::{OpenTarget, Target, TargetError, TargetName, ValueTemplate};
use central_logger_hand_over::{HandOver, Succession};
use central_logger_hash_pool::HashPool;
use central_logger_key_activity::MemoryActivity;
use central_logger_key_store::{Actor, KeyStatus, MemoryKeys, NewKey};
use central_logger_keys::{ClientId, KeyHasher, KeyId, KeyPrefix};
use central_logger_log_store::MemoryLogs;
use central_logger_operations::{Caller, Operations, Stores, keys::KeyFilter};
use central_logger_sessions::MemorySessions;
use central_logger_times::ManualClock;
use std::{env, sync::Arc};
use time::{Duration, macros::datetime};

/// Opens a target at a stub, however it is called.
struct At<F>(F);

impl<F: Fn() -> Box<dyn Target> + Send + Sync> OpenTarget for At<F> {
    fn open(&self, _: &TargetName, _: &ValueTemplate) -> Result<Box<dyn Target>, TargetError> {
        Ok((self.0)())
    }
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok()?.parse().ok()
}

/// As many rotations as one has steps, of which each fails in turn; in `./scripts/soak` ten times `TEST_SOAK_FACTOR`, with
/// each fault at each step in turn. `TEST_SEED` repeats them.
pub(crate) async fn many_rotations(
    stub: &Stub,
    name: &str,
    open: impl Fn() -> Box<dyn Target> + Send + Sync + Clone + 'static,
) {
    let seed = number("TEST_SEED").unwrap_or_else(|| fastrand::u64(..1 << 48));
    println!("TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let client: ClientId = "acme".parse().unwrap();
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let stores = Stores {
        keys: Arc::new(MemoryKeys::new()),
        activity: Arc::new(MemoryActivity::new()),
        logs: Arc::new(MemoryLogs::new()),
        sessions: Arc::new(MemorySessions::new()),
    };
    let caller = Caller::Provider(Actor::new("alice@ops"));
    let hashes = HashPool::new(KeyHasher::new());
    let operations = Operations::new(stores, hashes, clock.clone(), caller);
    let hand_over = HandOver::new(
        operations.clone(),
        Arc::new(At(open.clone())),
        clock.clone(),
        KeyPrefix::default(),
        "https://logs.example.com/api/v1/logs".to_owned(),
    );
    let (target, new) = (name.parse().unwrap(), NewKey::for_client(client.clone()));
    let issued = hand_over.issue(&client, new, Some(&target), false).await;
    let mut current = issued.unwrap().delivered().unwrap().key_id;
    let patch = central_logger_operations::clients::ClientPatch {
        deliver: central_logger_key_store::Patch::Set(name.parse().unwrap()),
        ..Default::default()
    };
    drop(
        operations
            .set_client(&client, &patch)
            .await
            .unwrap()
            .not_waiting(),
    );
    let how = Succession {
        grace: Duration::DAY,
        expires_at: None,
        overwrite: false,
    };
    let (calls, first) = (stub.calls(), hand_over.rotate(&current, how).await);
    current = first.unwrap().delivered().unwrap().key_id;
    let steps = stub.calls() - calls;
    let faults = [
        &Failure::ALL[..],
        &[Failure::CrashBefore, Failure::CrashAfter],
    ]
    .concat();
    let (begin, rotations) = match number("TEST_SOAK_FACTOR") {
        Some(factor) => (0, (10 * factor as usize).max(steps * faults.len())),
        None => (random.usize(..faults.len()), steps),
    };
    for rotation in 0..rotations {
        clock.advance(Duration::days(2));
        let step = rotation % steps;
        // In the suite each step fails in another way.
        let fault = match number("TEST_SOAK_FACTOR") {
            Some(_) => faults[rotation / steps % faults.len()],
            None => faults[(begin + rotation) % faults.len()],
        };
        stub.fail(step, fault);
        let what = format!("rotation {rotation}, seed {seed}: {fault:?} at step {step}");
        let mut rotated = tokio::select! {
            rotated = hand_over.rotate(&current, how) => Some(rotated),
            () = stub.crash() => None,
        };
        stub.fail_no_more();
        for _ in 0..3 {
            check(&operations, &*open(), &client, &current, &what).await;
            if let Some(Err(error)) = &rotated {
                let held = open().current().await.unwrap().unwrap();
                assert!(!format!("{error:?}").contains(held.expose()), "{what}");
            }
            if let Some(Ok(_)) = rotated {
                break;
            }
            clock.advance(Duration::MINUTE);
            rotated = Some(hand_over.rotate(&current, how).await);
        }
        let rotated = rotated
            .unwrap()
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        current = rotated.delivered().unwrap().key_id;
    }
    println!("{rotations} rotations of {steps} steps");
    let left = operations.list(&KeyFilter::default()).await.unwrap().keys;
    assert!(left.iter().all(|key| !key.pending));
}

async fn check(
    operations: &Operations,
    target: &dyn Target,
    client: &ClientId,
    replaced: &KeyId,
    what: &str,
) {
    let held = target.current().await.unwrap().expect("a key is there");
    let held = operations.recognise(client, held.expose()).await.unwrap();
    let held = held.unwrap_or_else(|| panic!("{what}: nobody's key is there"));
    assert_eq!(held.status, KeyStatus::Active, "{what}");
    let keys = operations.list(&KeyFilter::default()).await.unwrap().keys;
    let successors = keys
        .iter()
        .filter(|key| key.replaces.as_ref() == Some(replaced) && key.revoked_at.is_none());
    assert!(successors.count() <= 1, "{what}: two successors");
}
