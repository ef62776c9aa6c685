//! What a change of keys consists of.

use crate::{
    audit::{
        entry::{AuditEntry, Head},
        state::EndSeal,
    },
    error::KeyStoreError,
    receipt::Receipt,
    record::key_record::{KeyRecord, StoredKey},
    reveal_link::LinkChange,
};
use central_logger_client_records::{ClientChange, quota::ClientQuota, settings::SettingChange};
use central_logger_keys::{KeyHash, KeyId, PepperId};
use central_logger_times::Timestamp;
use time::OffsetDateTime;

/// A change of keys, to be made whole or not at all. `Keyring` makes them.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{Head, KeyAdmin, KeyStoreError, MemoryKeys, change::KeyChange};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryKeys::new();
/// let elsewhere = Head { sequence: 7, seal: None };
/// let change = KeyChange { base: elsewhere, ..KeyChange::default() };
/// let refused = store.commit(&change).await;
/// assert!(matches!(refused, Err(KeyStoreError::Stale)), "it was decided upon another state");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct KeyChange {
    /// The state of the store that it was decided upon.
    pub base: Head,
    /// New keys.
    pub inserts: Vec<StoredKey>,
    /// Keys that exist, of which `is_active`, `grace_ends_at`, `revoked_at` and `revoked_reason` are
    /// to be as given here.
    pub updates: Vec<KeyRecord>,
    /// Keys that exist and get another hash.
    pub rehashes: Vec<Rehash>,
    /// Keys whose rows cannot be read, to be withdrawn all the same.
    pub withdrawals: Vec<Withdrawal>,
    /// The quota that a client is to have instead of its present one.
    pub quota: Option<ClientQuota>,
    /// How long logs are to be kept instead.
    pub retention: Option<SettingChange>,
    /// What is to be recorded of a client from now on, or of all.
    pub client: Option<ClientChange>,
    /// What becomes of reveal links.
    pub links: Option<LinkChange>,
    /// What is to be remembered of the request for this change. While one of the same id is remembered,
    /// the change is [`KeyStoreError::Stale`].
    pub receipt: Option<Receipt>,
    /// The pepper that keys are hashed with from now on, if any.
    pub pepper: Option<PepperId>,
    /// The seal of the end of the trail that is to be kept instead of the present one.
    pub end: Option<EndSeal>,
    /// Whether the trail has a word on every key from now on.
    pub is_taken_up: bool,
    /// Whether it is acknowledged that the store was set back: the time of that is kept.
    pub accepts_restore: bool,
    /// What the audit trail gains: an entry for each key above, for each key of the client with that
    /// quota, for what is kept, and for what is recorded.
    pub audit: Vec<AuditEntry>,
}

/// Another hash of the same key.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::change::{KeyChange, Rehash};
/// use central_logger_keys::{ApiKey, KeyEnvironment, KeyHasher, KeyPrefix};
///
/// let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live)?;
/// let id = key.key_id().ok_or("generated keys have one")?.clone();
/// let rehash = Rehash { id, new: KeyHasher::new().hash_generated(&key)? };
/// let change = KeyChange { rehashes: vec![rehash], ..KeyChange::default() };
/// assert!(change.inserts.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehash {
    /// Of which key.
    pub id: KeyId,
    /// Its hash from now on.
    pub new: KeyHash,
}

/// A key whose row cannot be read, to be withdrawn.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::change::Withdrawal;
/// use central_logger_times::{Clock, SystemClock};
///
/// let reason = Some("cannot be read".to_owned());
/// let withdrawal = Withdrawal { id: "4fzyo82mvyi1".to_owned(), at: SystemClock.now(), reason };
/// assert_eq!(withdrawal.id.len(), 12);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Its id, as it is stored.
    pub id: String,
    /// What `revoked_at` is to be.
    pub at: OffsetDateTime,
    /// What `revoked_reason` is to be.
    pub reason: Option<String>,
}

impl KeyChange {
    /// Refuses times that could not be stored or shown everywhere: see [`Timestamp`].
    ///
    /// # Errors
    /// When there is one.
    pub fn check_times(&self) -> Result<(), KeyStoreError> {
        let records = self.inserts.iter().map(|key| &key.record);
        let of_keys = records.chain(&self.updates).flat_map(|record| {
            [
                Some(record.created_at),
                record.last_used_at,
                record.expires_at,
                record.grace_ends_at,
                record.revoked_at,
            ]
        });
        let of_withdrawals = self.withdrawals.iter().map(|key| Some(key.at));
        let of_entries = self.audit.iter().map(|entry| Some(entry.at));
        let of_client = match &self.client {
            Some(ClientChange::Put(record)) => Some(record.created_at),
            _ => None,
        };
        let of_keys = of_keys.chain(of_withdrawals);
        for time in of_keys.chain(of_entries).flatten().chain(of_client) {
            Timestamp::try_from(time).map_err(|error| KeyStoreError::Failed(Box::new(error)))?;
        }
        Ok(())
    }

    /// The state of the store once the change is made.
    pub fn head(&self) -> Head {
        self.audit.last().map_or(self.base, AuditEntry::head)
    }
}
