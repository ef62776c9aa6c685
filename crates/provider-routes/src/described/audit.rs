use super::clients::End;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Entries of the audit trail, in order.
#[derive(ToSchema)]
pub(crate) struct AuditTrailPage {
    #[schema(max_items = 1000)]
    entries: Vec<AuditTrailEntry>,
    /// The number of the last of them, if there are more.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Who did what to which key or client.
#[derive(ToSchema)]
struct AuditTrailEntry {
    /// The place in the trail, counted from 1 without gaps.
    #[schema(minimum = 1)]
    sequence: u64,
    at: OffsetDateTime,
    #[schema(inline)]
    actor: AuditActor,
    /// The network that the request came from, such as `192.0.2.0/24`.
    #[schema(required)]
    network: Option<String>,
    /// The way: `command_line`, `http`, `console` or `server`.
    #[schema(required)]
    via: Option<String>,
    action: String,
    #[schema(required)]
    key_id: Option<String>,
    #[schema(required)]
    client_id: Option<String>,
    /// What was before; nothing for what is new.
    #[schema(required, value_type = Option<Object>)]
    before: Option<()>,
    /// What is after it.
    #[schema(value_type = Object)]
    after: (),
    #[schema(required)]
    key_seal: Option<String>,
    seal: String,
}

#[derive(ToSchema)]
struct AuditActor {
    /// `host`, `key`, `session`, `provider_key` or `server`.
    #[schema(required)]
    kind: Option<String>,
    #[schema(required)]
    id: Option<String>,
    name: String,
}

/// What a verification of the audit trail has found.
#[derive(ToSchema)]
pub(crate) struct AuditVerdict {
    /// Whether everything fits.
    intact: bool,
    #[schema(inline)]
    report: Report,
}

#[derive(ToSchema)]
struct Report {
    /// How many entries there are.
    entries: u64,
    unchecked: u64,
    unpeppered: u64,
    sealed_without_pepper: Vec<u64>,
    /// How many keys were compared with their last entry.
    #[schema(required)]
    keys: Option<u64>,
    unchecked_keys: u64,
    #[schema(inline)]
    end: End,
    /// What does not fit.
    #[schema(value_type = Vec<Object>)]
    faults: Vec<()>,
}

/// Entries of the audit trail about the client's keys and sessions, in order.
#[derive(ToSchema)]
pub(crate) struct OwnAuditPage {
    #[schema(max_items = 1000)]
    entries: Vec<OwnAuditEntry>,
    /// The `cursor` of the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// What was done to a key or a session of the client.
#[derive(ToSchema)]
struct OwnAuditEntry {
    at: OffsetDateTime,
    #[schema(inline)]
    actor: OwnAuditActor,
    /// The network that the request came from, if it was the client's.
    #[schema(required)]
    network: Option<String>,
    #[schema(required)]
    via: Option<String>,
    action: String,
    #[schema(required)]
    key_id: Option<String>,
    #[schema(required)]
    client_id: Option<String>,
    #[schema(required, value_type = Option<Object>)]
    before: Option<()>,
    #[schema(value_type = Object)]
    after: (),
}

#[derive(ToSchema)]
struct OwnAuditActor {
    /// `key`, `session`, `server` or `provider`.
    kind: String,
    /// The id of the client's own key or session.
    #[schema(required)]
    id: Option<String>,
    #[schema(required)]
    name: Option<String>,
}
