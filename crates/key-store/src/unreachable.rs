use crate::{
    audit::{
        entry::{AuditEntry, Head},
        state::StoreState,
    },
    change::KeyChange,
    error::KeyStoreError,
    feed::{
        changes::{Changes, KeyFeed, Reached},
        lease::{Lease, LeaseBehind, LeaseHolder, LiveLease, StoreTime},
    },
    receipt::Receipt,
    record::{key_list::KeyList, key_record::StoredKey, owners::Owners},
    reveal_link::{RevealLink, RevealLinkStore, Seen},
    store::{AuditTrail, KeyAdmin, KeyStore, LeaseStore, ReceiptStore},
};
use async_trait::async_trait;
use central_logger_client_records::{ClientBook, settings::ClientSettings};
use central_logger_keys::{ClientId, KeyDigest, KeyHash, KeyId, PepperId, StoreSalt};
use time::OffsetDateTime;

/// A store that never answers, for tests of what stands on one.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyStore, KeyStoreError, Owners, UnreachableKeys};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let outage = UnreachableKeys.list(Owners::All).await;
/// assert!(matches!(outage, Err(KeyStoreError::Unavailable(_))));
/// # Ok(())
/// # }
/// ```
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

    async fn has_opaque_beyond(&self, _: &[PepperId]) -> Result<bool, KeyStoreError> {
        unavailable()
    }

    async fn find_by_digest(&self, _: &KeyDigest) -> Result<Option<StoredKey>, KeyStoreError> {
        unavailable()
    }

    async fn list(&self, _: Owners<'_>) -> Result<KeyList, KeyStoreError> {
        unavailable()
    }

    async fn ready(&self) -> Result<(), KeyStoreError> {
        unavailable()
    }
}

#[async_trait]
impl AuditTrail for UnreachableKeys {
    async fn state(&self) -> Result<StoreState, KeyStoreError> {
        unavailable()
    }

    async fn audit(&self, _: u64, _: usize) -> Result<Vec<AuditEntry>, KeyStoreError> {
        unavailable()
    }

    async fn audit_of(
        &self,
        _: &ClientId,
        _: u64,
        _: usize,
    ) -> Result<Vec<AuditEntry>, KeyStoreError> {
        unavailable()
    }

    async fn last_entry(&self, _: &KeyId) -> Result<Option<AuditEntry>, KeyStoreError> {
        unavailable()
    }
}

#[async_trait]
impl LeaseStore for UnreachableKeys {
    async fn leases_behind(&self, _: &Head) -> Result<Vec<LeaseBehind>, KeyStoreError> {
        unavailable()
    }

    async fn remove_lease(&self, _: &LeaseBehind) -> Result<(), KeyStoreError> {
        unavailable()
    }

    async fn live_leases(&self) -> Result<Vec<LiveLease>, KeyStoreError> {
        unavailable()
    }
}

#[async_trait]
impl ReceiptStore for UnreachableKeys {
    async fn receipt(&self, _: &str) -> Result<Option<Receipt>, KeyStoreError> {
        unavailable()
    }

    async fn delete_receipts(&self, _: OffsetDateTime) -> Result<usize, KeyStoreError> {
        unavailable()
    }
}

#[async_trait]
impl RevealLinkStore for UnreachableKeys {
    async fn find_reveal_link(&self, _: &[u8; 32]) -> Result<Option<RevealLink>, KeyStoreError> {
        unavailable()
    }

    async fn reveal_link(&self, _: &KeyId) -> Result<Option<RevealLink>, KeyStoreError> {
        unavailable()
    }

    async fn reveal_links(
        &self,
        _: Option<&ClientId>,
        _: usize,
    ) -> Result<Vec<RevealLink>, KeyStoreError> {
        unavailable()
    }

    async fn open_reveal_links(
        &self,
        _: &ClientId,
        _: OffsetDateTime,
    ) -> Result<Vec<KeyId>, KeyStoreError> {
        unavailable()
    }

    async fn note_opened(&self, _: &KeyId, _: &Seen) -> Result<(), KeyStoreError> {
        unavailable()
    }

    async fn count_try(&self, _: &KeyId, _: OffsetDateTime) -> Result<Option<u64>, KeyStoreError> {
        unavailable()
    }

    async fn purge_reveal_links(&self, _: OffsetDateTime) -> Result<(), KeyStoreError> {
        unavailable()
    }
}

#[async_trait]
impl KeyAdmin for UnreachableKeys {
    async fn settle_opaque_salt(&self, _: StoreSalt) -> Result<StoreSalt, KeyStoreError> {
        unavailable()
    }

    async fn stored(&self, _: Owners<'_>) -> Result<KeyList<StoredKey>, KeyStoreError> {
        unavailable()
    }

    async fn retention(&self) -> Result<ClientSettings, KeyStoreError> {
        unavailable()
    }

    async fn clients(&self, _: Option<&ClientId>) -> Result<ClientBook, KeyStoreError> {
        unavailable()
    }

    async fn commit(&self, _: &KeyChange) -> Result<(), KeyStoreError> {
        unavailable()
    }
}

#[async_trait]
impl KeyFeed for UnreachableKeys {
    async fn changes(&self, _: Option<&Reached>) -> Result<Changes, KeyStoreError> {
        unavailable()
    }

    async fn hold_lease(&self, _: &Lease) -> Result<StoreTime, KeyStoreError> {
        unavailable()
    }

    async fn end_lease(&self, _: &LeaseHolder) -> Result<(), KeyStoreError> {
        unavailable()
    }

    async fn announced(&self) {
        std::future::pending().await
    }
}
