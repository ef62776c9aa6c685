//! Keys that make keys: changes on somebody's behalf, shared limits, and revoking what a key has made.

mod behalf;
mod revocation;
mod shared_limits;

use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, AuditAction, KeyMaker, KeyRecord, KeyUpdate, MemoryKeys, NewKey, Patch, ProviderSet,
    RateBucket,
    authority::{Authority, Denied, Review},
    record::UnreadableKey,
};
use central_logger_keyring::{Keyring, Rotation};
use central_logger_keys::{KeyHasher, KeyId, KeyOwner, KeyPrefix};
use central_logger_times::ManualClock;
use std::sync::Arc;
use time::{Duration, macros::datetime};

struct Fixture {
    store: Arc<MemoryKeys>,
    clock: Arc<ManualClock>,
    provider: Keyring,
}

/// A key on whose behalf keys are made, as far as these tests need it.
#[derive(Debug)]
struct ByKey(KeyRecord);

impl Authority for ByKey {
    fn review(&self, review: &Review<'_>) -> Result<KeyRecord, Denied> {
        if review.action == AuditAction::Enable {
            return Err(Denied::new("not_enabled", "This key enables nothing"));
        }
        let mut record = review.after.clone();
        if review.before.is_none() {
            record.made_by = KeyMaker::Key(self.0.id.clone());
            // What a review may not change stays.
            record.owner = KeyOwner::Provider;
            if record.predecessor.is_none() {
                record.shared_rates = self.0.rates_to_share();
                record.provider_set = ProviderSet::default();
            }
        }
        Ok(record)
    }

    fn review_unreadable(&self, _: &UnreadableKey) -> Result<(), Denied> {
        Err(Denied::new("unreadable", "This key cannot be read"))
    }

    fn is_provider(&self) -> bool {
        false
    }
}

fn fixture() -> Fixture {
    let store = Arc::new(MemoryKeys::new());
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let hashes = HashPool::new(KeyHasher::new());
    let actor = Actor::new("tester@here");
    Fixture {
        provider: Keyring::new(store.clone(), hashes, clock.clone(), actor),
        store,
        clock,
    }
}

impl Fixture {
    async fn issue(&self, rate: Option<&str>) -> KeyRecord {
        issue(&self.provider, rate).await
    }

    /// A key that `maker` makes.
    async fn made_by(&self, maker: &KeyRecord, rate: Option<&str>) -> KeyRecord {
        issue(&self.by(&self.get(&maker.id).await), rate).await
    }

    fn by(&self, maker: &KeyRecord) -> Keyring {
        let authority = Arc::new(ByKey(maker.clone()));
        self.provider.clone().with_authority(authority)
    }

    async fn get(&self, id: &KeyId) -> KeyRecord {
        self.provider.show(id).await.unwrap()
    }

    async fn set_rate(&self, id: &KeyId, rate: Patch<&str>) {
        let rate = match rate {
            Patch::Keep => Patch::Keep,
            Patch::Clear => Patch::Clear,
            Patch::Set(text) => Patch::Set(text.parse().unwrap()),
        };
        let update = KeyUpdate {
            rate,
            ..KeyUpdate::default()
        };
        self.provider.update(id, &update).await.unwrap().at_commit();
    }

    async fn shared(&self, id: &KeyId) -> String {
        RateBucket::all_as_text(&self.get(id).await.shared_rates)
    }

    async fn is_sound(&self) {
        let report = self.provider.audit(|_| {}).await.unwrap();
        assert_eq!(report.faults, []);
    }
}

async fn issue(keyring: &Keyring, rate: Option<&str>) -> KeyRecord {
    let new = NewKey {
        rate_limit: rate.map(|rate| rate.parse().unwrap()),
        ..NewKey::for_client("acme".parse().unwrap())
    };
    let issued = keyring.issue(&KeyPrefix::default(), new).await;
    issued.unwrap().record
}

fn rotation() -> Rotation {
    Rotation {
        grace: Duration::HOUR,
        expires_at: None,
    }
}
