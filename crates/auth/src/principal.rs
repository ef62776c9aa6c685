use central_logger_key_store::{KeyRecord, Scopes};
use central_logger_keys::{ClientId, KeyEnvironment, KeyId};
use std::sync::Arc;
use time::OffsetDateTime;

/// Who is calling: proof that a key was verified. Only an
/// [`Authenticator`](crate::Authenticator) can make one.
#[derive(Debug, Clone)]
pub struct Principal {
    record: Arc<KeyRecord>,
}

impl Principal {
    pub(crate) fn new(record: Arc<KeyRecord>) -> Self {
        Self { record }
    }

    /// The client that the key belongs to: the tenant of all that the request does.
    pub fn client_id(&self) -> &ClientId {
        &self.record.client_id
    }

    /// The public id of the key.
    pub fn key_id(&self) -> &KeyId {
        &self.record.id
    }

    /// What the key allows.
    pub fn scopes(&self) -> &Scopes {
        &self.record.scopes
    }

    /// The label of the key.
    pub fn environment(&self) -> KeyEnvironment {
        self.record.environment
    }

    /// When the key ends, if it does.
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        self.record.expires_at
    }
}
