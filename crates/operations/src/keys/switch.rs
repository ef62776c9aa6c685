use crate::{Change, OperationError, Operations};
use central_logger_key_store::{KeyRecord, KeyStatus};
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
    /// Switches a key off until it is enabled again, and ends the sessions that came from it.
    ///
    /// # Errors
    /// When it is a key of the provider, there is no such key, it is revoked, or the store fails.
    pub async fn disable(&self, id: &KeyId) -> Result<Change<Switched>, OperationError> {
        self.reach(id)
            .await
            .map_err(OperationError::of_withdrawal)?;
        self.need_client_key(id).await?;
        let disabled = self.keyring.disable(id).await;
        let changed = disabled.map_err(OperationError::of_withdrawal)?.at_commit();
        let record = self.keyring.show(id).await;
        let record = record.map_err(OperationError::after_commit)?;
        // Last: no other can begin any more.
        self.end_sessions_of(&record).await?;
        Ok(self.switched(&record, changed))
    }

    /// Ends the sessions that came from a disabled key: whoever disabled it may have failed before they were ended.
    ///
    /// # Errors
    /// When there is no such key, or the store fails.
    pub async fn end_sessions_of_disabled(&self, id: &KeyId) -> Result<(), OperationError> {
        let record = self.look(id).await?;
        match record.is_active {
            // It was enabled since, which has ended those from before.
            true => Ok(()),
            false => self.end_sessions_of(&record).await,
        }
    }

    /// Switches a disabled key on again. Sessions that came from it before stay ended.
    ///
    /// # Errors
    /// When it is a key of the provider, there is no such key, it is revoked, or the store fails.
    pub async fn enable(&self, id: &KeyId) -> Result<Change<Switched>, OperationError> {
        self.reach(id).await?;
        self.need_client_key(id).await?;
        let record = self.keyring.show(id).await?;
        if !record.is_active {
            // Whoever disabled it may have been interrupted before its sessions were ended.
            self.end_sessions_of(&record).await?;
        }
        let changed = self.keyring.enable(id).await?.at_commit();
        let record = self.keyring.show(id).await;
        let record = record.map_err(OperationError::after_commit)?;
        Ok(self.switched(&record, changed))
    }

    async fn end_sessions_of(&self, key: &KeyRecord) -> Result<(), OperationError> {
        self.sessions().end_of_key(&key.owner, &key.id).await
    }

    fn switched(&self, record: &KeyRecord, changed: bool) -> Change<Switched> {
        self.changed(Switched {
            key_id: record.id.clone(),
            changed,
            status: record.status(self.now()),
            ends_at: record.ends_at(),
        })
    }
}
