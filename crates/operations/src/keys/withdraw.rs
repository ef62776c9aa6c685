use crate::{Change, OperationError, Operations, StaticEntries, StaticKeysLeft};
use central_logger_key_store::{KeySelection, KeyringError};
use central_logger_keys::{ClientId, KeyId};
use central_logger_text::PlainText;
use serde::Serialize;

/// The keys that were revoked.
#[derive(Debug, Serialize)]
pub struct Revoked {
    /// The ids of those that were not revoked before.
    pub revoked: Vec<KeyId>,
    /// The static keys of the client, when all of its keys were to be revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub static_keys: Option<StaticKeysLeft>,
}

impl Operations {
    /// Revokes a key for good.
    ///
    /// # Errors
    /// When there is no such key, or the store fails.
    pub async fn revoke(
        &self,
        id: &KeyId,
        reason: Option<&PlainText>,
    ) -> Result<Change<Revoked>, OperationError> {
        let selection = KeySelection::Id(id.clone());
        let revoked = self.keyring.revoke(&selection, reason).await;
        let revoked = revoked.map_err(OperationError::of_withdrawal)?;
        Ok(self.changed(Revoked {
            revoked: revoked.at_commit(),
            static_keys: None,
        }))
    }

    /// Revokes all keys of a client for good, in one step, and names its static keys, which still work.
    ///
    /// # Errors
    /// [`OperationError::OnlyStatic`] when the client has static keys alone; otherwise when it has no
    /// keys, or the store fails.
    pub async fn revoke_client(
        &self,
        client: &ClientId,
        reason: Option<&PlainText>,
        static_entries: StaticEntries,
    ) -> Result<Change<Revoked>, OperationError> {
        let selection = KeySelection::Client(client.clone());
        let revoked = self.keyring.revoke(&selection, reason).await;
        let left = self.static_keys_left(static_entries, client).await;
        match (revoked, left.named()) {
            (Ok(revoked), _) => Ok(self.changed(Revoked {
                revoked: revoked.at_commit(),
                static_keys: Some(left),
            })),
            (Err(KeyringError::NoKeys(client)), Some(ids)) => {
                let place = left.place;
                Err(OperationError::OnlyStatic { client, ids, place })
            }
            (Err(error), _) => Err(OperationError::of_withdrawal(error)),
        }
    }
}
