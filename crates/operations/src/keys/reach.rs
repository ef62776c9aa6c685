//! Which keys a caller can see: all others are unknown to it, in errors too.

use super::KeyView;
use crate::{Caller, OperationError, Operations};
use central_logger_client_records::ClientBook;
use central_logger_key_store::{KeyMaker, KeyRecord, KeyStoreError};
use central_logger_keyring::{KeySelection, KeyringError};
use central_logger_keys::{ClientId, KeyId};

impl Operations {
    /// Refuses a key that the caller cannot see, as if there were none. Whose a key is never changes.
    pub(crate) async fn reach(&self, id: &KeyId) -> Result<(), KeyringError> {
        if let Caller::Provider(_) = self.caller {
            return Ok(());
        }
        self.look(id).await.map(drop)
    }

    /// Refuses keys of which the caller cannot see one.
    pub(crate) async fn reach_all(&self, ids: &[KeyId]) -> Result<(), KeyringError> {
        // More are refused before any is looked at.
        for id in ids.iter().take(KeySelection::MOST) {
            self.reach(id).await?;
        }
        Ok(())
    }

    /// Returns a key that the caller can see.
    pub(crate) async fn look(&self, id: &KeyId) -> Result<KeyRecord, KeyringError> {
        match self.keyring.show(id).await {
            Ok(record) if self.sees_keys_of(record.client()) => Ok(record),
            Err(KeyringError::Store(KeyStoreError::Unreadable(key)))
                if !self.sees_keys_of(key.client_id.as_ref()) =>
            {
                Err(KeyringError::UnknownKey(id.clone()))
            }
            Ok(_) => Err(KeyringError::UnknownKey(id.clone())),
            Err(error) => Err(error),
        }
    }

    fn sees_keys_of(&self, client: Option<&ClientId>) -> bool {
        match &self.caller {
            Caller::Provider(_) => true,
            Caller::ProviderKey { .. } => client.is_some(),
            Caller::Client { rights, .. } => client == Some(&rights.client),
        }
    }

    /// Shows a key.
    ///
    /// # Errors
    /// When there is no such key, its row cannot be read, or the store fails.
    pub async fn key(&self, id: &KeyId) -> Result<KeyView, OperationError> {
        let record = self.look(id).await?;
        let book = self.book(record.client()).await?;
        Ok(self.view(record, &book).await?)
    }

    /// Shows a key as the caller may see it: to a client, the keys of the provider have no ids.
    pub(crate) async fn view(
        &self,
        record: KeyRecord,
        book: &ClientBook,
    ) -> Result<KeyView, KeyringError> {
        let mut view = KeyView::of(record, self.now()).named_in(book);
        if let (Some(client), Some(maker)) = (self.caller.client(), view.made_by.key()) {
            let is_own = match self.keyring.show(maker).await {
                Ok(maker) => maker.client() == Some(client),
                Err(KeyringError::UnknownKey(_)) => true,
                Err(KeyringError::Store(KeyStoreError::Unreadable(_))) => false,
                Err(error) => return Err(error),
            };
            if !is_own {
                view.made_by = KeyMaker::Provider;
            }
        }
        Ok(view)
    }
}
