use central_logger_http_api::openapi::one_of;
use central_logger_key_activity::{AlertKind, Severity};
use std::collections::BTreeMap;
use time::OffsetDateTime;
use utoipa::{ToSchema, openapi::Object};

/// What was counted of a key.
#[derive(ToSchema)]
pub(crate) struct Usage {
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: String,
    key_id: String,
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

/// An episode of something suspicious, or of something to be done.
#[derive(ToSchema)]
pub(crate) struct Alert {
    #[schema(pattern = "^[0-9a-f]{16}$")]
    id: String,
    #[schema(schema_with = alert_kind)]
    kind: String,
    #[schema(schema_with = severity)]
    severity: String,
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: String,
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
    /// Who acknowledged it: `provider`, a key such as `key 4fT9aXk20bQz`, or a session such as
    /// `session 7fT9aXk20bQz`.
    #[schema(value_type = String, required = false)]
    acknowledged_by: Option<String>,
}

fn alert_kind() -> Object {
    one_of(AlertKind::ALL.map(AlertKind::as_str))
}

fn severity() -> Object {
    one_of(Severity::ALL.map(Severity::as_str))
}
