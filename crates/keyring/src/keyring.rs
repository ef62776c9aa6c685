//! Deciding on changes of keys, and making them.
//!
//! The methods of [`Keyring`] stand by subject: here those that make and withdraw keys, in
//! `rotation` what replaces one by another, in `hand_over` what brings a successor to where programs read it, in `import` what takes keys in that were made elsewhere, in `making` what stores
//! a new key, in `repeats` what makes no change twice for the same request, in `retention` how long logs are kept, in `reveal_links` what makes a key when a client asks for it, in `audit` the check of the trail, in `workflows` the entries about what clients expect, in `tending` what keeps the store
//! up to date, and in `change` how any of them reads, decides and commits.

mod audit;
pub(crate) mod change;
pub(crate) mod clients;
pub(crate) mod committed;
mod error;
mod hand_over;
pub(crate) mod import;
mod making;
mod repeats;
mod retention;
pub(crate) mod reveal_links;
pub(crate) mod rotation;
mod sessions;
pub(crate) mod tending;
mod update;
mod workflows;

pub use error::KeyringError;

use crate::keyring::{
    change::KeySelection, committed::Committed, import::ExternalKey, tending::PepperNeed,
};
use central_logger_client_records::{ETag, quota::Quota};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, AuditAction, Head, IssuedKey, KeyAdmin, KeyList, KeyRecord, KeyStatus, NamedRequest,
    NewKey, Owners, StoredKey, TransitionError,
    authority::{Authority, ProviderAuthority},
    draft::Draft,
};
use central_logger_keys::{ApiKey, ClientId, KeyId, KeyPrefix};
use central_logger_text::PlainText;
use central_logger_times::Clock;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// The life of keys: what the server and the command line do with them, over any store.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{Actor, KeyStatus, MemoryKeys, NewKey, Owners};
/// use central_logger_keyring::{KeySelection, Keyring};
/// use central_logger_hash_pool::HashPool;
/// use central_logger_keys::{KeyHasher, KeyPrefix};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let hashes = HashPool::new(KeyHasher::new());
/// let store = Arc::new(MemoryKeys::new());
/// let keyring = Keyring::new(store, hashes, Arc::new(SystemClock), Actor::new("me"));
/// let new = NewKey::for_client("acme_corp".parse()?);
/// let issued = keyring.issue(&KeyPrefix::default(), new).await?;
///
/// let one = KeySelection::Id(issued.record.id.clone());
/// let revoked = keyring.revoke(&one, Some(&"leaked".parse()?)).await?;
/// revoked.everywhere().await?; // no server accepts it any more
/// assert_eq!(keyring.list(Owners::Clients, Some(KeyStatus::Revoked)).await?.records.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Keyring {
    pub(crate) store: Arc<dyn KeyAdmin>,
    pub(crate) hashes: HashPool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) actor: Actor,
    pub(crate) authority: Arc<dyn Authority>,
    /// The versions of which a key that is changed must have one.
    pub(crate) if_match: Option<Vec<ETag>>,
    /// The request that changes are made for, if its sender has named it.
    pub(crate) request: Option<NamedRequest>,
    /// The end of the trail with the last change that was made here.
    pub(crate) noted: Arc<Mutex<Option<Head>>>,
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
            authority: Arc::new(ProviderAuthority::default()),
            if_match: None,
            request: None,
            noted: Arc::default(),
        }
    }

    /// Makes changes on behalf of `authority`, instead of that of the provider on a host.
    #[must_use]
    pub fn with_authority(mut self, authority: Arc<dyn Authority>) -> Self {
        self.authority = authority;
        self
    }

    /// Makes changes in the name of another actor.
    #[must_use]
    pub fn in_the_name_of(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// Changes a single key or client only if it has one of these versions ([`KeyRecord::etag`],
    /// [`ClientState::etag`](central_logger_client_records::ClientState::etag)), when the change is made.
    #[must_use]
    pub fn if_match(mut self, versions: Vec<ETag>) -> Self {
        self.if_match = Some(versions);
        self
    }

    /// Changes keys and clients in whatever version they are, where that was looked at before.
    #[must_use]
    pub fn in_any_version(mut self) -> Self {
        self.if_match = None;
        self
    }

    /// What hashes keys.
    pub fn hashes(&self) -> &HashPool {
        &self.hashes
    }

    /// The end of the audit trail with the last change that was made by this keyring, if it made one:
    /// what to note, so that it can be told later whether the trail was set back.
    pub fn noted(&self) -> Option<Head> {
        *self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a key and stores what verifies it.
    ///
    /// # Errors
    /// When the expiry has passed, or the store or the random generator fails.
    pub async fn issue(&self, prefix: &KeyPrefix, new: NewKey) -> Result<IssuedKey, KeyringError> {
        let api_key = Arc::new(ApiKey::generate(prefix, new.environment)?);
        let record = self
            .insert(
                ExternalKey::Key(Arc::clone(&api_key)),
                new,
                AuditAction::Issue,
            )
            .await?;
        Ok(IssuedKey { record, api_key })
    }

    /// Revokes keys for good, all in one step, and gives the ids of those that were not revoked
    /// before. A key whose row cannot be read is revoked like the others.
    ///
    /// # Errors
    /// When nothing of that name exists, or the store fails.
    pub async fn revoke(
        &self,
        selection: &KeySelection,
        reason: Option<&PlainText>,
    ) -> Result<Committed<Vec<KeyId>>, KeyringError> {
        let revoke = |draft: &mut Draft<'_>, keys: &KeyList<StoredKey>| {
            let mut revoked = Vec::new();
            let reason = reason.map(PlainText::as_str);
            for key in &keys.records {
                if selection.named() == Some(&key.record.id) {
                    self.check_version(&key.record)?;
                }
                if let Some(after) = key.record.revoke(draft.now, reason) {
                    revoked.push(after.id.clone());
                    draft.update(key, after, AuditAction::Revoke)?;
                }
            }
            for key in keys.unreadable.iter().filter(|key| !key.is_revoked) {
                revoked.extend(key.key_id());
                draft.withdraw(key, reason)?;
            }
            Ok(revoked)
        };
        let select = || self.select(selection);
        self.attempt(PepperNeed::Spared, select, revoke).await
    }

    /// Switches a key off until it is [enabled](Self::enable), and tells whether it was on.
    ///
    /// # Errors
    /// When there is no such key, it is revoked, or the store fails.
    pub async fn disable(&self, id: &KeyId) -> Result<Committed<bool>, KeyringError> {
        let need = PepperNeed::Spared;
        self.switch(need, id, AuditAction::Disable, KeyRecord::disable)
            .await
    }

    /// Switches a key on again, and tells whether it was off.
    ///
    /// # Errors
    /// When there is no such key, it is revoked, or the store fails.
    pub async fn enable(&self, id: &KeyId) -> Result<Committed<bool>, KeyringError> {
        let need = PepperNeed::Needed;
        self.switch(need, id, AuditAction::Enable, KeyRecord::enable)
            .await
    }

    /// Gives a client another quota, decided upon from the present one, and tells it. It may have no keys yet.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_quota(
        &self,
        client: &ClientId,
        decide: impl Fn(Quota) -> Quota,
    ) -> Result<Committed<Quota>, KeyringError> {
        let read = async || {
            let keys = self.store.stored(Owners::Client(client)).await?.records;
            Ok((keys, self.store.clients(Some(client)).await?.quota(client)))
        };
        let set = |draft: &mut Draft<'_>, (keys, before): &(Vec<StoredKey>, Quota)| {
            let after = decide(*before);
            if after != *before {
                draft.set_quota(client, keys, *before, after);
            }
            Ok(after)
        };
        self.attempt(PepperNeed::Needed, read, set).await
    }

    async fn switch(
        &self,
        need: PepperNeed,
        id: &KeyId,
        action: AuditAction,
        to: fn(&KeyRecord) -> Result<Option<KeyRecord>, TransitionError>,
    ) -> Result<Committed<bool>, KeyringError> {
        self.change_one(need, id, |draft, key| {
            let switched = to(&key.record)?;
            let is_changed = switched.is_some();
            // Even where it is so already, it may be another who wants it so.
            let after = switched.unwrap_or_else(|| key.record.clone());
            draft.update(key, after, action)?;
            Ok(is_changed)
        })
        .await
    }

    /// The keys of some owners, of one status or of any, oldest first, and the rows that cannot
    /// be read, whose status nobody knows.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(
        &self,
        owners: Owners<'_>,
        status: Option<KeyStatus>,
    ) -> Result<KeyList, KeyringError> {
        let now = self.clock.now();
        let mut keys = self.store.list(owners).await?;
        keys.records
            .retain(|record| status.is_none_or(|status| record.status(now) == status));
        Ok(keys)
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
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").finish_non_exhaustive()
    }
}
