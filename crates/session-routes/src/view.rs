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

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "its fields are only described")]
pub(crate) struct NameOfNoEffect {
    /// Is accepted and remembers nothing: a repeat under the same name mails another link.
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

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "its fields are only described")]
pub(crate) struct SessionsQuery {
    /// The largest number of sessions to return.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "its fields are only described")]
pub(crate) struct AllSessionsQuery {
    /// Only sessions of this client.
    #[param(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: Option<String>,
    /// The largest number of sessions to return.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Sessions, the oldest first.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its fields are only described")]
pub(crate) struct Sessions {
    #[schema(max_items = 1000)]
    sessions: Vec<Session>,
    /// The `cursor` of the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
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
    /// The key with which the session ends; null where a client would see a key of the provider.
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
