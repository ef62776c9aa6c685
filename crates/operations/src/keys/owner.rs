use crate::{OperationError, Operations};
use central_logger_key_store::KeyStoreError;
use central_logger_keyring::KeyringError;
use central_logger_keys::{KeyId, KeyOwner};

impl Operations {
    /// Returns whose key it is: nobody's if its row cannot be read.
    ///
    /// # Errors
    /// When there is no such key, or the store fails.
    pub async fn owner_of(&self, id: &KeyId) -> Result<Option<KeyOwner>, OperationError> {
        match self.keyring.show(id).await {
            Ok(record) => Ok(Some(record.owner)),
            Err(KeyringError::Store(KeyStoreError::Unreadable(_))) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses a key of the provider where only keys of clients are meant.
    ///
    /// # Errors
    /// When it is one, there is no such key, or the store fails.
    pub async fn need_client_key(&self, id: &KeyId) -> Result<(), OperationError> {
        match self.owner_of(id).await? {
            Some(KeyOwner::Provider) => Err(OperationError::ProviderKey(id.clone())),
            _ => Ok(()),
        }
    }

    /// Refuses a key of a client where only keys of the provider are meant.
    pub(crate) async fn need_provider_key(&self, id: &KeyId) -> Result<(), OperationError> {
        match self.owner_of(id).await? {
            Some(KeyOwner::Client(client)) => Err(OperationError::ClientKey {
                id: id.clone(),
                client,
            }),
            _ => Ok(()),
        }
    }
}
