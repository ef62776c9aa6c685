use crate::{Change, OperationError, Operations};
use central_logger_key_store::KeyStatus;
use central_logger_keys::KeyId;
use serde::Serialize;
use time::OffsetDateTime;

/// A key that was switched on or off.
#[derive(Debug, Serialize)]
pub struct Switched {
    /// The id of the key.
    pub key_id: KeyId,
    /// Whether that made a difference.
    pub changed: bool,
    /// The status of the key now: an enabled key may have expired.
    pub status: KeyStatus,
    /// When the key ends.
    #[serde(skip)]
    pub ends_at: Option<OffsetDateTime>,
}

impl Operations {
    /// Switches a key off until it is enabled again.
    ///
    /// # Errors
    /// When it is a key of the provider, there is no such key, it is revoked, or the store fails.
    pub async fn disable(&self, id: &KeyId) -> Result<Change<Switched>, OperationError> {
        self.reach(id)
            .await
            .map_err(OperationError::of_withdrawal)?;
        self.need_client_key(id).await?;
        let disabled = self.keyring.disable(id).await;
        let disabled = disabled.map_err(OperationError::of_withdrawal)?;
        self.switched(id, disabled.at_commit()).await
    }

    /// Switches a disabled key on again.
    ///
    /// # Errors
    /// When it is a key of the provider, there is no such key, it is revoked, or the store fails.
    pub async fn enable(&self, id: &KeyId) -> Result<Change<Switched>, OperationError> {
        self.reach(id).await?;
        self.need_client_key(id).await?;
        let enabled = self.keyring.enable(id).await?;
        self.switched(id, enabled.at_commit()).await
    }

    async fn switched(
        &self,
        id: &KeyId,
        changed: bool,
    ) -> Result<Change<Switched>, OperationError> {
        let record = self.keyring.show(id).await;
        let record = record.map_err(OperationError::after_commit)?;
        Ok(self.changed(Switched {
            key_id: id.clone(),
            changed,
            status: record.status(self.now()),
            ends_at: record.ends_at(),
        }))
    }
}
