use crate::{
    AuditEntry, Head, KeyAdmin, KeyChange, KeyRecord, KeyStore, KeyStoreError, KeyUse, StoredKey,
};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyDigest, KeyHash, KeyId, StoreSalt};

/// A store that never answers, for tests of what stands on one.
#[derive(Debug, Clone, Copy)]
pub struct UnreachableKeys;

fn unavailable<T>() -> Result<T, KeyStoreError> {
    Err(KeyStoreError::Unavailable("connection refused".into()))
}

#[async_trait]
impl KeyStore for UnreachableKeys {
    async fn find(&self, _: &KeyId) -> Result<Option<StoredKey>, KeyStoreError> {
        unavailable()
    }

    async fn opaque_salt(&self) -> Result<Option<StoreSalt>, KeyStoreError> {
        unavailable()
    }

    async fn find_opaque(&self, _: &KeyHash) -> Result<Option<StoredKey>, KeyStoreError> {
        unavailable()
    }

    async fn find_static(&self, _: &KeyDigest) -> Result<Option<StoredKey>, KeyStoreError> {
        unavailable()
    }

    async fn list(&self, _: Option<&ClientId>) -> Result<Vec<KeyRecord>, KeyStoreError> {
        unavailable()
    }

    async fn ready(&self) -> Result<(), KeyStoreError> {
        unavailable()
    }
}

#[async_trait]
impl KeyAdmin for UnreachableKeys {
    async fn settle_opaque_salt(&self, _: StoreSalt) -> Result<StoreSalt, KeyStoreError> {
        unavailable()
    }

    async fn head(&self) -> Result<Head, KeyStoreError> {
        unavailable()
    }

    async fn commit(&self, _: &KeyChange) -> Result<(), KeyStoreError> {
        unavailable()
    }

    async fn replace_hash(&self, _: &KeyId, _: &KeyHash, _: &KeyHash) -> Result<(), KeyStoreError> {
        unavailable()
    }

    async fn audit(&self, _: u64, _: usize) -> Result<Vec<AuditEntry>, KeyStoreError> {
        unavailable()
    }

    async fn record_use(&self, _: &[KeyUse]) -> Result<(), KeyStoreError> {
        unavailable()
    }
}
