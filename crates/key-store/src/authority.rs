//! Who may make which change of a key.

use crate::{
    audit::action::AuditAction,
    error::KeyStoreError,
    record::{
        key_list::UnreadableKey, key_maker::KeyMaker, key_record::KeyRecord,
        provider_set::ProviderSet,
    },
};
use async_trait::async_trait;
use central_logger_client_records::ClientPolicy;
use central_logger_keys::KeyOwner;
use std::fmt;
use time::OffsetDateTime;

/// On whose behalf a `Keyring` changes keys: it reviews every change of a record before it
/// is committed, and again if others changed keys in between.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditAction, KeyRecord, authority::{Authority, Denied, Review}, record::UnreadableKey};
/// use central_logger_keyring::Keyring;
/// use std::sync::Arc;
///
/// /// It takes access away, and does nothing else.
/// #[derive(Debug)]
/// struct Guard;
///
/// impl Authority for Guard {
///     fn is_provider(&self) -> bool {
///         true
///     }
///
///     fn review(&self, review: &Review<'_>) -> Result<KeyRecord, Denied> {
///         match review.action {
///             AuditAction::Revoke => Ok(review.after.clone()),
///             _ => Err(Denied::new("only_revokes", "This may only revoke keys")),
///         }
///     }
///
///     fn review_unreadable(&self, _: &UnreadableKey) -> Result<(), Denied> {
///         Ok(())
///     }
/// }
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
/// let guarded: Keyring = keyring.with_authority(Arc::new(Guard));
/// let denied = guarded.disable(&issued.record.id).await.unwrap_err();
/// assert_eq!(denied.to_string(), "This may only revoke keys");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Authority: fmt::Debug + Send + Sync {
    /// Returns the record as it is to be stored: the one of the review, or one that allows less.
    ///
    /// Reviewed are the members that a change may change; of a new key, all but its id, its hash and its
    /// owner.
    ///
    /// # Errors
    /// When the change must not be made.
    fn review(&self, review: &Review<'_>) -> Result<KeyRecord, Denied>;

    /// Reviews the withdrawal of a key whose row cannot be read.
    ///
    /// # Errors
    /// When it must not be made.
    fn review_unreadable(&self, key: &UnreadableKey) -> Result<(), Denied>;

    /// Whether it is the provider's. The successor of a key that somebody else rotates counts in the limit
    /// of the old key, too.
    fn is_provider(&self) -> bool;

    /// Returns whose keys and policy a review needs to see, in [`Scene`].
    fn needs_keys_of(&self) -> Option<&KeyOwner> {
        None
    }

    /// Returns whether who asks has ended where no key tells it, as a session does; a review sees it in [`Scene`].
    ///
    /// It is asked whenever a change is decided, after the state of the store was read. Whoever ends a session
    /// takes that down in the audit trail afterwards, so that a change that was decided before is decided again.
    ///
    /// # Errors
    /// When that cannot be told.
    async fn has_ended(&self, _now: OffsetDateTime) -> Result<bool, KeyStoreError> {
        Ok(false)
    }
}

/// A change of a key, to be reviewed.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditAction, authority::Review};
///
/// fn is_of_a_new_key(review: &Review<'_>) -> bool {
///     review.before.is_none()
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Review<'a> {
    /// What is done.
    pub action: AuditAction,
    /// The key as it is; nothing for a new one.
    pub before: Option<&'a KeyRecord>,
    /// The key as it is to be.
    pub after: &'a KeyRecord,
    /// What the change is decided upon.
    pub scene: Scene<'a>,
}

/// What a change is decided upon, all of the same state of the store.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyStatus, authority::Scene};
///
/// fn active_keys(scene: &Scene<'_>) -> usize {
///     let statuses = scene.keys.iter().map(|key| key.status(scene.now));
///     statuses.filter(|status| *status == KeyStatus::Active).count()
/// }
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Scene<'a> {
    /// The time of the change.
    pub now: OffsetDateTime,
    /// The keys that the authority [needs](Authority::needs_keys_of).
    pub keys: &'a [KeyRecord],
    /// The policy of the client whose keys these are.
    pub policy: ClientPolicy,
    /// Whether who asks [has ended](Authority::has_ended) since the request was let in.
    pub has_caller_ended: bool,
}

/// Why a change was not made.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::authority::Denied;
///
/// let denied = Denied::new("max_keys", "This client may have 5 keys");
/// assert_eq!((denied.code, denied.to_string().as_str()), ("max_keys", "This client may have 5 keys"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Denied {
    /// What it was, for programs.
    pub code: &'static str,
    /// What it was, for people.
    pub message: String,
}

/// The authority of the provider: it allows everything, and takes down what the provider has set.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyMaker, NewKey, authority::ProviderAuthority};
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// let maker = KeyMaker::Key("4fzyo82mvyi1".parse()?);
/// let keyring = keyring.with_authority(Arc::new(ProviderAuthority { maker: maker.clone() }));
/// let new = NewKey { rate_limit: Some("5/m".parse()?), ..NewKey::for_client("acme_corp".parse()?) };
/// let issued = keyring.issue(&Default::default(), new).await?;
/// assert_eq!(issued.record.made_by, maker);
/// assert!(issued.record.provider_set.rate, "a client may only tighten it");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderAuthority {
    /// Who makes the keys that are made.
    pub maker: KeyMaker,
}

impl Denied {
    /// A change was not made.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

impl Authority for ProviderAuthority {
    fn review(&self, review: &Review<'_>) -> Result<KeyRecord, Denied> {
        let after = review.after;
        let Some(before) = review.before else {
            return Ok(KeyRecord {
                made_by: self.maker.clone(),
                ..after.clone()
            });
        };
        let set = after.provider_set;
        let provider_set = match review.action {
            AuditAction::Update => ProviderSet {
                networks: match before.allowed_from == after.allowed_from {
                    true => set.networks,
                    false => !after.allowed_from.is_empty(),
                },
                rate: match before.rate_limit == after.rate_limit {
                    true => set.rate,
                    false => after.rate_limit.is_some(),
                },
                ..set
            },
            AuditAction::Disable | AuditAction::Enable => ProviderSet {
                inactive: !after.is_active,
                ..set
            },
            _ => set,
        };
        Ok(KeyRecord {
            provider_set,
            ..after.clone()
        })
    }

    fn review_unreadable(&self, _key: &UnreadableKey) -> Result<(), Denied> {
        Ok(())
    }

    fn is_provider(&self) -> bool {
        true
    }
}
