use crate::{Change, OperationError, Operations};
use central_logger_key_store::{ExternalKey, Imported, IssuedKey, KeyRecord, NewKey};
use central_logger_keys::{ApiKey, ClientId, KeyEnvironment, KeyId, KeyPrefix, Scopes};
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
        let IssuedKey { record, api_key } = self.keyring.issue(prefix, new).await?;
        Ok(self.changed(Issued { record, api_key }))
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
        let api_key = Arc::new(key);
        let external = ExternalKey::Key(Arc::clone(&api_key));
        match self.keyring.import(external, new).await? {
            Imported::Known(record) => Err(OperationError::KeyExists(record.id)),
            Imported::New(record) => Ok(self.changed(Issued { record, api_key })),
        }
    }
}

impl Serialize for Issued {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let members = Members {
            key_id: &self.record.id,
            api_key: self.api_key.expose_secret(),
            client_id: self.record.client(),
            client_name: self.record.name.as_deref(),
            scopes: &self.record.scopes,
            environment: self.record.environment,
            created_at: self.record.created_at,
            expires_at: self.record.expires_at,
        };
        members.serialize(to)
    }
}
