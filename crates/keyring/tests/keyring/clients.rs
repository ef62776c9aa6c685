//! What is set for clients, over the in-memory store.

use central_logger_client_records::{
    ClientPatch, Limit, Patch, PolicyPatch,
    quota::{Quota, QuotaDimension, QuotaUpdate},
};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, AuditAction, AuditTrail, KeyAdmin, KeyStatus, KeyStore, MemoryKeys, NewKey, Owners,
    audit::{AuditCheck, AuditFault},
};
use central_logger_keyring::{ClientWrite, Keyring, KeyringError};
use central_logger_keys::{ClientId, KeyHasher, KeyPrefix};
use central_logger_times::ManualClock;
use std::{num::NonZeroU64, sync::Arc};
use time::{Duration, macros::datetime};

struct World {
    store: Arc<MemoryKeys>,
    clock: Arc<ManualClock>,
    keyring: Keyring,
    acme: ClientId,
}

impl World {
    fn new() -> Self {
        let store = Arc::new(MemoryKeys::new());
        let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
        let hashes = HashPool::new(KeyHasher::new());
        let actor = Actor::new("alice@ops");
        Self {
            keyring: Keyring::new(store.clone(), hashes, clock.clone(), actor),
            store,
            clock,
            acme: "acme".parse().unwrap(),
        }
    }

    async fn set(&self, patch: &ClientPatch) {
        let set = self.keyring.set_client(&self.acme, ClientWrite::Set, patch);
        set.await.unwrap().at_commit();
    }

    async fn issue(&self) -> Quota {
        let new = NewKey::for_client(self.acme.clone());
        let issued = self
            .keyring
            .issue(&KeyPrefix::default(), new)
            .await
            .unwrap();
        let shown = self.keyring.show(&issued.record.id).await.unwrap();
        shown.quota
    }

    async fn actions(&self) -> Vec<AuditAction> {
        let trail = self.store.audit(0, 1000).await.unwrap();
        trail.iter().map(|entry| entry.action).collect()
    }

    async fn faults(&self) -> Vec<AuditFault> {
        self.keyring.audit(|_| {}).await.unwrap().faults
    }
}

fn full() -> ClientPatch {
    ClientPatch {
        name: Patch::Set("Acme Corp.".parse().unwrap()),
        external_id: Patch::Set("crm-7".parse().unwrap()),
        policy: PolicyPatch {
            max_keys: Patch::Set(Limit::AtMost(5)),
            ..PolicyPatch::default()
        },
        quota: entries(7),
        keep: Patch::Set("90d".to_owned()),
        ..ClientPatch::default()
    }
}

fn entries(limit: u64) -> QuotaUpdate {
    QuotaUpdate::default().with(QuotaDimension::EntriesPerDay, NonZeroU64::new(limit))
}

#[tokio::test]
async fn a_client_is_set_up_before_it_has_a_key() {
    let world = World::new();
    world.set(&full()).await;
    assert_eq!(world.issue().await, entries(7).applied_to(Quota::default()));
    let retention = world.keyring.retention().await.unwrap();
    assert_eq!(retention.of(&world.acme), Some("90d"));
    assert_eq!(
        world.store.policy(&world.acme).await.unwrap().max_keys,
        Some(5)
    );
    let expected = [
        AuditAction::Client,
        AuditAction::Quota,
        AuditAction::Retention,
        AuditAction::Issue,
    ];
    assert_eq!(world.actions().await, expected);
    world.set(&full()).await;
    assert_eq!(world.actions().await, expected, "nothing has changed");
    assert_eq!(world.faults().await, []);
}

