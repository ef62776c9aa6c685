use central_logger_client_records::ClientBook;
use central_logger_key_store::{
    ETag, KeyMaker, KeyRecord, KeyStatus, RateLimit, quota::Quota, record::UnreadableKey,
};
use central_logger_keys::{ClientId, KeyEnvironment, KeyId, Networks, Scopes};
use serde::Serialize;
use time::OffsetDateTime;

/// A key without anything secret, as every list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct KeyView {
    /// The public id of the key.
    pub key_id: KeyId,
    /// The client that the key belongs to; none for a key of the provider.
    pub client_id: Option<ClientId>,
    /// The name of the client, else that of the key.
    pub client_name: Option<String>,
    /// The name of the key, for people.
    pub name: Option<String>,
    /// The status when the key was looked at.
    pub status: KeyStatus,
    /// What the key allows.
    pub scopes: Scopes,
    /// The label of the key.
    pub environment: KeyEnvironment,
    /// The networks that the key is accepted from; any when it is empty.
    pub allow_ip: Networks,
    /// The rate limit of the key.
    pub rate: Option<RateLimit>,
    /// The quota of the client.
    #[serde(flatten)]
    pub quota: Quota,
    /// Whether the key is switched on.
    pub is_active: bool,
    /// Whether the key is weak and should be rotated soon.
    pub is_weak: bool,
    /// When the key was stored.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When the key was last used.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
    /// The network that the key was last used from.
    pub last_used_from: Option<String>,
    /// When the key expires.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// When the grace of a rotated key ends.
    #[serde(with = "time::serde::rfc3339::option")]
    pub grace_ends_at: Option<OffsetDateTime>,
    /// When the key was revoked.
    #[serde(with = "time::serde::rfc3339::option")]
    pub revoked_at: Option<OffsetDateTime>,
    /// Why the key was revoked.
    pub revoked_reason: Option<String>,
    /// A remark.
    pub note: Option<String>,
    /// The key that this one replaces.
    pub replaces: Option<KeyId>,
    /// Whether the key is being handed over: it is accepted, and announced to nobody yet.
    pub pending: bool,
    /// Where it is being handed over to.
    #[serde(skip)]
    pub pending_target: Option<String>,
    /// Who made the key: a key, or the provider.
    pub made_by: KeyMaker,
    /// The version of the key.
    #[serde(skip)]
    pub etag: ETag,
}

impl KeyView {
    /// Shows a record with its status at `now`, and the name of the key as that of the client.
    pub fn of(record: KeyRecord, now: OffsetDateTime) -> Self {
        Self {
            etag: record.etag(),
            status: record.status(now),
            pending: record.is_pending(),
            pending_target: record.pending_target.clone(),
            client_id: record.client().cloned(),
            key_id: record.id,
            client_name: record.name.clone(),
            name: record.name,
            scopes: record.scopes,
            environment: record.environment,
            allow_ip: record.allowed_from,
            rate: record.rate_limit,
            quota: record.quota,
            is_active: record.is_active,
            is_weak: record.is_weak,
            created_at: record.created_at,
            last_used_at: record.last_used_at,
            last_used_from: record.last_used_from,
            expires_at: record.expires_at,
            grace_ends_at: record.grace_ends_at,
            revoked_at: record.revoked_at,
            revoked_reason: record.revoked_reason,
            note: record.note,
            replaces: record.predecessor,
            made_by: record.made_by.as_named(),
        }
    }

    /// Shows the name of the client, if it has one, instead of that of the key.
    #[must_use]
    pub fn named_in(mut self, book: &ClientBook) -> Self {
        let name = self.client_id.as_ref().and_then(|client| book.name(client));
        if let Some(name) = name {
            self.client_name = Some(name.to_owned());
        }
        self
    }

    /// Returns when the key ends: at its expiry, or at the end of its grace if that comes before.
    pub fn ends_at(&self) -> Option<OffsetDateTime> {
        match (self.expires_at, self.grace_ends_at) {
            (Some(expiry), Some(grace)) => Some(expiry.min(grace)),
            (expiry, grace) => expiry.or(grace),
        }
    }
}

/// A key whose row cannot be read.
#[derive(Debug, Clone, Serialize)]
pub struct UnreadableView {
    /// The id, as it is stored.
    pub key_id: String,
    /// The client, if that can be read.
    pub client_id: Option<ClientId>,
    /// Whether the key is revoked.
    pub is_revoked: bool,
    /// Why the row cannot be read.
    pub reason: String,
}

impl From<UnreadableKey> for UnreadableView {
    fn from(key: UnreadableKey) -> Self {
        Self {
            key_id: key.id,
            client_id: key.client_id,
            is_revoked: key.is_revoked,
            reason: key.reason,
        }
    }
}
