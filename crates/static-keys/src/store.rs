use crate::ApiKeys;
use async_trait::async_trait;
use central_logger_key_store::{
    KeyList, KeyProof, KeyRecord, KeyStore, KeyStoreError, NewKey, Owners, StoredKey,
};
use central_logger_keys::{
    ApiKey, ClientId, KeyDigest, KeyForm, KeyHash, KeyId, Scopes, StoreSalt,
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};
use time::OffsetDateTime;

/// The keys of `API_KEYS`: a store that is read, replaced as a whole, and never changed.
///
/// Only digests are kept. A key's id is `static-<client id>`, with `-2`, `-3` … for further ones.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyStore, Owners};
/// use central_logger_static_keys::{ApiKeys, StaticKeys};
/// use central_logger_times::{Clock, SystemClock};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// let store = StaticKeys::new(&keys, SystemClock.now());
/// assert_eq!(store.list(Owners::All).await?.records[0].id.as_str(), "static-acme_corp");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct StaticKeys {
    scopes: Scopes,
    keys: RwLock<Arc<KeySet>>,
}

#[derive(Debug, Default)]
struct KeySet {
    in_order: Vec<StoredKey>,
    by_digest: HashMap<KeyDigest, usize>,
    weak: Vec<KeyId>,
}

impl StaticKeys {
    /// Returns a store of `keys`, as read at `now`, which may write and read logs.
    pub fn new(keys: &ApiKeys, now: OffsetDateTime) -> Self {
        Self::with_scopes(keys, Scopes::default(), now)
    }

    /// Returns a store of `keys`, as read at `now`, each of which has these scopes.
    pub fn with_scopes(keys: &ApiKeys, scopes: Scopes, now: OffsetDateTime) -> Self {
        let store = Self {
            scopes,
            keys: RwLock::default(),
        };
        store.replace(keys, now);
        store
    }

    /// Puts `keys` in the place of all keys before, at once.
    pub fn replace(&self, keys: &ApiKeys, now: OffsetDateTime) {
        let set = Arc::new(KeySet::new(keys, &self.scopes, now));
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = set;
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.set().in_order.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of keys that are too easily guessed.
    pub fn weak(&self) -> Vec<KeyId> {
        self.set().weak.clone()
    }

    /// Says in the log which keys are too easily guessed.
    pub fn warn_of_weak(&self) {
        for key_id in self.weak() {
            tracing::warn!(
                %key_id,
                "this key of API_KEYS is too easily guessed: replace it by one of \
                 `central-logger-admin generate`"
            );
        }
    }

    fn set(&self) -> Arc<KeySet> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl KeySet {
    fn new(keys: &ApiKeys, scopes: &Scopes, now: OffsetDateTime) -> Self {
        let mut set = Self::default();
        let mut numbers = HashMap::new();
        let mut taken = HashSet::new();
        for (key, client) in keys.iter() {
            // `acme-2` may be a client too, so that a number is taken.
            let number = numbers.entry(client).or_insert(0);
            let id = loop {
                *number += 1;
                let id = KeyId::of_static(client, *number);
                if taken.insert(id.clone()) {
                    break id;
                }
            };
            if key.is_weak() {
                set.weak.push(id.clone());
            }
            let digest = key.digest();
            set.by_digest.insert(digest, set.in_order.len());
            set.in_order.push(StoredKey {
                record: KeyRecord {
                    scopes: scopes.clone(),
                    ..record(id, key, client, now)
                },
                proof: KeyProof::Static { digest },
            });
        }
        set
    }
}

fn record(id: KeyId, key: &ApiKey, client: &ClientId, now: OffsetDateTime) -> KeyRecord {
    let new = NewKey::for_client(client.clone());
    KeyRecord {
        environment: match key.form() {
            KeyForm::Generated { environment, .. } => *environment,
            KeyForm::Mistyped | KeyForm::Opaque => new.environment,
        },
        is_weak: key.is_weak(),
        ..new.into_record(id, now)
    }
}

#[async_trait]
impl KeyStore for StaticKeys {
    async fn find(&self, id: &KeyId) -> Result<Option<StoredKey>, KeyStoreError> {
        let set = self.set();
        let found = set.in_order.iter().find(|key| key.record.id == *id);
        Ok(found.cloned())
    }

    /// Static keys are found by their digest, so nothing is hashed to find them.
    async fn opaque_salt(&self) -> Result<Option<StoreSalt>, KeyStoreError> {
        Ok(None)
    }

    async fn find_opaque(&self, _hash: &KeyHash) -> Result<Option<StoredKey>, KeyStoreError> {
        Ok(None)
    }

    async fn find_by_digest(&self, digest: &KeyDigest) -> Result<Option<StoredKey>, KeyStoreError> {
        let set = self.set();
        let found = set.by_digest.get(digest).map(|place| &set.in_order[*place]);
        Ok(found.cloned())
    }

    /// In the order of the file.
    async fn list(&self, owners: Owners<'_>) -> Result<KeyList, KeyStoreError> {
        let set = self.set();
        let records = set.in_order.iter().map(|key| &key.record);
        let selected = records.filter(|record| owners.include(&record.owner));
        Ok(selected.cloned().collect::<Vec<_>>().into())
    }

    async fn ready(&self) -> Result<(), KeyStoreError> {
        Ok(())
    }
}
