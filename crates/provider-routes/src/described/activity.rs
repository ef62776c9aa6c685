use central_logger_http_api::openapi::one_of;
use central_logger_key_activity::{AlertKind, DeliveryState, Severity};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use utoipa::{ToSchema, openapi::Object};

/// What was counted of keys or clients.
#[derive(ToSchema)]
pub(crate) struct ProviderUsage {
    /// The beginning of the first hour that is counted.
    since: OffsetDateTime,
    #[schema(inline, max_items = 1000)]
    usage: Vec<UsageOfKey>,
    /// The `cursor` of the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
struct UsageOfKey {
    /// The client; nothing for requests with no key, or with one that is not known.
    #[schema(required)]
    client_id: Option<String>,
    #[schema(required)]
    key_id: Option<String>,
    /// Requests that were accepted.
    requests: u64,
    /// Requests that were refused, by the reason.
    refused: BTreeMap<String, u64>,
    /// Entries that were stored.
    entries: u64,
    /// The size of the bodies with these entries, decompressed.
    bytes: u64,
    /// The time that answering took, in total.
    #[schema(minimum = 0)]
    latency_ms: f64,
    /// How many networks requests came from; at most 16 are known of each hour.
    networks: u64,
    /// The last time that the key was presented.
    last_at: OffsetDateTime,
}

/// What is suspicious about keys.
#[derive(ToSchema)]
pub(crate) struct ProviderAlerts {
    since: OffsetDateTime,
    #[schema(max_items = 1000)]
    alerts: Vec<ProviderAlert>,
    /// Whether there are earlier ones.
    has_more: bool,
    /// Where the next page begins, or null.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// Alerts that somebody has seen.
#[derive(ToSchema)]
pub(crate) struct AcknowledgedAlerts {
    acknowledged: Vec<ProviderAlert>,
}

/// An episode of something suspicious, or of something to be done, and how its delivery stands.
#[derive(ToSchema)]
struct ProviderAlert {
    #[schema(pattern = "^[0-9a-f]{16}$")]
    id: String,
    #[schema(schema_with = alert_kind)]
    kind: String,
    #[schema(schema_with = severity)]
    severity: String,
    #[schema(required)]
    client_id: Option<String>,
    #[schema(required)]
    key_id: Option<String>,
    /// The network, such as `192.0.2.0/24`.
    #[schema(required)]
    network: Option<String>,
    /// When the episode began.
    first_at: OffsetDateTime,
    /// When it was last seen.
    last_at: OffsetDateTime,
    /// How often it was seen.
    count: u64,
    /// What was seen, in a line for people.
    evidence: String,
    /// When somebody acknowledged the alert, if somebody has.
    #[schema(value_type = OffsetDateTime, required = false)]
    acknowledged_at: Option<OffsetDateTime>,
    /// Who acknowledged it.
    #[schema(value_type = String, required = false)]
    acknowledged_by: Option<String>,
    #[schema(required, inline)]
    delivery: Option<AlertDelivery>,
}

#[derive(ToSchema)]
struct AlertDelivery {
    #[schema(schema_with = delivery_state)]
    state: String,
    attempts: u32,
    at: OffsetDateTime,
    #[schema(required)]
    error: Option<String>,
}

fn alert_kind() -> Object {
    one_of(AlertKind::ALL.map(AlertKind::as_str))
}

fn severity() -> Object {
    one_of(Severity::ALL.map(Severity::as_str))
}

fn delivery_state() -> Object {
    one_of(DeliveryState::ALL.map(DeliveryState::as_str))
}
