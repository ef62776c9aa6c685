use crate::{
    Clock, HashPool, HashPoolError, KeyAdmin, KeyProof, KeyRecord, KeySelection, KeyStatus,
    KeyStoreError, Scopes, StoredKey,
};
use central_logger_keys::{
    ApiKey, ClientId, KeyEnvironment, KeyForm, KeyId, KeyPrefix, RandomnessError, StoreSalt,
    Verification,
};
use std::{fmt, sync::Arc};
use time::OffsetDateTime;

/// The life of keys: what the server and the command line do with them, over any store.
#[derive(Clone)]
pub struct Keyring {
    store: Arc<dyn KeyAdmin>,
    hashes: HashPool,
    clock: Arc<dyn Clock>,
}

/// What the provider decides about a key that is about to be stored.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Whose key it is to be.
    pub client_id: ClientId,
    /// The client's name, for people.
    pub client_name: Option<String>,
    /// What the key is to allow.
    pub scopes: Scopes,
    /// The label; a generated key made elsewhere keeps the one within it.
    pub environment: KeyEnvironment,
    /// From when on the key is to be refused.
    pub expires_at: Option<OffsetDateTime>,
    /// A remark.
    pub note: Option<String>,
}

/// A key just made: the only moment at which the key itself is at hand.
#[derive(Debug)]
pub struct IssuedKey {
    /// What was stored about it.
    pub record: KeyRecord,
    /// The key, to be shown once.
    pub api_key: Arc<ApiKey>,
}

/// What became of a key that was made elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Adoption {
    /// It is stored now.
    New(KeyRecord),
    /// It was stored before, for the same client, and was left as it is.
    Known(KeyRecord),
}

