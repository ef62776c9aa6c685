use utoipa::{IntoParams, ToSchema};

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct IfMatch {
    /// The versions of which the client must have one, as `ETag` tells them.
    #[param(rename = "If-Match", value_type = String, required = false)]
    if_match: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ClientQuery {
    /// Only clients whose id, name or external id has this part, in any case.
    #[param(min_length = 1)]
    q: Option<String>,
    /// Only the client with exactly this external id.
    #[param(min_length = 1)]
    external_id: Option<String>,
    /// The order: by id, or the latest or the most first.
    #[param(inline, default = "client_id")]
    order: Option<Order>,
    /// The largest number of clients to return.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before, in the same order.
    cursor: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Order {
    ClientId,
    FirstSeen,
    LastSeen,
    #[schema(rename = "entries_24h")]
    Entries,
    #[schema(rename = "refused_24h")]
    Refused,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageQueryOfAll {
    /// Only keys of this client.
    #[param(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: Option<String>,
    /// From the hour of this time on; 24 hours ago by default.
    #[param(format = DateTime, max_length = 64)]
    since: Option<String>,
    /// What is added up.
    #[param(inline, default = "key")]
    per: Option<Per>,
    /// The largest number of counts to return.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum Per {
    Key,
    Client,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertsQuery {
    /// Only alerts about this client.
    #[param(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: Option<String>,
    /// Only alerts that were seen at this time or later; 7 days ago by default.
    #[param(format = DateTime, max_length = 64)]
    since: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,21}[.][0-9a-f]{16}$")]
    cursor: Option<String>,
    /// The largest number of alerts to return.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<u32>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// The number of the last entry that is known; all by default. `cursor` means the same.
    #[param(minimum = 0, default = 0)]
    after: Option<u64>,
    /// Only entries of this time or later.
    #[param(format = DateTime, max_length = 64)]
    since: Option<String>,
    /// The `next_cursor` of the page before, instead.
    #[param(pattern = "^[0-9]{1,19}$")]
    cursor: Option<String>,
    /// The largest number of entries to return.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    #[param(inline, default = "json")]
    format: Option<Format>,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum Format {
    Json,
    Ndjson,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OwnAuditQuery {
    /// The largest number of entries to return.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,19}$")]
    cursor: Option<String>,
}
