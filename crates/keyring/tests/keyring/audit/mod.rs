//! What the audit trail shows, and who may go on with it.

mod differences;
mod trail;
mod without_pepper;

use central_logger_client_records::ClientBook;
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, AuditEntry, AuditTrail, Head, KeyAdmin, KeyList, MemoryKeys, NewKey, Owners, StoredKey,
    audit::{AuditCheck, AuditFault, AuditReport, StoreState},
    settings::ClientSettings,
};
use central_logger_keyring::Keyring;
use central_logger_keys::{KeyHasher, KeyId, KeyPrefix, Pepper};
use central_logger_times::ManualClock;
use std::sync::Arc;
use time::macros::datetime;

/// All that a check looks at, to be tampered with.
#[derive(Clone)]
struct Copied {
    entries: Vec<AuditEntry>,
    state: StoreState,
    keys: KeyList<StoredKey>,
    retention: ClientSettings,
    clients: ClientBook,
}

impl Copied {
    async fn of(store: &MemoryKeys) -> Self {
        Self {
            entries: store.audit(0, 1000).await.unwrap(),
            state: store.state().await.unwrap(),
            keys: store.stored(Owners::All).await.unwrap(),
            retention: store.retention().await.unwrap(),
            clients: store.clients(None).await.unwrap(),
        }
    }

    fn report(&self, hasher: &KeyHasher) -> AuditReport {
        self.report_at_least(hasher, Head::default())
    }

    fn report_at_least(&self, hasher: &KeyHasher, noted: Head) -> AuditReport {
        let mut check = AuditCheck::new(hasher).at_least(noted);
        self.entries.iter().for_each(|entry| check.entry(entry));
        check.finish(&self.state, &self.keys, &self.retention, &self.clients)
    }

    fn faults(&self, hasher: &KeyHasher) -> Vec<AuditFault> {
        self.report(hasher).faults
    }

    fn key(&mut self, id: &KeyId) -> &mut StoredKey {
        let mut keys = self.keys.records.iter_mut();
        keys.find(|key| key.record.id == *id).unwrap()
    }
}

fn pepper(letter: u8) -> Pepper {
    Pepper::new(&[letter; 40]).unwrap()
}

fn peppered(letter: u8) -> KeyHasher {
    KeyHasher::with_pepper(pepper(letter), None)
}

fn keyring(store: &Arc<MemoryKeys>, hasher: &KeyHasher) -> Keyring {
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let hashes = HashPool::new(hasher.clone());
    Keyring::new(store.clone(), hashes, clock, Actor::new("tester@here"))
}

async fn issue(keyring: &Keyring, client: &str) -> KeyId {
    let new = NewKey::for_client(client.parse().unwrap());
    let issued = keyring.issue(&KeyPrefix::default(), new).await;
    issued.unwrap().record.id
}

/// A trail of at least five entries, of five keys of the client acme.
async fn five(hasher: &KeyHasher) -> (Arc<MemoryKeys>, Vec<KeyId>) {
    let store = Arc::new(MemoryKeys::new());
    let keyring = keyring(&store, hasher);
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(issue(&keyring, "acme").await);
    }
    (store, ids)
}
