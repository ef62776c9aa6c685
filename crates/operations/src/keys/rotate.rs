use super::{Issued, KeyView};
use crate::{Change, OperationError, Operations};
use central_logger_key_store::{Committed, KeyRecord, Rotation, keyring::Rotated};
use central_logger_keys::{KeyId, KeyPrefix};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

/// A new key in the place of another.
#[derive(Debug, Serialize)]
pub struct Successor {
    /// The new key.
    #[serde(flatten)]
    pub issued: Issued,
    /// The id of the old key.
    pub replaces: KeyId,
    /// When the old key ends, or has ended if the rotation left it no grace.
    #[serde(with = "time::serde::rfc3339::option")]
    pub old_expires_at: Option<OffsetDateTime>,
    /// When the old key stops working; `None` if it has already.
    #[serde(skip)]
    pub works_until: Option<OffsetDateTime>,
    /// Whether servers may learn of the old key's end too late unless they are waited for.
    #[serde(skip)]
    pub is_wait_due: bool,
}

/// Servers may apply a shorter grace too late, unless they are waited for.
const LONGEST_LEASE: Duration = Duration::MINUTE;

impl Operations {
    /// Replaces a key; both work until the grace ends.
    ///
    /// # Errors
    /// When the key is not active or was rotated already, the expiry has passed, or the store or the
    /// random generator fails.
    pub async fn rotate(
        &self,
        id: &KeyId,
        prefix: &KeyPrefix,
        rotation: Rotation,
    ) -> Result<Change<Successor>, OperationError> {
        let rotated = self.keyring.rotate(id, prefix, rotation).await?;
        let Rotated { issued, replaced } = rotated.at_commit();
        let works_until = match replaced.revoked_at {
            Some(_) => None,
            None => replaced.ends_at(),
        };
        Ok(self.changed(Successor {
            issued: Issued {
                record: issued.record,
                api_key: issued.api_key,
            },
            replaces: replaced.id,
            old_expires_at: replaced.revoked_at.or(works_until),
            works_until,
            is_wait_due: rotation.grace < LONGEST_LEASE,
        }))
    }

    /// Ends the grace of a rotated key now.
    ///
    /// # Errors
    /// When the key was not rotated or does not work any more, or the store fails.
    pub async fn finish_rotation(&self, id: &KeyId) -> Result<Change<KeyView>, OperationError> {
        let finished = self.keyring.finish_rotation(id).await?;
        Ok(self.changed_key(finished))
    }

    /// Prolongs the grace of a rotated key, though never beyond its own expiry.
    ///
    /// # Errors
    /// When the key was not rotated or does not work any more, or the store fails.
    pub async fn extend_rotation(
        &self,
        id: &KeyId,
        by: Duration,
    ) -> Result<Change<KeyView>, OperationError> {
        let extended = self.keyring.extend_rotation(id, by).await?;
        Ok(self.changed_key(extended))
    }

    fn changed_key(&self, committed: Committed<KeyRecord>) -> Change<KeyView> {
        self.changed(KeyView::of(committed.at_commit(), self.now()))
    }
}
