use crate::record::{
    key_maker::KeyMaker, provider_set::ProviderSet, rate_bucket::RateBucket, rate_limit::RateLimit,
};
use central_logger_client_records::quota::Quota;
use central_logger_keys::{
    ClientId, Fingerprint, HashError, KeyDigest, KeyEnvironment, KeyHash, KeyHasher, KeyId,
    KeyOwner, Networks, Scopes,
};
use serde::Serialize;
use std::{fmt, str::FromStr};
use time::{Duration, OffsetDateTime};

/// What is known about a key, without anything secret. Times are in UTC and whole milliseconds.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyRecord, KeyStatus};
/// use time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let record = issued.record;
/// let later = record.created_at + Duration::days(91);
/// assert_eq!(record.status(later), KeyStatus::Active);
/// assert!(record.is_due(Duration::days(90), later));
/// let expiring = KeyRecord { expires_at: Some(later), ..record };
/// assert_eq!(expiring.status(later), KeyStatus::Expired);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The public id.
    pub id: KeyId,
    /// Whose key it is.
    pub owner: KeyOwner,
    /// The name of the key, for people.
    pub name: Option<String>,
    /// What the key allows.
    pub scopes: Scopes,
    /// The label, `live` or `test`.
    pub environment: KeyEnvironment,
    /// Where the key is accepted from; with none, from anywhere.
    pub allowed_from: Networks,
    /// How often the key may be used; with none, as often as anybody likes.
    pub rate_limit: Option<RateLimit>,
    /// The limits of other keys that each request with this one counts in as well.
    pub shared_rates: Vec<RateBucket>,
    /// How many requests the client may make, with all of its keys.
    pub quota: Quota,
    /// Off when the provider has disabled the key for a while.
    pub is_active: bool,
    /// Whether the key is too easily guessed, and should be rotated soon.
    pub is_weak: bool,
    /// When the key was stored; for a static key, when it was read.
    pub created_at: OffsetDateTime,
    /// When a request last used the key, up to a few seconds late.
    pub last_used_at: Option<OffsetDateTime>,
    /// The network that request came from, such as `192.0.2.0/24`.
    pub last_used_from: Option<String>,
    /// From this time on the key is refused.
    pub expires_at: Option<OffsetDateTime>,
    /// From this time on the key is refused, because it was rotated.
    pub grace_ends_at: Option<OffsetDateTime>,
    /// When the key was revoked, for good.
    pub revoked_at: Option<OffsetDateTime>,
    /// Why it was revoked.
    pub revoked_reason: Option<String>,
    /// The provider's remark.
    pub note: Option<String>,
    /// The key that this one replaces.
    pub predecessor: Option<KeyId>,
    /// The target that this key is being handed over to. While it is pending there, it is accepted but
    /// announced to nobody, and its predecessor has no grace yet.
    pub pending_target: Option<String>,
    /// Who made the key.
    pub made_by: KeyMaker,
    /// What of this the provider has set, so that a client may only tighten it.
    pub provider_set: ProviderSet,
}

/// A key as a store keeps it: the record and what a presented key is compared with.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyStore, StoredKey};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let stored: Option<StoredKey> = store.find(&issued.record.id).await?;
/// let stored = stored.ok_or("it was just issued")?;
/// assert_eq!(stored.record, issued.record);
/// assert_eq!(stored.proof.fingerprint(), issued.api_key.fingerprint());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct StoredKey {
    /// What is known about the key.
    pub record: KeyRecord,
    /// What a presented key is compared with.
    pub proof: KeyProof,
}

/// What a presented key is compared with.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::KeyProof;
/// use central_logger_keys::{ApiKey, KeyHasher, StoreSalt};
///
/// let digest = ApiKey::parse("xyz789_real_key")?.digest();
/// let hash = KeyHasher::new().hash_opaque(&digest, StoreSalt::generate()?)?;
/// assert!(!KeyProof::Opaque { hash }.needs_rehash(&KeyHasher::new())?);
/// assert_eq!(KeyProof::Static { digest }.hash(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyProof {
    /// Of a generated key: found by its id, then compared.
    Generated {
        /// Argon2id with a salt of its own.
        hash: KeyHash,
        /// Compared first, so that a wrong secret costs nothing slow.
        fingerprint: Fingerprint,
    },
    /// Of an opaque key: found by the hash, which is thereby compared.
    Opaque {
        /// Argon2id with the store's salt.
        hash: KeyHash,
    },
    /// Of a static key, whose text stands in the environment anyway.
    Static {
        /// SHA-256 of the key, in memory only.
        digest: KeyDigest,
    },
}

/// Whether a key is good at some time, and if not, why.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::KeyStatus;
///
/// assert_eq!("revoked".parse(), Ok(KeyStatus::Revoked));
/// assert_eq!(KeyStatus::Active.to_string(), "active");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStatus {
    /// Good.
    Active,
    /// Switched off for a while.
    Disabled,
    /// Past its `expires_at`, or rotated and past its grace.
    Expired,
    /// Withdrawn for good.
    Revoked,
}

