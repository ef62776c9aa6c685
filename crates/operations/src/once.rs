use crate::{Change, OperationError, Operations};
use central_logger_key_store::NamedRequest;
use central_logger_keyring::KeyringError;
use central_logger_keys::KeyId;
use serde::Serialize;
use std::time::Duration;

/// What came of an operation for a request that may have been sent before.
#[derive(Debug)]
#[must_use = "wait until it applies `everywhere`"]
pub enum Once<T> {
    /// It is done.
    Done(Change<T>),
    /// It was done before, and nothing is changed now.
    Repeated(Change<Repeated>),
}

/// An operation that was done before, for the same request. What was secret of it is not known any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repeated {
    /// The ids of the keys that were made or, if none was, of those that were changed.
    pub keys: Vec<KeyId>,
}

impl<T> Once<T> {
    /// Waits until every server applies the change, whenever it was made, and returns how long that took.
    ///
    /// # Errors
    /// As [`Change::everywhere`].
    pub async fn everywhere(&self) -> Result<Duration, OperationError> {
        match self {
            Self::Done(change) => change.everywhere().await,
            Self::Repeated(change) => change.everywhere().await,
        }
    }

    /// Returns whether it was done before.
    pub fn is_repeat(&self) -> bool {
        matches!(self, Self::Repeated(_))
    }
}

impl Operations {
    /// Makes the next change of keys for a request that its sender has named, and none if it was made for that
    /// request before: then it fails with [`KeyringError::AlreadyDone`].
    #[must_use]
    pub fn repeatable(mut self, request: NamedRequest) -> Self {
        self.keyring = self.keyring.repeatable(request);
        self
    }

    /// Runs an operation that changes keys, once for a request that its sender has named: what is refused or
    /// fails without a change may be tried again.
    ///
    /// # Errors
    /// [`KeyringError::OtherRequest`] when the name stands for another request; otherwise as the operation.
    pub async fn once<T>(
        &self,
        request: Option<NamedRequest>,
        operation: impl AsyncFnOnce(Self) -> Result<Change<T>, OperationError>,
    ) -> Result<Once<T>, OperationError> {
        let operations = match request {
            Some(request) => self.clone().repeatable(request),
            None => self.clone(),
        };
        let done = match operations.keyring.check_is_new().await {
            Ok(()) => operation(operations).await,
            Err(error) => Err(error.into()),
        };
        match done {
            Ok(change) => Ok(Once::Done(change)),
            Err(OperationError::Keyring(KeyringError::AlreadyDone(receipt))) => {
                let keys = receipt.keys;
                Ok(Once::Repeated(self.changed(Repeated { keys })))
            }
            Err(error) => Err(error),
        }
    }
}
