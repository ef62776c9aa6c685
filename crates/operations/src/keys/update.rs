use super::KeyView;
use crate::{Change, OperationError, Operations};
use central_logger_key_store::KeyUpdate;
use central_logger_keys::KeyId;

impl Operations {
    /// Changes the name, the note, the networks or the rate of a key, which stays the same key.
    ///
    /// # Errors
    /// When there is no such key, it is revoked, or the store fails.
    pub async fn update(
        &self,
        id: &KeyId,
        update: &KeyUpdate,
    ) -> Result<Change<KeyView>, OperationError> {
        self.reach(id).await?;
        let updated = self.keyring.update(id, update).await?;
        self.changed_key(updated).await
    }
}
