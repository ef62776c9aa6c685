use central_logger_operations::sessions::SessionView;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are only described")]
pub(crate) struct RequestName {
    /// Makes the request safe to repeat: for 24 hours, a repeat makes nothing and shows nothing that is secret.
    #[param(
        rename = "Idempotency-Key",
        value_type = String,
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$"
    )]
    key: Option<String>,
}

/// Sessions, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sessions {
    #[schema(value_type = Vec<Session>, max_items = 1000)]
    pub(crate) sessions: Vec<SessionView>,
}

/// Sessions that have ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ended {
    /// The ids of the sessions.
    #[schema(value_type = Vec<String>)]
    pub(crate) ended: Vec<central_logger_keys::KeyId>,
    /// The milliseconds until no server accepted a request under them any more.
    pub(crate) waited_ms: u64,
}

/// A person who has signed in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its fields are only described")]
pub(crate) struct Session {
    session_id: String,
    /// The client, or null for the provider.
    #[schema(required)]
    client_id: Option<String>,
    /// Who it is.
    #[schema(required)]
    name: Option<String>,
    /// What the session allows, as far as its key does.
    scopes: Vec<String>,
    /// The key with which the session ends.
    #[schema(required)]
    key_id: Option<String>,
    /// Whether a person of the provider has begun it, to see what the client sees.
    by_provider: bool,
    created_at: OffsetDateTime,
    /// The last use, up to a minute late.
    last_used_at: OffsetDateTime,
    /// When the session ends, unless it is used before.
    idle_ends_at: OffsetDateTime,
    /// When the session ends in any case.
    expires_at: OffsetDateTime,
}
