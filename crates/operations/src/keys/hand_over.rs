//! The steps of a hand-over that change keys. Their order, and what lies between them, is not known here.

use super::{KeyView, Successor};
use crate::{Change, OperationError, Operations};
use central_logger_client_records::ClientRecord;
use central_logger_keys::{ClientId, KeyId, KeyPrefix};
use central_logger_times::Timestamp;
use time::Duration;

/// A key that is where it was to go.
#[derive(Debug)]
pub struct HandedOver {
    /// The key.
    pub key: KeyView,
    /// The key that it replaces, whose grace has begun.
    pub replaced: Option<KeyView>,
}

impl Operations {
    /// Returns where the keys of a client are handed over to, as it was set.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn target_of(&self, client: &ClientId) -> Result<Option<String>, OperationError> {
        self.caller.check_provider_reads()?;
        let book = self.book(Some(client)).await?;
        let record = book.records.get(client);
        Ok(record.and_then(|record| record.deliver.clone()))
    }

    /// Returns what is recorded of a client, if anything is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn client_record(
        &self,
        client: &ClientId,
    ) -> Result<Option<ClientRecord>, OperationError> {
        self.caller.check_provider_reads()?;
        Ok(self.book(Some(client)).await?.records.remove(client))
    }

    /// Returns what tells this store from others.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn store_identity(&self) -> Result<String, OperationError> {
        Ok(self.keyring.store_identity().await?)
    }

    /// Makes a successor that is pending at this target, and leaves the key as it is.
    ///
    /// # Errors
    /// As [`rotate`](Self::rotate), and when a successor is pending already.
    pub async fn begin_hand_over(
        &self,
        id: &KeyId,
        prefix: &KeyPrefix,
        expires_at: Option<Timestamp>,
        target: &str,
    ) -> Result<Change<Successor>, OperationError> {
        self.caller.check_provider_writes()?;
        self.reach(id).await?;
        self.need_client_key(id).await?;
        let name = self.name_of(&self.keyring.show(id).await?.owner).await?;
        let begun = self.keyring.begin_hand_over(id, prefix, expires_at, target);
        Ok(self.changed(Successor::new(begun.await?.at_commit(), name)))
    }

    /// Ends the hand-over of a pending key, and begins the grace of the key that it replaces.
    ///
    /// # Errors
    /// When the key is not pending, or the store fails.
    pub async fn settle_hand_over(
        &self,
        id: &KeyId,
        grace: Duration,
    ) -> Result<Change<HandedOver>, OperationError> {
        self.caller.check_provider_writes()?;
        self.reach(id).await?;
        let settled = self.keyring.settle_hand_over(id, grace).await?;
        let (key, replaced) = settled.at_commit();
        let book = self.book(key.client()).await;
        let book = book.map_err(OperationError::seen_after_commit)?;
        let view = |record| KeyView::of(record, self.now()).named_in(&book);
        Ok(self.changed(HandedOver {
            key: view(key),
            replaced: replaced.map(view),
        }))
    }

    /// Gives up the hand-over of a pending key, by revoking it.
    ///
    /// # Errors
    /// When the key is not pending, or the store fails.
    pub async fn undo_hand_over(&self, id: &KeyId) -> Result<Change<KeyView>, OperationError> {
        self.caller.check_provider_writes()?;
        self.reach(id).await?;
        let undone = self.keyring.undo_hand_over(id).await?;
        self.changed_key(undone).await
    }

    /// Returns the key that a text is, if it is a key of this client.
    ///
    /// # Errors
    /// When the store or hashing fails.
    pub async fn recognise(
        &self,
        client: &ClientId,
        text: &str,
    ) -> Result<Option<KeyView>, OperationError> {
        self.caller.check_provider_reads()?;
        let record = self.keyring.recognise_text(text).await?;
        let record = record.filter(|record| record.client() == Some(client));
        Ok(record.map(|record| KeyView::of(record, self.now())))
    }
}
