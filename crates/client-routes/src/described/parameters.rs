use central_logger_log_store::queries::ValueFilter;
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        RefOr,
        schema::{ArrayBuilder, ObjectBuilder, Schema, Type},
    },
};
use uuid::Uuid;

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filters {
    /// Exactly this environment, or one of several.
    #[param(schema_with = any_of)]
    environment: Option<Vec<String>>,
    /// Exactly this status, or one of several.
    #[param(schema_with = any_of)]
    status: Option<Vec<String>>,
    /// Exactly this workflow, or one of several.
    #[param(schema_with = any_of)]
    workflow: Option<Vec<String>>,
    /// Not this environment, nor any of several.
    #[param(schema_with = any_of, rename = "not.environment")]
    not_environment: Option<Vec<String>>,
    /// Not this status, nor any of several.
    #[param(schema_with = any_of, rename = "not.status")]
    not_status: Option<Vec<String>>,
    /// Not this workflow, nor any of several. Entries without a workflow are not excluded.
    #[param(schema_with = any_of, rename = "not.workflow")]
    not_workflow: Option<Vec<String>>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Words {
    /// Words of the message: all of them, in any order and any case. A word is a run of letters, marks and
    /// digits. It is matched whole; in scripts without spaces, any part of it is.
    #[param(min_length = 1)]
    q: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Period {
    /// Only entries executed at this time or later.
    #[param(format = DateTime, max_length = 64)]
    from: Option<String>,
    /// Only entries executed before this time.
    #[param(format = DateTime, max_length = 64)]
    to: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Direction {
    /// The order by `executed_at`: newest or oldest first.
    #[param(inline, default = "desc")]
    order: Option<Order>,
    /// The `next_cursor` of the page before, or the id of an entry.
    #[param(pattern = "^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")]
    cursor: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Limit {
    /// The largest number of entries to return.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<u32>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Counting {
    /// The length of a bucket.
    #[param(pattern = "^[0-9]{1,9}[smhd]$", default = "1h")]
    interval: Option<String>,
    /// The member that entries are counted by, or two with a comma between: counts by the first and then by
    /// the second.
    #[param(
        pattern = "^(status(,(environment|workflow))?|environment(,(status|workflow))?|workflow(,(status|environment))?)$",
        default = "status"
    )]
    by: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Of {
    /// The member whose values are listed.
    #[param(inline)]
    of: By,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportFormat {
    /// Lines of JSON, a table, or a Parquet file.
    #[param(inline, default = "ndjson")]
    format: Option<Format>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageOfOwn {
    /// The hour to count from; 24 hours ago by default.
    #[param(format = DateTime, max_length = 64)]
    since: Option<String>,
    /// The largest number of keys to return.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AlertsQuery {
    /// Only alerts last seen at this time or later; 7 days ago by default.
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
#[into_params(parameter_in = Header)]
pub(crate) struct IdempotencyKey {
    /// Makes the request safe to repeat: for 24 hours, a repeat stores nothing and is answered as the first
    /// request was.
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
pub(crate) struct LastEvent {
    /// The last entry that was received: those after it are sent, as far as they came in the last five
    /// minutes.
    #[param(rename = "Last-Event-ID", value_type = Uuid, required = false)]
    id: Option<Uuid>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LastEventOfUrl {
    /// The same, for an `EventSource` made anew, which cannot set a header. The header counts if both are there.
    #[param(value_type = Uuid, required = false)]
    last_event_id: Option<Uuid>,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Order {
    Desc,
    Asc,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum By {
    Status,
    Environment,
    Workflow,
}

#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Format {
    Ndjson,
    Csv,
    Parquet,
}

/// Values of a field that entries are filtered by.
fn any_of() -> impl Into<RefOr<Schema>> {
    let value = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .pattern(Some("^[^\\u0000]+$"));
    let values = ArrayBuilder::new().items(value);
    values.max_items(Some(ValueFilter::MAX_VALUES))
}
