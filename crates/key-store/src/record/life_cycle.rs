//! Which states follow on which. No store and no clock: what is decided here is the same for all.

use crate::record::key_record::{KeyRecord, KeyStatus};
use central_logger_keys::KeyId;
use central_logger_times::Timestamp;
use time::{Duration, OffsetDateTime};

/// Why a key cannot be brought into another state.
///
/// # Examples
///
/// ```
/// use central_logger_keyring::KeySelection;
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
/// let id = issued.record.id;
/// keyring.revoke(&KeySelection::Id(id.clone()), None).await?.at_commit();
/// let error = keyring.enable(&id).await.unwrap_err();
/// assert_eq!(error.to_string(), format!("the key {id} is revoked, for good: issue another"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransitionError {
    /// Nothing brings a revoked key back.
    #[error("the key {0} is revoked, for good: issue another")]
    Revoked(KeyId),
    /// It has no life left to go on with.
    #[error("the key {0} has expired: issue another")]
    Expired(KeyId),
    /// A successor would work where this key does not.
    #[error("the key {0} is disabled: enable it first")]
    Disabled(KeyId),
    /// It has a successor.
    #[error("the key {0} was rotated already")]
    Rotated(KeyId),
    /// Its successor is being handed over.
    #[error(
        "the key {key} is being rotated, and its successor {successor} handed over: \
         `rotate {key} --deliver` goes on with it, `revoke {successor}` gives it up"
    )]
    BeingHandedOver {
        /// The key.
        key: KeyId,
        /// The successor.
        successor: KeyId,
    },
    /// It is not on its way to anybody.
    #[error("the key {0} is not being handed over")]
    NotPending(KeyId),
    /// There is no grace to end or to prolong.
    #[error("the key {0} was not rotated, so it has no grace to end or to prolong")]
    NotRotated(KeyId),
    /// The time is no [`Timestamp`].
    #[error("the time is too far in the future: it must not lie after the year 9999")]
    TooFar,
}

/// Why a key is revoked by a rotation.
const ROTATED: &str = "rotated";

impl KeyRecord {
    /// Switched off. Nothing when it is so already.
    ///
    /// # Errors
    /// When it is revoked.
    pub fn disable(&self) -> Result<Option<Self>, TransitionError> {
        self.switch(false)
    }

    /// Switched on. Nothing when it is so already.
    ///
    /// # Errors
    /// When it is revoked.
    pub fn enable(&self) -> Result<Option<Self>, TransitionError> {
        self.switch(true)
    }

    fn switch(&self, is_active: bool) -> Result<Option<Self>, TransitionError> {
        if self.revoked_at.is_some() {
            return Err(TransitionError::Revoked(self.id.clone()));
        }
        Ok((self.is_active != is_active).then(|| Self {
            is_active,
            ..self.clone()
        }))
    }

    /// Withdrawn at `now`. Nothing when it is so already: the first time and reason stay.
    pub fn revoke(&self, now: OffsetDateTime, reason: Option<&str>) -> Option<Self> {
        self.revoked_at.is_none().then(|| Self {
            pending_target: None,
            revoked_at: Some(now),
            revoked_reason: reason.map(str::to_owned),
            ..self.clone()
        })
    }

    /// Replaced at `now`, and good for `grace` longer, though never longer than it would have been.
    ///
    /// # Errors
    /// When it was replaced before, does not work any more, or the grace ends too late.
    pub fn replace(&self, now: OffsetDateTime, grace: Duration) -> Result<Self, TransitionError> {
        let id = || self.id.clone();
        match self.status(now) {
            KeyStatus::Revoked => return Err(TransitionError::Revoked(id())),
            _ if self.grace_ends_at.is_some() => return Err(TransitionError::Rotated(id())),
            KeyStatus::Expired => return Err(TransitionError::Expired(id())),
            KeyStatus::Disabled => return Err(TransitionError::Disabled(id())),
            KeyStatus::Active => {}
        }
        let replaced = Self {
            grace_ends_at: Some(later(now, grace)?),
            ..self.clone()
        };
        match grace.is_positive() {
            true => Ok(replaced),
            false => Ok(replaced.revoke(now, Some(ROTATED)).unwrap_or(replaced)),
        }
    }

    /// Handed over.
    ///
    /// # Errors
    /// When it is not pending.
    pub fn settle(&self) -> Result<Self, TransitionError> {
        match self.is_pending() {
            true => Ok(Self {
                pending_target: None,
                ..self.clone()
            }),
            false => Err(TransitionError::NotPending(self.id.clone())),
        }
    }

    /// Its grace ended at `now`.
    ///
    /// # Errors
    /// When it was not rotated, or does not work any more.
    pub fn finish_grace(&self, now: OffsetDateTime) -> Result<Self, TransitionError> {
        self.need_grace(now)?;
        let finished = self.revoke(now, Some(ROTATED));
        finished.ok_or_else(|| TransitionError::Revoked(self.id.clone()))
    }

    /// Its grace prolonged.
    ///
    /// # Errors
    /// When it was not rotated, does not work any more, or the grace ends too late.
    pub fn extend_grace(&self, now: OffsetDateTime, by: Duration) -> Result<Self, TransitionError> {
        let ends_at = self.need_grace(now)?;
        Ok(Self {
            grace_ends_at: Some(later(ends_at, by)?),
            ..self.clone()
        })
    }

    /// The end of a grace that is not over.
    fn need_grace(&self, now: OffsetDateTime) -> Result<OffsetDateTime, TransitionError> {
        let id = self.id.clone();
        match (self.status(now), self.grace_ends_at) {
            (KeyStatus::Revoked, _) => Err(TransitionError::Revoked(id)),
            (_, None) => Err(TransitionError::NotRotated(id)),
            (KeyStatus::Expired, _) => Err(TransitionError::Expired(id)),
            (KeyStatus::Active | KeyStatus::Disabled, Some(ends_at)) => Ok(ends_at),
        }
    }

    /// When a successor made at `now` expires, so that it lives as long as this key was meant to.
    pub fn successor_expiry(&self, now: OffsetDateTime) -> Option<Timestamp> {
        let lifetime = self.expires_at? - self.created_at;
        Some(Timestamp::clamped(now).saturating_add(lifetime))
    }
}

fn later(time: OffsetDateTime, by: Duration) -> Result<OffsetDateTime, TransitionError> {
    let later = Timestamp::clamped(time).checked_add(by);
    later.map(Timestamp::get).ok_or(TransitionError::TooFar)
}
