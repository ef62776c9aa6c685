//! Sessions and links that are asked for under a name: a repeat makes no second one.

use super::SessionOperations;
use crate::OperationError;
use central_logger_key_store::{self as key_store, NamedRequest};
use central_logger_keyring::KeyringError;
use central_logger_keys::KeyId;
use central_logger_sessions::{Receipt, SessionStoreError};

/// What is remembered of a request that has made something.
pub(super) fn naming(receipt: key_store::Receipt, made: &KeyId) -> Receipt {
    Receipt {
        id: receipt.id,
        seal: receipt.seal,
        made: made.clone(),
        at: receipt.at,
    }
}

impl SessionOperations {
    /// Makes the next session or link for a request that its sender has named, and none if one was made for
    /// that request before: then it fails with [`KeyringError::AlreadyDone`].
    #[must_use]
    pub fn repeatable(mut self, request: Option<NamedRequest>) -> Self {
        self.request = request;
        self
    }

    /// The receipt of the request, if it has a name.
    ///
    /// # Errors
    /// [`KeyringError::AlreadyDone`] or [`KeyringError::OtherRequest`], or when a store fails.
    pub(super) async fn new_receipt(&self) -> Result<Option<key_store::Receipt>, OperationError> {
        let Some(request) = &self.request else {
            return Ok(None);
        };
        let known = self
            .store
            .receipt(request.id())
            .await?
            .map(|receipt| key_store::Receipt {
                id: receipt.id,
                seal: receipt.seal,
                keys: vec![receipt.made],
                at: receipt.at,
            });
        Ok(Some(self.keyring.receipt_of(request, known).await?))
    }

    /// Says what was made before, where another request of the same name has come first.
    pub(super) async fn once(
        &self,
        added: Result<(), SessionStoreError>,
    ) -> Result<(), OperationError> {
        if !matches!(added, Err(SessionStoreError::Repeated)) {
            return Ok(added?);
        }
        self.new_receipt().await?;
        // It was remembered a moment ago and is not any more.
        Err(KeyringError::Contended.into())
    }
}
