use crate::keyring::{Keyring, KeyringError, import::ExternalKey};
use central_logger_key_store::{AuditAction, KeyProof, KeyRecord, NewKey, StoredKey};
use central_logger_keys::{KeyId, KeyOwner, StoreSalt};
use std::sync::Arc;

impl Keyring {
    pub(crate) async fn insert(
        &self,
        key: ExternalKey,
        new: NewKey,
        action: AuditAction,
    ) -> Result<KeyRecord, KeyringError> {
        let now = self.clock.now();
        if new.expires_at.is_some_and(|end| end.get() <= now) {
            return Err(KeyringError::ExpiryPassed);
        }
        new.owner.check(&new.scopes)?;
        if new.owner == KeyOwner::Provider && !key.is_generated() {
            return Err(KeyringError::OpaqueProviderKey);
        }
        let is_weak = key.is_weak();
        let (id, proof) = self.prove(key).await?;
        let record = KeyRecord {
            is_weak,
            ..new.into_record(id, now)
        };
        let stored = StoredKey { record, proof };
        self.add(|draft| Ok(draft.insert(stored.clone(), action)?))
            .await
    }

    /// The id of a key, and what a store keeps to verify it.
    pub(crate) async fn prove(&self, key: ExternalKey) -> Result<(KeyId, KeyProof), KeyringError> {
        // So that it is hashed as every server can verify it.
        self.tend().await?;
        if let ExternalKey::Key(key) = &key
            && let (Some(id), Some(fingerprint)) = (key.key_id().cloned(), key.fingerprint())
        {
            let key = Arc::clone(key);
            let hash = self.hashes.run(move |hasher| hasher.hash_generated(&key));
            let hash = hash.await?;
            return Ok((id, KeyProof::Generated { hash, fingerprint }));
        }
        let proposed = StoreSalt::generate()?;
        let salt = self.store.settle_opaque_salt(proposed).await?;
        let hash = self.hashes.hash_opaque(key.digest(), salt).await?;
        Ok((KeyId::generate()?, KeyProof::Opaque { hash }))
    }
}
