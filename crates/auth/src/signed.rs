//! Requests of senders that can present no key, and prove by a signature whose they are.

use crate::{
    Authenticator, Origin, PresentedCredential, Principal, Refusal, VerificationRequest,
    admitted::{Admitted, Grant},
    cached_key::CachedKey,
    events::AuthEvent,
    failure_limit::Payment,
    refusal::InvalidReason,
};
use central_logger_key_store::{KeyProof, KeyStatus, KeyStoreError, NewKey, Owners, StoredKey};
use central_logger_keys::{ClientId, KeyDigest, KeyId, Scope};
use std::sync::Arc;
use time::OffsetDateTime;

/// A sender that has proved whose it is.
///
/// # Examples
///
/// ```
/// use central_logger_auth::SignedSender;
/// use central_logger_keys::Scope;
///
/// let sender = SignedSender {
///     client: "acme_corp".parse()?,
///     id: "hook-7f3a".parse()?,
///     since: time::OffsetDateTime::now_utc(),
///     scope: Scope::LOGS_WRITE,
/// };
/// assert_eq!(sender.id.as_str(), "hook-7f3a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SignedSender {
    /// The client that it sends for.
    pub client: ClientId,
    /// Its name in events and counts, where keys have their ids.
    pub id: KeyId,
    /// When it was set up.
    pub since: OffsetDateTime,
    /// What it may do.
    pub scope: Scope,
}

impl Authenticator {
    /// Admits a request whose sender `prove` finds; nobody, if the signature is not good. That counts as an
    /// attempt with an invalid key does, and nothing is proved for an address that has failed too often. A
    /// sender is under the quota of its client; when all keys of the client have been withdrawn, its senders
    /// are refused, too.
    ///
    /// # Errors
    /// Those of `prove` outside; inside, when the request is to be refused.
    pub async fn authenticate_signed<E>(
        &self,
        origin: Origin,
        prove: impl Future<Output = Result<Option<SignedSender>, E>>,
    ) -> Result<Result<Principal, Refusal>, E> {
        let counted = origin
            .nearest()
            .map(|from| self.failures.count(from, &self.clock));
        let paid = match counted {
            Some(Err(reached)) => {
                let refusal = Refusal::Limited(reached.into());
                return Ok(self.told(origin, None, Err(refusal)));
            }
            Some(Ok(paid)) => Some(paid),
            None => None,
        };
        let proven = prove.await;
        if !matches!(proven, Ok(None)) {
            paid.into_iter().for_each(Payment::give_back);
        }
        let Some(sender) = proven? else {
            return Ok(self.told(origin, None, Err(InvalidReason::WrongSecret.into())));
        };
        let admitted = self.admit_sender(origin, &sender).await;
        Ok(self.told(origin, Some(&sender.id), admitted))
    }

    async fn admit_sender(
        &self,
        origin: Origin,
        sender: &SignedSender,
    ) -> Result<Principal, Refusal> {
        if self.is_withdrawn(&sender.client).await? {
            return Err(InvalidReason::NotActive(KeyStatus::Revoked).into());
        }
        let new = NewKey::for_client(sender.client.clone());
        let mut record = new.into_record(sender.id.clone(), sender.since);
        if let Some(source) = self.sources.first() {
            record.quota = source.store.client_quota(&sender.client).await?;
        }
        record.scopes = [sender.scope.clone()].into_iter().collect();
        // Nothing that is presented can be its key.
        let digest = KeyDigest::of(sender.id.as_str().as_bytes());
        let proof = KeyProof::Static { digest };
        let key = CachedKey::new(StoredKey { record, proof });
        let request = VerificationRequest {
            presented: PresentedCredential::Missing,
            origin,
            required: Some(sender.scope.clone()),
        };
        let (owner, allowances) = self.admit::<Principal>(&key, &key, &request).await?;
        let grant = Grant {
            key: Arc::clone(&key),
            allowances,
            session: None,
        };
        Ok(Principal::admitted(grant, owner))
    }

    /// Whether the client has had keys, and none of them is good any more.
    async fn is_withdrawn(&self, client: &ClientId) -> Result<bool, KeyStoreError> {
        let now = self.clock.now();
        let mut has_keys = false;
        for source in &self.sources {
            let keys = source.store.list(Owners::Client(client)).await?;
            let mut records = keys.records.iter();
            if records.any(|key| key.status(now) == KeyStatus::Active) {
                return Ok(false);
            }
            has_keys |= !keys.records.is_empty();
        }
        Ok(has_keys)
    }

    fn told(
        &self,
        origin: Origin,
        claimed_id: Option<&KeyId>,
        outcome: Result<Principal, Refusal>,
    ) -> Result<Principal, Refusal> {
        let key = outcome.as_ref().ok().map(Principal::record);
        self.tell(&AuthEvent {
            at: self.clock.now(),
            address: origin.nearest(),
            claimed_id,
            key,
            outcome: outcome.as_ref().map(drop),
        });
        outcome
    }
}
