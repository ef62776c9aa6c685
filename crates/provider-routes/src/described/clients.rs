use time::OffsetDateTime;
use utoipa::ToSchema;

/// A client.
#[derive(ToSchema)]
pub(crate) struct Client {
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: String,
    /// The name, for people.
    #[schema(required)]
    name: Option<String>,
    /// The id in another system of the provider.
    #[schema(required)]
    external_id: Option<String>,
    /// The address for mail.
    #[schema(required)]
    mail: Option<String>,
    /// When the client was set up, or got its first key.
    #[schema(required)]
    first_seen_at: Option<OffsetDateTime>,
    /// When a key of the client was last used.
    #[schema(required)]
    last_seen_at: Option<OffsetDateTime>,
    #[schema(inline)]
    keys: KeyCounts,
    /// How many entries it stored in the last 24 hours.
    entries_24h: u64,
    /// How many of its requests were refused in the last 24 hours.
    refused_24h: u64,
    #[schema(inline)]
    quota: Quota,
    /// How long its logs are kept, such as `90d`, or `forever`.
    keep: String,
    #[schema(inline)]
    policy: Policy,
    /// Where its keys are handed over to.
    #[schema(required)]
    deliver: Option<String>,
    /// What is written there, if not the key alone.
    #[schema(required)]
    deliver_template: Option<String>,
    /// What people of the client may do who sign in by mail.
    mail_scopes: Vec<String>,
}

/// How many keys there are.
#[derive(ToSchema)]
struct KeyCounts {
    active: u64,
    /// Those that are due for rotation.
    due: u64,
}

/// What all keys of the client may do together.
#[derive(ToSchema)]
struct Quota {
    client_id: String,
    #[schema(required)]
    requests_per_day: Option<u64>,
    #[schema(required)]
    requests_per_month: Option<u64>,
    #[schema(required)]
    entries_per_day: Option<u64>,
    #[schema(required)]
    bytes_per_day: Option<u64>,
}

/// What the client may do with its own keys.
#[derive(ToSchema)]
struct Policy {
    /// Whether it may make and change keys.
    self_service: bool,
    /// How many keys it may have that are active or disabled.
    #[schema(required)]
    max_keys: Option<u32>,
    /// The longest lifetime of a key that it makes.
    #[schema(required)]
    max_lifetime: Option<String>,
    /// Whether each key that it makes must expire.
    require_expiry: bool,
    /// Whether a successor may outlive an expiry that the provider has set.
    renewable: bool,
    /// What becomes of a key that is found where others can read it, beside the alert.
    #[schema(inline)]
    on_leak: OnLeak,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum OnLeak {
    Revoke,
    Disable,
    Alert,
}

/// Clients, in the order that was asked for.
#[derive(ToSchema)]
pub(crate) struct ClientPage {
    #[schema(max_items = 1000)]
    clients: Vec<Client>,
    /// The `cursor` of the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// What is set for a client. `null` takes a member away.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientSettings {
    /// The name, for people.
    #[schema(min_length = 1, max_length = 256)]
    name: Option<String>,
    /// The id in another system of the provider. No two clients have the same.
    #[schema(min_length = 1, max_length = 256)]
    external_id: Option<String>,
    /// The address for mail.
    #[schema(min_length = 1, max_length = 256)]
    mail: Option<String>,
    #[schema(inline)]
    quota: Option<QuotaSettings>,
    /// How long its logs are kept; as for all clients unless set. Servers delete what is older.
    #[schema(pattern = "^([0-9]{1,9}[smhd]|forever)$")]
    keep: Option<String>,
    #[schema(inline)]
    policy: Option<PolicySettings>,
    /// Where its keys are handed over to, such as `vault:secret/acme/logger`. A file has to lie in the folder
    /// that the operator has set.
    #[schema(min_length = 1, max_length = 2048)]
    deliver: Option<String>,
    /// What is written there, with `{key}` once, and `{url}`, `{key_id}`, `{client_id}`; the key alone unless set.
    #[schema(min_length = 5, max_length = 4096)]
    deliver_template: Option<String>,
    /// What people of the client may do who sign in by mail; `logs:read` unless set.
    #[schema(min_items = 1, max_items = 100)]
    mail_scopes: Option<Vec<String>>,
}

/// Limits on what all keys of the client do together; none unless set.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct QuotaSettings {
    /// The id of the client, if it is named.
    client_id: Option<String>,
    #[schema(minimum = 1, maximum = 4_294_967_295_u64)]
    requests_per_day: Option<i64>,
    #[schema(minimum = 1, maximum = 4_294_967_295_u64)]
    requests_per_month: Option<i64>,
    #[schema(minimum = 1)]
    entries_per_day: Option<i64>,
    #[schema(minimum = 1)]
    bytes_per_day: Option<i64>,
}

/// What the client may do with its own keys; as for all clients unless set.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
struct PolicySettings {
    self_service: Option<bool>,
    /// A number, or `none` whatever is set for all clients.
    #[schema(value_type = Option<Object>)]
    max_keys: Option<()>,
    /// Such as `90d`, or `none` whatever is set for all clients.
    #[schema(pattern = "^([0-9]{1,9}[smhd]|none)$")]
    max_lifetime: Option<String>,
    require_expiry: Option<bool>,
    renewable: Option<bool>,
    #[schema(inline)]
    on_leak: Option<OnLeak>,
}

/// A client that was removed.
#[derive(ToSchema)]
pub(crate) struct RemovedClient {
    client_id: String,
    /// The ids of the keys that were not revoked before.
    revoked: Vec<String>,
    sessions_ended: u64,
    links_withdrawn: u64,
    /// How many entries of its logs were deleted.
    entries: u64,
    /// The ids of the static keys of the client, which still work.
    #[schema(required)]
    static_keys: Option<Vec<String>>,
    waited_ms: u64,
    #[schema(required, inline)]
    audit: Option<End>,
}

/// The receipt for the deletion of all logs of a client.
#[derive(ToSchema)]
pub(crate) struct DeletedLogs {
    client_id: String,
    /// How many entries were deleted.
    entries: u64,
    at: OffsetDateTime,
    /// Who deleted them.
    actor: String,
    /// The number of the entry of the audit trail that records it.
    audit_sequence: u64,
    /// What may still hold them for a time, such as backups.
    may_remain_in: Vec<String>,
    /// The ids of the static keys of the client, which may send logs again.
    #[schema(required)]
    static_keys: Option<Vec<String>>,
    #[schema(required, inline)]
    audit: Option<End>,
}

/// The end of the audit trail.
#[derive(ToSchema)]
pub(super) struct End {
    sequence: u64,
    #[schema(required)]
    seal: Option<String>,
}
