use super::requests::{Environment, Status};
use central_logger_http_api::openapi::one_of;
use central_logger_key_activity::{AlertKind, Severity};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use utoipa::{ToSchema, openapi::Object};

/// A key without anything secret.
#[derive(ToSchema)]
pub(crate) struct Key {
    key_id: String,
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: String,
    /// The name of the client, else that of the key.
    #[schema(required)]
    client_name: Option<String>,
    /// The name of the key, for people.
    #[schema(required)]
    name: Option<String>,
    #[schema(inline)]
    status: Status,
    /// What the key allows.
    scopes: Vec<String>,
    /// The label within the key.
    #[schema(inline)]
    environment: Environment,
    /// The networks that the key is accepted from; any when there are none.
    allow_ip: Vec<String>,
    /// How often the key may be used at most.
    #[schema(required)]
    rate: Option<String>,
    /// How many requests all keys of the client may make in a day.
    #[schema(required)]
    requests_per_day: Option<u64>,
    /// How many requests all keys of the client may make in a month.
    #[schema(required)]
    requests_per_month: Option<u64>,
    /// How many entries the client may store in a day.
    #[schema(required)]
    entries_per_day: Option<u64>,
    /// How many bytes of entries the client may store in a day.
    #[schema(required)]
    bytes_per_day: Option<u64>,
    /// Whether the key is switched on.
    is_active: bool,
    /// Whether the key is too easily guessed and should be rotated.
    is_weak: bool,
    created_at: OffsetDateTime,
    #[schema(required)]
    last_used_at: Option<OffsetDateTime>,
    /// The network that the key was last used from.
    #[schema(required)]
    last_used_from: Option<String>,
    #[schema(required)]
    expires_at: Option<OffsetDateTime>,
    /// When the grace of a rotated key ends.
    #[schema(required)]
    grace_ends_at: Option<OffsetDateTime>,
    #[schema(required)]
    revoked_at: Option<OffsetDateTime>,
    #[schema(required)]
    revoked_reason: Option<String>,
    /// A remark, which the client and the provider see.
    #[schema(required)]
    note: Option<String>,
    /// The id of the key that this one replaces.
    #[schema(required)]
    replaces: Option<String>,
    /// Whether the key is being handed over: it is accepted, and announced to nobody yet.
    pending: bool,
    /// Who made the key: `provider`, or the id of a key.
    made_by: String,
}

/// Keys, oldest first.
#[derive(ToSchema)]
pub(crate) struct KeyPage {
    #[schema(max_items = 1000)]
    keys: Vec<Key>,
    /// The `cursor` of the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A key, and how long it took until all servers went by the change.
#[derive(ToSchema)]
pub(crate) struct ChangedKey {
    #[schema(inline)]
    #[serde(flatten)]
    key: Key,
    /// The ids of all keys that were revoked with `with_made`.
    #[schema(value_type = Vec<String>, required = false)]
    revoked: Option<Vec<String>>,
    waited_ms: u64,
}

/// A key, what it replaces and is replaced by, and what it was used for.
#[derive(ToSchema)]
pub(crate) struct KeyDetails {
    #[serde(flatten)]
    key: Key,
    #[schema(required)]
    predecessor: Option<Key>,
    #[schema(required)]
    successor: Option<Key>,
    #[schema(required, inline)]
    usage: Option<KeyUsage>,
    #[schema(inline)]
    alerts: Vec<KeyAlert>,
}

/// A new key. No other answer shows it.
#[derive(ToSchema)]
pub(crate) struct IssuedKey {
    key_id: String,
    /// The key itself.
    api_key: String,
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: String,
    #[schema(required)]
    client_name: Option<String>,
    scopes: Vec<String>,
    #[schema(inline)]
    environment: Environment,
    created_at: OffsetDateTime,
    #[schema(required)]
    expires_at: Option<OffsetDateTime>,
    #[schema(required, inline)]
    audit: Option<TrailEnd>,
    /// The milliseconds until all servers went by it; null if that could not be confirmed: then those that do not
    /// may accept a key that this one replaces until their lease has run out.
    #[schema(required)]
    waited_ms: Option<u64>,
}

/// The successor of a key. No other answer shows it.
#[derive(ToSchema)]
pub(crate) struct RotatedKey {
    #[serde(flatten)]
    issued: IssuedKey,
    /// The id of the old key.
    replaces: String,
    /// When the old key ends, or has ended.
    #[schema(required)]
    old_expires_at: Option<OffsetDateTime>,
}

/// Keys that were revoked.
#[derive(ToSchema)]
pub(crate) struct RevokedKeys {
    /// The ids of those that were not revoked before.
    revoked: Vec<String>,
    waited_ms: u64,
}

/// The keys of a client that were revoked.
#[derive(ToSchema)]
pub(crate) struct RevokedClient {
    /// The ids of those that were not revoked before.
    revoked: Vec<String>,
    /// The ids of the static keys of the client, which still work.
    #[schema(required)]
    static_keys: Option<Vec<String>>,
    waited_ms: u64,
    #[schema(required, inline)]
    audit: Option<TrailEnd>,
}

/// The end of the audit trail with the change. Clients are not told.
#[derive(ToSchema)]
struct TrailEnd {
    sequence: u64,
    #[schema(required)]
    seal: Option<String>,
}

#[derive(ToSchema)]
struct KeyUsage {
    #[schema(required)]
    client_id: Option<String>,
    #[schema(required)]
    key_id: Option<String>,
    requests: u64,
    /// Requests that were refused, by the reason.
    refused: BTreeMap<String, u64>,
    entries: u64,
    bytes: u64,
    latency_ms: f64,
    networks: u64,
    last_at: OffsetDateTime,
}

#[derive(ToSchema)]
struct KeyAlert {
    #[schema(pattern = "^[0-9a-f]{16}$")]
    id: String,
    #[schema(schema_with = alert_kind)]
    kind: String,
    #[schema(schema_with = severity)]
    severity: String,
    client_id: String,
    #[schema(required)]
    key_id: Option<String>,
    #[schema(required)]
    network: Option<String>,
    first_at: OffsetDateTime,
    last_at: OffsetDateTime,
    count: u64,
    evidence: String,
    /// How the delivery stands, for the provider alone.
    #[schema(required, value_type = Option<Object>)]
    delivery: Option<()>,
}

fn alert_kind() -> Object {
    one_of(AlertKind::ALL.map(AlertKind::as_str))
}

fn severity() -> Object {
    one_of(Severity::ALL.map(Severity::as_str))
}
