use crate::keyring::{
    Keyring, KeyringError, committed::Committed, import::ExternalKey, tending::PepperNeed,
};
use central_logger_key_store::{
    AuditAction, IssuedKey, KeyProof, KeyRecord, NewKey, ProviderSet, StoredKey, TransitionError,
    draft::Draft,
};
use central_logger_keys::{ApiKey, KeyId, KeyPrefix};
use central_logger_times::Timestamp;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// How a key is to be replaced.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::KeyStatus;
/// use central_logger_keyring::Rotation;
/// use central_logger_keys::KeyPrefix;
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
/// let rotation = Rotation { grace: Duration::ZERO, expires_at: None };
/// let rotated = keyring.rotate(&issued.record.id, &KeyPrefix::default(), rotation).await?;
/// rotated.everywhere().await?;
/// let replaced = rotated.at_commit().replaced;
/// assert_eq!(replaced.status(replaced.created_at), KeyStatus::Revoked);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// How much longer the old key is to work, if it lives that long. Zero revokes it at once.
    pub grace: Duration,
    /// When the successor expires; without this, it lives as long from now as the old key was
    /// meant to live, or until the last [`Timestamp`].
    pub expires_at: Option<Timestamp>,
}

/// A key and its successor.
///
/// # Examples
///
/// ```
/// use central_logger_keyring::Rotation;
/// use central_logger_keys::KeyPrefix;
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
/// let rotation = Rotation { grace: Duration::days(14), expires_at: None };
/// let rotated = keyring.rotate(&issued.record.id, &KeyPrefix::default(), rotation).await?;
/// let rotated = rotated.at_commit();
/// assert_eq!(rotated.issued.record.predecessor, Some(rotated.replaced.id));
/// assert!(rotated.replaced.grace_ends_at.is_some(), "until then both work");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Rotated {
    /// The successor, to be shown once.
    pub issued: IssuedKey,
    /// The old key, as it is now.
    pub replaced: KeyRecord,
}

/// A key that was made: its id, and what verifies it.
pub(crate) type Made<'a> = (&'a KeyId, &'a KeyProof);

impl Keyring {
    /// Makes a successor with the same client, name, scopes, networks, rate, label and note. Of two rotations at the
    /// same moment one wins, and the other is refused.
    ///
    /// # Errors
    /// When the key is not active, was rotated already or is being handed over, the expiry has passed, or
    /// the store or the random generator fails.
    pub async fn rotate(
        &self,
        id: &KeyId,
        prefix: &KeyPrefix,
        rotation: Rotation,
    ) -> Result<Committed<Rotated>, KeyringError> {
        let decide =
            |draft: &mut Draft<'_>, key: &StoredKey, siblings: &[StoredKey], made: Made<'_>| {
                self.succeed(draft, key, siblings, rotation, made)
            };
        self.make_successor(id, prefix, decide).await
    }

    /// Makes a successor as [`rotate`](Self::rotate) does, which is pending at this target, and leaves the
    /// old key as it is.
    ///
    /// # Errors
    /// As `rotate`.
    pub async fn begin_hand_over(
        &self,
        id: &KeyId,
        prefix: &KeyPrefix,
        expires_at: Option<Timestamp>,
        target: &str,
    ) -> Result<Committed<Rotated>, KeyringError> {
        let decide =
            |draft: &mut Draft<'_>, key: &StoredKey, siblings: &[StoredKey], made: Made<'_>| {
                let old = &key.record;
                // Whether it could be rotated; how long its grace will be is of no matter here.
                old.replace(draft.now, Duration::DAY)?;
                let successor = self.successor_of(draft.now, old, siblings, expires_at, made.0)?;
                let record = KeyRecord {
                    pending_target: Some(target.to_owned()),
                    ..successor
                };
                let proof = made.1.clone();
                let record = draft.insert(StoredKey { record, proof }, AuditAction::Issue)?;
                Ok((record, old.clone()))
            };
        self.make_successor(id, prefix, decide).await
    }