/// A text that names no status.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyStatus, record::InvalidKeyStatus};
///
/// assert_eq!("asleep".parse::<KeyStatus>(), Err(InvalidKeyStatus));
/// assert_eq!(InvalidKeyStatus.to_string(), "a status is active, disabled, expired or revoked");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a status is active, disabled, expired or revoked")]
pub struct InvalidKeyStatus;

impl KeyRecord {
    /// Returns the client whose key it is, unless it is one of the provider.
    pub fn client(&self) -> Option<&ClientId> {
        self.owner.client()
    }

    /// Takes over from `change` what a change of an existing key may change, and nothing else.
    pub(crate) fn change_to(&mut self, change: &Self) {
        *self = Self {
            name: change.name.clone(),
            note: change.note.clone(),
            allowed_from: change.allowed_from.clone(),
            rate_limit: change.rate_limit,
            shared_rates: change.shared_rates.clone(),
            provider_set: change.provider_set,
            is_active: change.is_active,
            grace_ends_at: change.grace_ends_at,
            pending_target: change.pending_target.clone(),
            revoked_at: change.revoked_at,
            revoked_reason: change.revoked_reason.clone(),
            ..self.clone()
        };
    }

    /// Returns the time from which the key is refused if nothing else happens: its expiry or the end of its
    /// grace, whichever comes first.
    pub fn ends_at(&self) -> Option<OffsetDateTime> {
        match (self.expires_at, self.grace_ends_at) {
            (Some(expiry), Some(grace)) => Some(expiry.min(grace)),
            (expiry, grace) => expiry.or(grace),
        }
    }

    /// Whether it is time to rotate the key: at `now` it is active, has no successor, and is older
    /// than `age` or too easily guessed.
    pub fn is_due(&self, age: Duration, now: OffsetDateTime) -> bool {
        let is_old = now - self.created_at > age;
        (is_old || self.is_weak)
            && self.grace_ends_at.is_none()
            && self.status(now) == KeyStatus::Active
    }

    /// Whether it is being handed over, and not announced yet.
    pub fn is_pending(&self) -> bool {
        self.pending_target.is_some() && self.revoked_at.is_none()
    }

    /// The status at `now`. Where several hold, the most final one counts.
    pub fn status(&self, now: OffsetDateTime) -> KeyStatus {
        if self.revoked_at.is_some() {
            KeyStatus::Revoked
        } else if self.ends_at().is_some_and(|end| end <= now) {
            KeyStatus::Expired
        } else if !self.is_active {
            KeyStatus::Disabled
        } else {
            KeyStatus::Active
        }
    }
}

impl KeyProof {
    /// The Argon2id hash, which static keys have none of.
    pub fn hash(&self) -> Option<&KeyHash> {
        match self {
            Self::Generated { hash, .. } | Self::Opaque { hash } => Some(hash),
            Self::Static { .. } => None,
        }
    }

    /// Puts another hash in the place of its own, and tells whether it has one.
    pub fn set_hash(&mut self, new: KeyHash) -> bool {
        match self {
            Self::Generated { hash, .. } | Self::Opaque { hash } => {
                *hash = new;
                true
            }
            Self::Static { .. } => false,
        }
    }

    /// Whether both verify the same key, as long as that has the same id: a key may be hashed anew.
    pub fn is_of_same_key(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Generated { fingerprint, .. },
                Self::Generated {
                    fingerprint: other, ..
                },
            ) => fingerprint == other,
            // Of a salt that all share, so that only a pepper can make the difference.
            (Self::Opaque { hash }, Self::Opaque { hash: other }) => {
                hash == other || hash.pepper_id() != other.pepper_id()
            }
            _ => self == other,
        }
    }

    /// Whether the hash was made with other costs or another pepper than those of `hasher`.
    ///
    /// # Errors
    /// When the hash is damaged, or was made with a pepper that is not at hand.
    pub fn needs_rehash(&self, hasher: &KeyHasher) -> Result<bool, HashError> {
        match self {
            Self::Generated { hash, .. } => hasher.generated_needs_rehash(hash),
            Self::Opaque { hash } => hasher.opaque_needs_rehash(hash),
            Self::Static { .. } => Ok(false),
        }
    }

    /// The fingerprint, which only generated keys have.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Generated { fingerprint, .. } => Some(*fingerprint),
            Self::Opaque { .. } | Self::Static { .. } => None,
        }
    }
}

impl KeyStatus {
    /// The status as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl FromStr for KeyStatus {
    type Err = InvalidKeyStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Active, Self::Disabled, Self::Expired, Self::Revoked]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(InvalidKeyStatus)
    }
}

impl fmt::Display for KeyStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
