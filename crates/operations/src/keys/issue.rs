use super::KeyRequest;
use crate::{Change, OperationError, Operations};
use central_logger_key_store::{IssuedKey, KeyRecord, NewKey};
use central_logger_keyring::{ExternalKey, Imported};
use central_logger_keys::{ApiKey, ClientId, KeyEnvironment, KeyId, KeyOwner, KeyPrefix, Scopes};
use serde::{Serialize, Serializer};
use std::sync::Arc;
use time::OffsetDateTime;

/// A new key. Serialising it shows the secret, which nothing can show a second time.
#[derive(Debug)]
pub struct Issued {
    /// What is stored about the key.
    pub record: KeyRecord,
    /// The key itself.
    pub api_key: Arc<ApiKey>,
    /// The name of the client, else that of the key.
    pub client_name: Option<String>,
}

#[derive(Serialize)]
struct Members<'a> {
    key_id: &'a KeyId,
    api_key: &'a str,
    client_id: Option<&'a ClientId>,
    client_name: Option<&'a str>,
    scopes: &'a Scopes,
    environment: KeyEnvironment,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
}

impl Operations {
    /// Makes a key and stores what verifies it. Servers that have seen the key before, as unknown, know
    /// it once the change applies everywhere.
    ///
    /// # Errors
    /// When the expiry has passed, or the store or the random generator fails.
    pub async fn issue(
        &self,
        prefix: &KeyPrefix,
        new: NewKey,
    ) -> Result<Change<Issued>, OperationError> {
        // Before the commit: nothing must fail between it and the key's display.
        let name = self.name_of(&new.owner).await?;
        let issued = self.keyring.issue(prefix, new).await?;
        Ok(self.changed(Issued::new(issued, name)))
    }

    /// Makes a key as the caller asks for it.
    ///
    /// # Errors
    /// When the caller may not make such a key, the expiry has passed, or the store or the random generator
    /// fails.
    pub async fn issue_requested(
        &self,
        prefix: &KeyPrefix,
        request: KeyRequest,
    ) -> Result<Change<Issued>, OperationError> {
        self.issue(prefix, self.caller.new_key(request)?).await
    }

    /// Stores what verifies a key that was made elsewhere.
    ///
    /// # Errors
    /// [`OperationError::KeyExists`] when it is stored already; otherwise when the key has a typo, is
    /// weak and that is not allowed, or belongs to another client, when the expiry has passed, or the
    /// store fails.
    pub async fn issue_external(
        &self,
        key: ApiKey,
        new: NewKey,
    ) -> Result<Change<Issued>, OperationError> {
        self.caller.check_provider_writes()?;
        let api_key = Arc::new(key);
        let name = self.name_of(&new.owner).await?;
        let external = ExternalKey::Key(Arc::clone(&api_key));
        match self.keyring.import(external, new).await? {
            Imported::Known(record) => Err(OperationError::KeyExists(record.id)),
            Imported::New(record) => {
                let issued = IssuedKey { record, api_key };
                Ok(self.changed(Issued::new(issued, name)))
            }
        }
    }
}

impl Operations {
    /// The name of the client that owns keys, if it has one.
    pub(super) async fn name_of(&self, owner: &KeyOwner) -> Result<Option<String>, OperationError> {
        let Some(client) = owner.client() else {
            return Ok(None);
        };
        let book = self.book(Some(client)).await?;
        Ok(book.name(client).map(str::to_owned))
    }
}

impl Issued {
    pub(super) fn new(issued: IssuedKey, client_name: Option<String>) -> Self {
        let IssuedKey { record, api_key } = issued;
        Self {
            client_name: client_name.or_else(|| record.name.clone()),
            record,
            api_key,
        }
    }
}

impl Serialize for Issued {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let members = Members {
            key_id: &self.record.id,
            api_key: self.api_key.expose_secret(),
            client_id: self.record.client(),
            client_name: self.client_name.as_deref(),
            scopes: &self.record.scopes,
            environment: self.record.environment,
            created_at: self.record.created_at,
            expires_at: self.record.expires_at,
        };
        members.serialize(to)
    }
}
