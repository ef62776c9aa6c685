use super::{Issued, KeyFilter, KeyListing, Revoked, Successor};
use crate::{Change, OperationError, Operations};
use central_logger_client_records::ClientBook;
use central_logger_key_store::{NewKey, Owners};
use central_logger_keyring::Rotation;
use central_logger_keys::{ApiKey, KeyId, KeyPrefix, Networks, Scope, Scopes};
use central_logger_text::PlainText;
use central_logger_times::Timestamp;
use time::Duration;

/// What a key of the provider is to be. By default it reads, from anywhere, for a year.
#[derive(Debug, Clone, Default)]
pub struct NewProviderKey {
    /// Its name, for people.
    pub name: Option<PlainText>,
    /// What it allows; `provider:read` when it is empty.
    pub scopes: Vec<Scope>,
    /// The networks that it is accepted from; any when it is empty.
    pub allowed_from: Networks,
    /// When it expires; after [`LIFETIME`](Self::LIFETIME) without this.
    pub expires_at: Option<Timestamp>,
}

impl NewProviderKey {
    /// How long a key of the provider lives unless told otherwise.
    pub const LIFETIME: Duration = Duration::days(365);
}

impl Operations {
    /// Makes a key for a program of the provider and stores what verifies it.
    ///
    /// # Errors
    /// When a scope is one of clients, the expiry has passed, or the store or the random generator fails.
    pub async fn issue_provider_key(
        &self,
        prefix: &KeyPrefix,
        new: NewProviderKey,
    ) -> Result<Change<Issued>, OperationError> {
        self.issue(prefix, self.new_key(new)).await
    }

    /// Stores what verifies a key that was made elsewhere, in the form of a generated one, for a program of
    /// the provider.
    ///
    /// # Errors
    /// As [`issue_external`](Self::issue_external), and when the key has another form or a scope is one of
    /// clients.
    pub async fn issue_external_provider_key(
        &self,
        key: ApiKey,
        new: NewProviderKey,
    ) -> Result<Change<Issued>, OperationError> {
        self.issue_external(key, self.new_key(new)).await
    }

    /// Lists the keys of the provider without secrets. A filter by client is not looked at.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_provider_keys(
        &self,
        filter: &KeyFilter,
    ) -> Result<KeyListing, OperationError> {
        let mut keys = self.keyring.list(Owners::Provider, None).await?;
        let now = self.now();
        keys.records.retain(|record| filter.takes(record, now));
        Ok(KeyListing::of(keys, &ClientBook::default(), now))
    }

    /// Replaces a key of the provider; both work until the grace ends.
    ///
    /// # Errors
    /// As [`rotate`](Self::rotate), and when it is a key of a client.
    pub async fn rotate_provider_key(
        &self,
        id: &KeyId,
        prefix: &KeyPrefix,
        rotation: Rotation,
    ) -> Result<Change<Successor>, OperationError> {
        self.need_provider_key(id).await?;
        self.replace(id, prefix, rotation).await
    }

    /// Revokes a key of the provider for good, and with `with_made` all keys that it made.
    ///
    /// # Errors
    /// When there is no such key, it is a key of a client, or the store fails.
    pub async fn revoke_provider_key(
        &self,
        id: &KeyId,
        reason: Option<&PlainText>,
        with_made: bool,
    ) -> Result<Change<Revoked>, OperationError> {
        self.need_provider_key(id).await?;
        match with_made {
            true => self.revoke_with_made(id, reason).await,
            false => self.revoke(id, reason).await,
        }
    }

    fn new_key(&self, new: NewProviderKey) -> NewKey {
        let default = NewKey::for_provider();
        let in_a_year = Timestamp::clamped(self.now()).saturating_add(NewProviderKey::LIFETIME);
        NewKey {
            name: new.name,
            scopes: match new.scopes.is_empty() {
                true => default.scopes.clone(),
                false => Scopes::from(new.scopes),
            },
            allowed_from: new.allowed_from,
            expires_at: new.expires_at.or(Some(in_a_year)),
            ..default
        }
    }
}
