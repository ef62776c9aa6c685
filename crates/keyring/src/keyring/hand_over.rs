use crate::keyring::{
    Keyring, KeyringError, committed::Committed, import::ExternalKey, tending::PepperNeed,
};
use central_logger_key_store::{AuditAction, KeyRecord, KeyStatus, StoredKey, TransitionError};
use central_logger_keys::{ApiKey, KeyId};
use time::Duration;

/// Why a pending key is revoked.
const NOT_DELIVERED: &str = "not delivered";

impl Keyring {
    /// Ends the hand-over of a pending key: it is where it was to go. The grace of its predecessor, if that
    /// is still active, begins. Gives the key and its predecessor.
    ///
    /// # Errors
    /// When the key is not pending, or the store fails.
    pub async fn settle_hand_over(
        &self,
        id: &KeyId,
        grace: Duration,
    ) -> Result<Committed<(KeyRecord, Option<KeyRecord>)>, KeyringError> {
        let read = async || {
            let key = self.select_one(id).await?;
            let old = match &key.record.predecessor {
                Some(old) => Some(self.select_one(old).await?),
                None => None,
            };
            Ok((key, old))
        };
        self.attempt(
            PepperNeed::Needed,
            read,
            |draft, (key, old): &(StoredKey, Option<StoredKey>)| {
                let settled = key.record.settle()?;
                let settled = draft.update(key, settled, AuditAction::Update)?;
                let Some(old) = old else {
                    return Ok((settled, None));
                };
                let is_replaced = old.record.status(draft.now) == KeyStatus::Active
                    && old.record.grace_ends_at.is_none();
                let replaced = match is_replaced {
                    true => {
                        let replaced = old.record.replace(draft.now, grace)?;
                        draft.update(old, replaced, AuditAction::Rotate)?
                    }
                    false => old.record.clone(),
                };
                Ok((settled, Some(replaced)))
            },
        )
        .await
    }

    /// Gives up the hand-over of a pending key, by revoking it.
    ///
    /// # Errors
    /// When the key is not pending, or the store fails.
    pub async fn undo_hand_over(&self, id: &KeyId) -> Result<Committed<KeyRecord>, KeyringError> {
        self.change_one(PepperNeed::Spared, id, |draft, key| {
            key.record.settle()?;
            let revoked = key.record.revoke(draft.now, Some(NOT_DELIVERED));
            let revoked = revoked.ok_or_else(|| TransitionError::Revoked(id.clone()))?;
            Ok(draft.update(key, revoked, AuditAction::Revoke)?)
        })
        .await
    }

    /// Returns what tells this store from others.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn store_identity(&self) -> Result<String, KeyringError> {
        Ok(self.store.state().await?.identity)
    }

    /// Returns the record of the key that a text is, if it is one that is stored.
    ///
    /// # Errors
    /// When the store or hashing fails.
    pub async fn recognise_text(&self, text: &str) -> Result<Option<KeyRecord>, KeyringError> {
        let Ok(key) = ApiKey::parse(text) else {
            return Ok(None);
        };
        match self.recognise(&ExternalKey::from(key)).await {
            Err(KeyringError::Mistyped) => Ok(None),
            recognised => recognised,
        }
    }
}
