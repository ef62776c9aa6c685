use super::{Issued, KeyView};
use crate::{Change, OperationError, Operations};
use central_logger_key_store::KeyRecord;
use central_logger_keyring::{Committed, Rotated, Rotation};
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
    /// Replaces a key of a client; both work until the grace ends.
    ///
    /// # Errors
    /// When it is a key of the provider, the key is not active or was rotated already, the expiry has
    /// passed, or the store or the random generator fails.
    pub async fn rotate(
        &self,
        id: &KeyId,
        prefix: &KeyPrefix,
        rotation: Rotation,
    ) -> Result<Change<Successor>, OperationError> {
        self.reach(id).await?;
        self.need_client_key(id).await?;
        self.replace(id, prefix, rotation).await
    }

    pub(crate) async fn replace(
        &self,
        id: &KeyId,
        prefix: &KeyPrefix,
        rotation: Rotation,
    ) -> Result<Change<Successor>, OperationError> {
        let name = self.name_of(&self.keyring.show(id).await?.owner).await?;
        let rotated = self.keyring.rotate(id, prefix, rotation).await?;
        Ok(self.changed(Successor {
            is_wait_due: rotation.grace < LONGEST_LEASE,
            ..Successor::new(rotated.at_commit(), name)
        }))
    }

    /// Ends the grace of a rotated key now.
    ///
    /// # Errors
    /// When it is a key of the provider, the key was not rotated or does not work any more, or the store fails.
    pub async fn finish_rotation(&self, id: &KeyId) -> Result<Change<KeyView>, OperationError> {
        self.reach(id).await?;
        self.need_client_key(id).await?;
        let finished = self.keyring.finish_rotation(id).await;
        let finished = finished.map_err(OperationError::of_withdrawal)?;
        self.changed_key(finished).await
    }

    /// Prolongs the grace of a rotated key, though never beyond its own expiry.
    ///
    /// # Errors
    /// When it is a key of the provider, the key was not rotated or does not work any more, or the store fails.
    pub async fn extend_rotation(
        &self,
        id: &KeyId,
        by: Duration,
    ) -> Result<Change<KeyView>, OperationError> {
        self.reach(id).await?;
        self.need_client_key(id).await?;
        let extended = self.keyring.extend_rotation(id, by).await?;
        self.changed_key(extended).await
    }

    pub(super) async fn changed_key(
        &self,
        committed: Committed<KeyRecord>,
    ) -> Result<Change<KeyView>, OperationError> {
        let record = committed.at_commit();
        let book = self.book(record.client()).await;
        let book = book.map_err(OperationError::seen_after_commit)?;
        let view = self.view(record, &book).await;
        Ok(self.changed(view.map_err(OperationError::after_commit)?))
    }
}

impl Successor {
    pub(super) fn new(rotated: Rotated, client_name: Option<String>) -> Self {
        let Rotated { issued, replaced } = rotated;
        let works_until = match replaced.revoked_at {
            Some(_) => None,
            None => replaced.ends_at(),
        };
        Self {
            issued: Issued::new(issued, client_name),
            replaces: replaced.id,
            old_expires_at: replaced.revoked_at.or(works_until),
            works_until,
            is_wait_due: false,
        }
    }
}
