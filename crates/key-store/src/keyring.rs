use crate::{
    Actor, Adoption, AuditAction, Clock, HashPool, HashPoolError, IssuedKey, KeyAdmin, KeyProof,
    KeyRecord, KeySelection, KeyStatus, KeyStoreError, NewKey, StoredKey, TransitionError,
};
use central_logger_keys::{
    ApiKey, ClientId, KeyForm, KeyId, KeyPrefix, RandomnessError, StoreSalt, Verification,
};
use std::{fmt, sync::Arc};

/// The life of keys: what the server and the command line do with them, over any store.
#[derive(Clone)]
pub struct Keyring {
    pub(crate) store: Arc<dyn KeyAdmin>,
    pub(crate) hashes: HashPool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) actor: Actor,
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
    /// The key cannot be brought into that state.
    #[error(transparent)]
    Transition(#[from] TransitionError),
    /// Others kept changing keys at the same time.
    #[error("too many others are changing keys at the same time: try again")]
    Contended,
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

impl Keyring {
    /// A keyring over `store`. The audit trail will name `actor` for what it does.
    pub fn new(
        store: Arc<dyn KeyAdmin>,
        hashes: HashPool,
        clock: Arc<dyn Clock>,
        actor: Actor,
    ) -> Self {
        Self {
            store,
            hashes,
            clock,
            actor,
        }
    }

    /// Makes a key and stores what verifies it.
    ///
    /// # Errors
    /// When the expiry has passed, or the store or the random generator fails.
    pub async fn issue(&self, prefix: &KeyPrefix, new: NewKey) -> Result<IssuedKey, KeyringError> {
        let api_key = Arc::new(ApiKey::generate(prefix, new.environment)?);
        let record = self
            .insert(Arc::clone(&api_key), new, AuditAction::Issue)
            .await?;
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
            None => Ok(Adoption::New(
                self.insert(api_key, new, AuditAction::Import).await?,
            )),
            Some(known) if known.client_id == new.client_id => Ok(Adoption::Known(known)),
            Some(other) => Err(KeyringError::BelongsToOther {
                id: other.id,
                client_id: other.client_id,
            }),
        }
    }

    /// Revokes keys for good, all in one step, and gives the ids of those that were not revoked
    /// before.
    ///
    /// # Errors
    /// When nothing of that name exists, or the store fails.
    pub async fn revoke(
        &self,
        selection: &KeySelection,
        reason: Option<&str>,
    ) -> Result<Vec<KeyId>, KeyringError> {
        self.change(selection, |draft, records| {
            let mut revoked = Vec::new();
            for before in records {
                if let Some(after) = before.revoke(draft.now, reason) {
                    revoked.push(before.id.clone());
                    draft.update(before, after, AuditAction::Revoke);
                }
            }
            Ok(revoked)
        })
        .await
    }

    /// Switches a key off until it is [enabled](Self::enable), and tells whether it was on.
    ///
    /// # Errors
    /// When there is no such key, it is revoked, or the store fails.
    pub async fn disable(&self, id: &KeyId) -> Result<bool, KeyringError> {
        self.switch(id, AuditAction::Disable, KeyRecord::disable)
            .await
    }

    /// Switches a key on again, and tells whether it was off.
    ///
    /// # Errors
    /// When there is no such key, it is revoked, or the store fails.
    pub async fn enable(&self, id: &KeyId) -> Result<bool, KeyringError> {
        self.switch(id, AuditAction::Enable, KeyRecord::enable)
            .await
    }

    async fn switch(
        &self,
        id: &KeyId,
        action: AuditAction,
        to: fn(&KeyRecord) -> Result<Option<KeyRecord>, TransitionError>,
    ) -> Result<bool, KeyringError> {
        self.change_one(id, |draft, before| {
            let switched = to(before)?;
            let changed = switched.is_some();
            if let Some(after) = switched {
                draft.update(before, after, action);
            }
            Ok(changed)
        })
        .await
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

    async fn insert(
        &self,
        key: Arc<ApiKey>,
        new: NewKey,
        action: AuditAction,
    ) -> Result<KeyRecord, KeyringError> {
        let now = self.clock.now();
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(KeyringError::ExpiryPassed);
        }
        let (id, proof) = self.prove(key).await?;
        let record = new.into_record(id, now);
        let stored = StoredKey {
            record: record.clone(),
            proof,
        };
        self.attempt(
            async || Ok(()),
            |draft, ()| {
                draft.insert(stored.clone(), action);
                Ok(())
            },
        )
        .await?;
        Ok(record)
    }

    /// The id of a key, and what a store keeps to verify it.
    pub(crate) async fn prove(&self, key: Arc<ApiKey>) -> Result<(KeyId, KeyProof), KeyringError> {
        if let (Some(id), Some(fingerprint)) = (key.key_id().cloned(), key.fingerprint()) {
            let hash = self.hashes.run(move |hasher| hasher.hash_generated(&key));
            let hash = hash.await?;
            return Ok((id, KeyProof::Generated { hash, fingerprint }));
        }
        let proposed = StoreSalt::generate()?;
        let salt = self.store.settle_opaque_salt(proposed).await?;
        let hash = self
            .hashes
            .run(move |hasher| hasher.hash_opaque(&key.digest(), salt));
        let hash = hash.await?;
        Ok((KeyId::generate()?, KeyProof::Opaque { hash }))
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
