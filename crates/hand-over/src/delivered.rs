use central_logger_key_store::Head;
use central_logger_keys::{ClientId, KeyEnvironment, KeyId, Scopes};
use central_logger_operations::{Change, keys::HandedOver};
use serde::Serialize;
use time::OffsetDateTime;

/// A key that is where its client's programs read it. Nobody has seen it.
#[derive(Debug, Clone, Serialize)]
pub struct Delivered {
    /// Its public id.
    pub key_id: KeyId,
    /// The client that it belongs to.
    pub client_id: Option<ClientId>,
    /// The name of the client, else that of the key.
    pub client_name: Option<String>,
    /// What the key allows.
    pub scopes: Scopes,
    /// The label of the key.
    pub environment: KeyEnvironment,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it expires.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// The key that it replaces.
    pub replaces: Option<KeyId>,
    /// When that key ends, or has ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub old_expires_at: Option<OffsetDateTime>,
    /// The end of the audit trail with it.
    pub audit: Option<Head>,
    /// Where it is.
    pub target: String,
    /// Whether an earlier run has made it, which was interrupted.
    pub taken_up: bool,
}

impl Delivered {
    pub(crate) fn new(settled: Change<HandedOver>, target: String, taken_up: bool) -> Self {
        let audit = settled.audit;
        let HandedOver { key, replaced } = settled.result;
        let end = replaced.as_ref();
        let end = end.and_then(|old| old.revoked_at.or(old.ends_at()));
        Self {
            key_id: key.key_id,
            client_id: key.client_id,
            client_name: key.client_name,
            scopes: key.scopes,
            environment: key.environment,
            created_at: key.created_at,
            expires_at: key.expires_at,
            replaces: replaced.map(|old| old.key_id),
            old_expires_at: end,
            audit,
            target,
            taken_up,
        }
    }
}
