//! The life of keys told a second time, as simply as can be, and compared with the real one.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::keyring::{Keyring, KeyringError, change::KeySelection, rotation::Rotation};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, KeyAdmin, KeyStatus, NewKey, TransitionError};
use central_logger_keys::{KeyHasher, KeyId, KeyPrefix};
use central_logger_times::{Clock, ManualClock, Timestamp};
use proptest::{collection::vec, prelude::*};
use std::sync::Arc;
use time::{Duration, OffsetDateTime, macros::datetime};

/// One thing that happens. Keys are counted from the first, around and around.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::MemoryKeys;
/// use central_logger_keyring::model::{Step, compare};
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let life = [Step::Issue(0), Step::Rotate(0, 10), Step::Wait(101), Step::Revoke(1)];
/// compare(Arc::new(MemoryKeys::new()), &life).await; // panics where they differ
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// A key is issued that expires after so many seconds, or never with 0.
    Issue(u8),
    /// A key is rotated with a grace of so many seconds.
    Rotate(u8, u8),
    /// The grace of a key is ended.
    Finish(u8),
    /// The grace of a key is prolonged by so many seconds.
    Extend(u8, u8),
    /// A key is switched off.
    Disable(u8),
    /// A key is switched on.
    Enable(u8),
    /// A key is revoked.
    Revoke(u8),
    /// So many tenths of a second go by.
    Wait(u8),
}

#[derive(Debug, Clone, Copy)]
struct Key {
    lifetime: Option<Duration>,
    expiry: Option<OffsetDateTime>,
    grace_end: Option<OffsetDateTime>,
    on: bool,
    revoked: bool,
}

impl Key {
    fn new(lifetime: Option<Duration>, now: OffsetDateTime) -> Self {
        Self {
            lifetime,
            expiry: lifetime.map(|lifetime| now + lifetime),
            grace_end: None,
            on: true,
            revoked: false,
        }
    }

    fn status(&self, now: OffsetDateTime) -> KeyStatus {
        let over = |end: Option<OffsetDateTime>| end.is_some_and(|end| now >= end);
        match self {
            _ if self.revoked => KeyStatus::Revoked,
            _ if over(self.expiry) || over(self.grace_end) => KeyStatus::Expired,
            _ if !self.on => KeyStatus::Disabled,
            _ => KeyStatus::Active,
        }
    }
}

/// Lives of up to 40 steps.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => (0..20_u8).prop_map(Step::Issue),
        3 => any::<(u8, u8)>().prop_map(|(key, grace)| Step::Rotate(key, grace % 8)),
        1 => any::<u8>().prop_map(Step::Finish),
        1 => any::<(u8, u8)>().prop_map(|(key, by)| Step::Extend(key, by % 8)),
        1 => any::<u8>().prop_map(Step::Disable),
        1 => any::<u8>().prop_map(Step::Enable),
        1 => any::<u8>().prop_map(Step::Revoke),
        3 => (0..60_u8).prop_map(Step::Wait),
    ];
    vec(step, 1..40)
}

/// Takes the steps on `store` and in the model, and compares what becomes of every key after each.
///
/// # Panics
/// Where they differ.
pub async fn compare(store: Arc<dyn KeyAdmin>, steps: &[Step]) {
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let hashes = HashPool::new(KeyHasher::new());
    let keyring = Keyring::new(store, hashes, clock.clone(), Actor::new("model"));
    let mut keys: Vec<(KeyId, Key)> = Vec::new();
    for step in steps {
        take(*step, &keyring, &clock, &mut keys).await;
        for (id, key) in &keys {
            let real = keyring.show(id).await.unwrap();
            let now = clock.now();
            assert_eq!(
                real.status(now),
                key.status(now),
                "{step:?} {real:?} {key:?}"
            );
            assert_eq!(
                (real.expires_at, real.grace_ends_at),
                (key.expiry, key.grace_end)
            );
        }
    }
    let report = keyring.audit(|_| {}).await.unwrap();
    assert_eq!(report.faults, []);
}

async fn take(step: Step, keyring: &Keyring, clock: &ManualClock, keys: &mut Vec<(KeyId, Key)>) {
    let seconds = |number: u8| Duration::seconds(number.into());
    let now = clock.now();
    let number = match step {
        Step::Wait(tenths) => {
            return clock.advance(Duration::milliseconds(100) * i32::from(tenths));
        }
        Step::Issue(lifetime) => {
            let lifetime = (lifetime > 0).then(|| seconds(lifetime));
            let key = Key::new(lifetime, now);
            let new = NewKey {
                expires_at: key.expiry.map(Timestamp::clamped),
                ..NewKey::for_client("model".parse().unwrap())
            };
            let issued = keyring.issue(&KeyPrefix::default(), new).await.unwrap();
            return keys.push((issued.record.id, key));
        }
        Step::Rotate(key, _) | Step::Extend(key, _) => key,
        Step::Finish(key) | Step::Disable(key) | Step::Enable(key) | Step::Revoke(key) => key,
    };
    let count = keys.len().max(1);
    let Some((id, key)) = keys.get_mut(usize::from(number) % count) else {
        return;
    };
    let status = key.status(now);
    let in_grace =
        key.grace_end.is_some() && !matches!(status, KeyStatus::Revoked | KeyStatus::Expired);
    match step {
        Step::Issue(_) | Step::Wait(_) => {}
        Step::Rotate(_, grace) => {
            let may = status == KeyStatus::Active && key.grace_end.is_none();
            let rotation = Rotation {
                grace: seconds(grace),
                expires_at: None,
            };
            let done = keyring.rotate(id, &KeyPrefix::default(), rotation).await;
            assert_eq!(done.is_ok(), may, "{done:?}");
            if let Ok(rotated) = done {
                let rotated = rotated.at_commit();
                key.grace_end = Some(now + seconds(grace));
                key.revoked = grace == 0;
                let successor = Key::new(key.lifetime, now);
                keys.push((rotated.issued.record.id, successor));
            }
        }
        Step::Finish(_) => {
            refused_unless(in_grace, keyring.finish_rotation(id).await);
            key.revoked |= in_grace;
        }
        Step::Extend(_, by) => {
            refused_unless(in_grace, keyring.extend_rotation(id, seconds(by)).await);
            if in_grace {
                key.grace_end = key.grace_end.map(|end| end + seconds(by));
            }
        }
        Step::Disable(_) | Step::Enable(_) if key.revoked => {
            refused_unless(false, keyring.disable(id).await);
            refused_unless(false, keyring.enable(id).await);
        }
        Step::Disable(_) => assert_eq!(
            keyring.disable(id).await.unwrap().at_commit(),
            std::mem::replace(&mut key.on, false)
        ),
        Step::Enable(_) => assert_eq!(
            keyring.enable(id).await.unwrap().at_commit(),
            !std::mem::replace(&mut key.on, true)
        ),
        Step::Revoke(_) => {
            let selection = KeySelection::Id(id.clone());
            let revoked = keyring.revoke(&selection, None).await.unwrap();
            assert_eq!(revoked.done.is_empty(), key.revoked);
            key.revoked = true;
        }
    }
}

fn refused_unless<T: std::fmt::Debug>(may: bool, done: Result<T, KeyringError>) {
    match done {
        Ok(_) => assert!(may, "{done:?}"),
        Err(KeyringError::Transition(TransitionError::TooFar)) => panic!("{done:?}"),
        Err(KeyringError::Transition(_)) => assert!(!may, "{done:?}"),
        Err(error) => panic!("{error:?}"),
    }
}
