use crate::keyring::{Keyring, KeyringError, committed::Committed, tending::PepperNeed};
use central_logger_key_store::{NamedRequest, Receipt};
use central_logger_keys::KeyHasher;
use std::future::ready;
use time::OffsetDateTime;

impl Keyring {
    /// Makes the next change for a request that its sender has named, and none if it was made for that request
    /// before: then it fails with [`KeyringError::AlreadyDone`].
    #[must_use]
    pub fn repeatable(mut self, request: NamedRequest) -> Self {
        self.request = Some(request);
        self
    }

    /// Makes changes for no request, such as those that come along with the one that is asked for.
    #[must_use]
    pub fn without_request(mut self) -> Self {
        self.request = None;
        self
    }

    /// Refuses a request for which a change was made before, ahead of all that is decided upon the present
    /// state. The commit decides again.
    ///
    /// # Errors
    /// [`KeyringError::AlreadyDone`] or [`KeyringError::OtherRequest`], or when the store fails.
    pub async fn check_is_new(&self) -> Result<(), KeyringError> {
        let Some(request) = &self.request else {
            return Ok(());
        };
        let state = self.store.state().await?;
        let sealer = self.sealer(&state, PepperNeed::Spared)?;
        match sealer.has_pepper {
            true => {
                let receipt = self.new_receipt(request, &sealer.hasher, self.clock.now());
                receipt.await.map(drop)
            }
            // Who lacks the pepper cannot tell a repeat from another request.
            false => Ok(()),
        }
    }

    /// Remembers the request as done, where there was nothing of keys to change.
    ///
    /// # Errors
    /// As for any change, when it was done before, and when the store fails.
    pub async fn remember(&self) -> Result<Committed<()>, KeyringError> {
        let read = || ready(Ok(()));
        self.attempt(PepperNeed::Spared, read, |_, ()| Ok(())).await
    }

    /// The receipt of a request that was not made before.
    pub(crate) async fn new_receipt(
        &self,
        request: &NamedRequest,
        hasher: &KeyHasher,
        now: OffsetDateTime,
    ) -> Result<Receipt, KeyringError> {
        let known = self.store.receipt(request.id()).await?;
        judge(request, known, hasher, now)
    }

    /// The receipt of a request for something that is kept elsewhere, where `known` is what is known there of
    /// its id.
    ///
    /// # Errors
    /// As [`check_is_new`](Self::check_is_new).
    pub async fn receipt_of(
        &self,
        request: &NamedRequest,
        known: Option<Receipt>,
    ) -> Result<Receipt, KeyringError> {
        let state = self.store.state().await?;
        let sealer = self.sealer(&state, PepperNeed::Needed)?;
        judge(request, known, &sealer.hasher, self.clock.now())
    }
}

fn judge(
    request: &NamedRequest,
    known: Option<Receipt>,
    hasher: &KeyHasher,
    now: OffsetDateTime,
) -> Result<Receipt, KeyringError> {
    match known.filter(|receipt| receipt.is_remembered(now)) {
        None => Ok(request.receipt(hasher, now)),
        Some(receipt) if request.is_repeat_of(&receipt, hasher) => {
            Err(KeyringError::AlreadyDone(Box::new(receipt)))
        }
        Some(_) => Err(KeyringError::OtherRequest),
    }
}
