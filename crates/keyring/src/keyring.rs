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

use crate::keyring::{
    change::KeySelection,
    committed::Committed,
    import::ExternalKey,
    tending::{PepperNeed, WrongPepper},
};
use central_logger_client_records::{ETag, quota::Quota};
use central_logger_hash_pool::{HashPool, HashPoolError};
use central_logger_key_store::{
    Actor, AuditAction, Head, IssuedKey, KeyAdmin, KeyList, KeyRecord, KeyStatus, KeyStoreError,
    NamedRequest, NewKey, Owners, RateBucket, Receipt, StoredKey, TransitionError,
    authority::{Authority, Denied, ProviderAuthority},
    draft::{Draft, InsertError},
};
use central_logger_keys::{
    ApiKey, ClientId, KeyId, KeyOwner, KeyPrefix, MisplacedScope, RandomnessError,
};
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

/// Why the keyring did not do what it was asked.
///
/// # Examples
///
/// ```
/// use central_logger_keys::KeyId;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// let unknown: KeyId = "4fzyo82mvyi1".parse()?;
/// let error = keyring.show(&unknown).await.unwrap_err();
/// assert_eq!(error.to_string(), "there is no key with the id 4fzyo82mvyi1");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// There is no key of that id.
    #[error("there is no key with the id {0}")]
    UnknownKey(KeyId),
    /// There is no key of that client.
    #[error("the client {0} has no keys")]
    NoKeys(ClientId),
    /// Nothing is known of that client.
    #[error("there is no client {0}")]
    UnknownClient(ClientId),
    /// The client is not in the version that was asked for any more.
    #[error("the client {0} has changed since it was looked at: look at it again")]
    ClientChanged(ClientId),
    /// The change was made for the same request before. The receipt names the keys.
    #[error("this was done before, when the same request was first sent")]
    AlreadyDone(Box<Receipt>),
    /// A change was made for another request of that name.
    #[error("another request was sent under this name in the last 24 hours")]
    OtherRequest,
    /// There is no reveal link of that id.
    #[error("there is no reveal link {0}: `reveal-links list` lists them")]
    UnknownLink(KeyId),
    /// The reveal link was used, was withdrawn, or has expired.
    #[error("the reveal link {0} was used, was withdrawn or has expired")]
    LinkGone(KeyId),
    /// The key of the reveal link exists already.
    #[error("the reveal link {link} was used: `revoke {key}` revokes the key that it made")]
    LinkUsed {
        /// The link.
        link: KeyId,
        /// The key that was revealed.
        key: KeyId,
    },
    /// The expiry lies in the past.
    #[error("the expiry is not in the future")]
    ExpiryPassed,
    /// The key has the form of a generated one, but its checksum does not fit.
    #[error("the key has a typo: its checksum does not fit")]
    Mistyped,
    /// The key is too easily guessed.
    #[error("the key is too easily guessed: it has fewer than 16 characters, or is a common one")]
    Weak,
    /// The key is stored for another owner.
    #[error("this key already belongs to {owner}, as {id}")]
    BelongsToOther {
        /// Under which id.
        id: KeyId,
        /// For whom.
        owner: KeyOwner,
    },
    /// The owner of the key cannot have one of the scopes.
    #[error(transparent)]
    Scope(#[from] MisplacedScope),
    /// A key of the provider has another form than those made by `generate`.
    #[error("a key of the provider needs the form of a generated key: make it with `generate`")]
    OpaqueProviderKey,
    /// The caller may not make this change.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The key is not in the version that was asked for any more.
    #[error("the key {0} has changed since it was looked at: look at it again")]
    Changed(KeyId),
    /// More keys were named than are changed in one step.
    #[error("at most {} keys can be named at a time", KeySelection::MOST)]
    TooManyKeys,
    /// Too many keys have made one another.
    #[error(
        "the key would share the limits of more than {} others",
        RateBucket::MOST
    )]
    TooManyMakers,
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
    /// What would be stored could not be verified or vouched for by the servers.
    #[error(transparent)]
    WrongPepper(#[from] WrongPepper),
    /// No random bytes were to be had.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

impl From<InsertError> for KeyringError {
    fn from(error: InsertError) -> Self {
        match error {
            InsertError::Denied(error) => Self::Denied(error),
            InsertError::Scope(error) => Self::Scope(error),
            InsertError::TooManyMakers => Self::TooManyMakers,
        }
    }
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