/// Why the keyring did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// There is no key of that id.
    #[error("there is no key with the id {0}")]
    UnknownKey(KeyId),
    /// There is no key of that client.
    #[error("the client {0} has no keys")]
    NoKeys(ClientId),
    /// The expiry lies in the past.
    #[error("the expiry is not in the future")]
    ExpiryPassed,
    /// The key has the form of a generated one, but its checksum does not fit.
    #[error("the key has a typo: its checksum does not fit")]
    Mistyped,
    /// The key is stored for another client.
    #[error("this key already belongs to the client {client_id}, as {id}")]
    BelongsToOther {
        /// Under which id.
        id: KeyId,
        /// For whom.
        client_id: ClientId,
    },
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] KeyStoreError),
    /// Hashing failed.
    #[error(transparent)]
    Hash(#[from] HashPoolError),
    /// No random bytes were to be had.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

impl NewKey {
    /// A live key with the usual scopes that does not expire.
    pub fn for_client(client_id: ClientId) -> Self {
        Self {
            client_id,
            client_name: None,
            scopes: Scopes::default(),
            environment: KeyEnvironment::Live,
            expires_at: None,
            note: None,
        }
    }

    fn into_record(self, id: KeyId, created_at: OffsetDateTime) -> KeyRecord {
        KeyRecord {
            id,
            client_id: self.client_id,
            client_name: self.client_name,
            scopes: self.scopes,
            environment: self.environment,
            is_active: true,
            created_at,
            last_used_at: None,
            expires_at: self.expires_at.map(OffsetDateTime::truncate_to_millisecond),
            revoked_at: None,
            revoked_reason: None,
            note: self.note,
            predecessor: None,
        }
    }
}

impl Keyring {
    /// A keyring over `store`.
    pub fn new(store: Arc<dyn KeyAdmin>, hashes: HashPool, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            hashes,
            clock,
        }
    }

    /// Makes a key and stores what verifies it.
    ///
    /// # Errors
    /// When the expiry has passed, or the store or the random generator fails.
    pub async fn issue(&self, prefix: &KeyPrefix, new: NewKey) -> Result<IssuedKey, KeyringError> {
        let api_key = Arc::new(ApiKey::generate(prefix, new.environment)?);
        let record = self.insert(Arc::clone(&api_key), new).await?;
        Ok(IssuedKey { record, api_key })
    }

    /// Stores what verifies a key that was made elsewhere. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the key has a typo or belongs to another client, the expiry has passed, or the store
    /// fails.
    pub async fn adopt(&self, api_key: ApiKey, mut new: NewKey) -> Result<Adoption, KeyringError> {
        if let KeyForm::Generated { environment, .. } = api_key.form() {
            new.environment = *environment;
        }
        let api_key = Arc::new(api_key);
        match self.recognise(&api_key).await? {
            None => Ok(Adoption::New(self.insert(api_key, new).await?)),
            Some(known) if known.client_id == new.client_id => Ok(Adoption::Known(known)),
            Some(other) => Err(KeyringError::BelongsToOther {
                id: other.id,
                client_id: other.client_id,
            }),
        }
    }

    /// Revokes keys for good and gives the ids of those that were not revoked before.
    ///
    /// # Errors
    /// When nothing of that name exists, or the store fails.
    pub async fn revoke(
        &self,
        selection: &KeySelection,
        reason: Option<&str>,
    ) -> Result<Vec<KeyId>, KeyringError> {
        match selection {
            KeySelection::Id(id) => drop(self.show(id).await?),
            KeySelection::Client(client) => {
                if self.store.list(Some(client)).await?.is_empty() {
                    return Err(KeyringError::NoKeys(client.clone()));
                }
            }
        }
        Ok(self
            .store
            .revoke(selection, self.clock.now(), reason)
            .await?)
    }

    /// The keys of one client or of all, of one status or of any, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        client: Option<&ClientId>,
        status: Option<KeyStatus>,
    ) -> Result<Vec<KeyRecord>, KeyringError> {
        let now = self.clock.now();
        let mut records = self.store.list(client).await?;
        records.retain(|record| status.is_none_or(|status| record.status(now) == status));
        Ok(records)
    }

    /// What is known about a key.
    ///
    /// # Errors
    /// When there is no such key, or the store fails.
    pub async fn show(&self, id: &KeyId) -> Result<KeyRecord, KeyringError> {
        let found = self.store.find(id).await?;
        found
            .map(|key| key.record)
            .ok_or_else(|| KeyringError::UnknownKey(id.clone()))
    }

    async fn insert(&self, key: Arc<ApiKey>, new: NewKey) -> Result<KeyRecord, KeyringError> {
        let now = self.clock.now();
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(KeyringError::ExpiryPassed);
        }
        let (id, proof) = match (key.key_id(), key.fingerprint()) {
            (Some(id), Some(fingerprint)) => {
                let id = id.clone();
                let hash = self.hashes.run(move |hasher| hasher.hash_generated(&key));
                let hash = hash.await?;
                (id, KeyProof::Generated { hash, fingerprint })
            }
            _ => {
                let salt = self
                    .store
                    .settle_opaque_salt(StoreSalt::generate()?)
                    .await?;
                let hash = self
                    .hashes
                    .run(move |hasher| hasher.hash_opaque(&key.digest(), salt));
                let hash = hash.await?;
                (KeyId::generate()?, KeyProof::Opaque { hash })
            }
        };
        let record = new.into_record(id, now);
        let key = StoredKey { record, proof };
        self.store.insert(&key).await?;
        Ok(key.record)
    }

    /// The stored record of a key at hand, if this very key is stored: an id that exists with
    /// another secret is not it.
    ///
    /// # Errors
    /// When the key has a typo, or hashing or the store fails.
    pub async fn recognise(&self, key: &Arc<ApiKey>) -> Result<Option<KeyRecord>, KeyringError> {
        if matches!(key.form(), KeyForm::Mistyped) {
            return Err(KeyringError::Mistyped);
        }
        if let Some(id) = key.key_id() {
            let Some(StoredKey { record, proof }) = self.store.find(id).await? else {
                return Ok(None);
            };
            let Some(stored) = proof.hash().cloned() else {
                return Ok(None);
            };
            let key = Arc::clone(key);
            let verified = self.hashes.run(move |hasher| hasher.verify(&key, &stored));
            let same = verified.await? != Verification::Mismatch;
            return Ok(same.then_some(record));
        }
        let Some(salt) = self.store.opaque_salt().await? else {
            return Ok(None);
        };
        for hash in self.hashes.opaque_hashes(key, salt).await? {
            if let Some(found) = self.store.find_opaque(&hash).await? {
                return Ok(Some(found.record));
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").finish_non_exhaustive()
    }
}