    async fn make_successor(
        &self,
        id: &KeyId,
        prefix: &KeyPrefix,
        decide: impl Fn(
            &mut Draft<'_>,
            &StoredKey,
            &[StoredKey],
            Made<'_>,
        ) -> Result<(KeyRecord, KeyRecord), KeyringError>,
    ) -> Result<Committed<Rotated>, KeyringError> {
        let old = self.show(id).await?;
        let api_key = Arc::new(ApiKey::generate(prefix, old.environment)?);
        let (successor_id, proof) = self.prove(ExternalKey::Key(Arc::clone(&api_key))).await?;
        let read = async || self.read_for_rotation(id).await;
        let decide = |draft: &mut Draft<'_>, (key, siblings): &(StoredKey, Vec<StoredKey>)| {
            self.check_version(&key.record)?;
            decide(draft, key, siblings, (&successor_id, &proof))
        };
        let committed = self.attempt(PepperNeed::Needed, read, decide).await?;
        Ok(committed.map(|(record, replaced)| Rotated {
            issued: IssuedKey { record, api_key },
            replaced,
        }))
    }

    /// A key, and the other keys of its owner.
    pub(crate) async fn read_for_rotation(
        &self,
        id: &KeyId,
    ) -> Result<(StoredKey, Vec<StoredKey>), KeyringError> {
        let key = self.select_one(id).await?;
        let siblings = self.siblings_of(&key).await?;
        Ok((key, siblings))
    }

    /// Decides on the successor of a key, and returns it and the old key.
    pub(crate) fn succeed(
        &self,
        draft: &mut Draft<'_>,
        key: &StoredKey,
        siblings: &[StoredKey],
        rotation: Rotation,
        (successor_id, proof): Made<'_>,
    ) -> Result<(KeyRecord, KeyRecord), KeyringError> {
        let old = &key.record;
        let replaced = old.replace(draft.now, rotation.grace)?;
        let expires_at = rotation.expires_at;
        let record = self.successor_of(draft.now, old, siblings, expires_at, successor_id)?;
        let replaced = draft.update(key, replaced, AuditAction::Rotate)?;
        let proof = proof.clone();
        let record = draft.insert(StoredKey { record, proof }, AuditAction::Issue)?;
        Ok((record, replaced))
    }

    /// The successor of a key that none is pending of.
    fn successor_of(
        &self,
        now: OffsetDateTime,
        old: &KeyRecord,
        siblings: &[StoredKey],
        expires_at: Option<Timestamp>,
        id: &KeyId,
    ) -> Result<KeyRecord, KeyringError> {
        check_not_pending(old, siblings)?;
        let is_provider = self.authority.is_provider();
        let end = expires_at.or_else(|| old.successor_expiry(now));
        if end.is_some_and(|end| end.get() <= now) {
            return Err(KeyringError::ExpiryPassed);
        }
        let successor = NewKey {
            environment: old.environment,
            allowed_from: old.allowed_from.clone(),
            rate_limit: old.rate_limit,
            expires_at: end,
            ..NewKey::of(old.owner.clone(), old.scopes.clone())
        };
        let siblings = siblings.iter().map(|key| &key.record);
        Ok(KeyRecord {
            predecessor: Some(old.id.clone()),
            quota: old.quota,
            name: old.name.clone(),
            note: old.note.clone(),
            // Else both together could be used twice as often until the grace ends.
            shared_rates: old.rates_of_successor(!is_provider, siblings, now),
            provider_set: ProviderSet {
                expiry: old.provider_set.expiry || expires_at.is_some(),
                inactive: false,
                ..old.provider_set
            },
            ..successor.into_record(id.clone(), now)
        })
    }

    /// Ends the grace of a rotated key now, by revoking it.
    ///
    /// # Errors
    /// When the key was not rotated or does not work any more, or the store fails.
    pub async fn finish_rotation(&self, id: &KeyId) -> Result<Committed<KeyRecord>, KeyringError> {
        let need = PepperNeed::Spared;
        self.end_differently(need, id, AuditAction::Revoke, KeyRecord::finish_grace)
            .await
    }

    /// Prolongs the grace of a rotated key, though never beyond its own expiry.
    ///
    /// # Errors
    /// When the key was not rotated or does not work any more, or the store fails.
    pub async fn extend_rotation(
        &self,
        id: &KeyId,
        by: Duration,
    ) -> Result<Committed<KeyRecord>, KeyringError> {
        let need = PepperNeed::Needed;
        self.end_differently(need, id, AuditAction::Extend, |old, now| {
            old.extend_grace(now, by)
        })
        .await
    }

    async fn end_differently(
        &self,
        need: PepperNeed,
        id: &KeyId,
        action: AuditAction,
        decide: impl Fn(&KeyRecord, OffsetDateTime) -> Result<KeyRecord, TransitionError>,
    ) -> Result<Committed<KeyRecord>, KeyringError> {
        self.change_one(need, id, |draft, key| {
            let after = decide(&key.record, draft.now)?;
            Ok(draft.update(key, after, action)?)
        })
        .await
    }
}

/// Two successors would be too many.
fn check_not_pending(old: &KeyRecord, siblings: &[StoredKey]) -> Result<(), TransitionError> {
    let mut siblings = siblings.iter().map(|key| &key.record);
    let pending =
        siblings.find(|key| key.predecessor.as_ref() == Some(&old.id) && key.is_pending());
    match pending {
        None => Ok(()),
        Some(successor) => Err(TransitionError::BeingHandedOver {
            key: old.id.clone(),
            successor: successor.id.clone(),
        }),
    }
}