#[tokio::test]
async fn what_is_not_named_stays_or_goes() {
    let world = World::new();
    world.set(&full()).await;
    world.clock.advance(Duration::HOUR);
    let renamed = ClientPatch {
        name: Patch::Set("Acme".parse().unwrap()),
        ..ClientPatch::default()
    };
    let write = async |write| {
        let set = world.keyring.set_client(&world.acme, write, &renamed).await;
        set.unwrap().at_commit().state
    };
    let patched = write(ClientWrite::Patch).await;
    let record = patched.record.clone().unwrap();
    assert_eq!(record.external_id.as_deref(), Some("crm-7"));
    assert_eq!(patched.keep.as_deref(), Some("90d"));
    let put = write(ClientWrite::Put).await;
    let replaced = put.record.clone().unwrap();
    assert_eq!(replaced.created_at, record.created_at);
    assert_eq!((replaced.external_id, put.keep), (None, None));
    assert_eq!(put.quota, Quota::default());
    assert_eq!(world.faults().await, []);
}

#[tokio::test]
async fn a_client_is_changed_only_if_it_is_as_it_was_seen() {
    let world = World::new();
    world.set(&full()).await;
    let book = world.keyring.client_book(&world.acme).await.unwrap();
    let seen = book.state(&world.acme, Some(&"90d".to_owned())).etag();
    let change = async |quota| {
        let keyring = world.keyring.clone().if_match(vec![seen]);
        let patch = ClientPatch {
            quota: entries(quota),
            ..ClientPatch::default()
        };
        keyring
            .set_client(&world.acme, ClientWrite::Patch, &patch)
            .await
    };
    change(8).await.unwrap().at_commit();
    let refused = change(9).await;
    assert!(
        matches!(refused, Err(KeyringError::ClientChanged(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_client_is_removed_with_all_that_is_set() {
    let world = World::new();
    let unknown = world.keyring.remove_client(&world.acme).await;
    assert!(
        matches!(unknown, Err(KeyringError::UnknownClient(_))),
        "{unknown:?}"
    );
    world.set(&full()).await;
    world.issue().await;
    let removed = world.keyring.remove_client(&world.acme).await.unwrap();
    assert_eq!(removed.at_commit().len(), 1);
    let keys = world.store.list(Owners::Client(&world.acme)).await.unwrap();
    assert_eq!(
        keys.records[0].status(datetime!(2026-03-01 12:00 UTC)),
        KeyStatus::Revoked
    );
    let book = world.keyring.clients().await.unwrap();
    assert!(book.records.is_empty() && book.quotas.is_empty());
    assert_eq!(world.keyring.retention().await.unwrap().clients.len(), 0);
    assert_eq!(world.faults().await, []);
    assert_eq!(world.issue().await, Quota::default());
    assert_eq!(world.faults().await, []);
}

#[tokio::test]
async fn a_policy_that_was_changed_past_the_trail_is_found() {
    let world = World::new();
    world.set(&full()).await;
    let off = PolicyPatch {
        self_service: Patch::Set(false),
        ..PolicyPatch::default()
    };
    let set = world.keyring.set_policy_of_all(&off).await.unwrap();
    assert_eq!(set.at_commit().self_service, Some(false));
    let acme = Some(world.acme.clone());
    let hasher = KeyHasher::new();
    let state = world.store.state().await.unwrap();
    let keys = world.store.stored(Owners::All).await.unwrap();
    let retention = world.store.retention().await.unwrap();
    let clients = world.store.clients(None).await.unwrap();
    let trail = world.store.audit(0, 1000).await.unwrap();
    let faults = |clients| {
        let mut check = AuditCheck::new(&hasher);
        trail.iter().for_each(|entry| check.entry(entry));
        check.finish(&state, &keys, &retention, clients).faults
    };
    assert_eq!(faults(&clients), []);
    let mut tampered = clients.clone();
    tampered.for_all.self_service = Some(true);
    assert_eq!(faults(&tampered), [AuditFault::Client { client_id: None }]);
    let mut tampered = clients.clone();
    tampered.records.clear();
    let fault = AuditFault::Client { client_id: acme };
    assert_eq!(faults(&tampered), [fault]);
    let mut tampered = clients.clone();
    tampered.quotas.clear();
    let client_id = world.acme.clone();
    assert_eq!(faults(&tampered), [AuditFault::Quota { client_id }]);
}
