//! Types of other crates, as OpenAPI has them.

mod channels;
mod status_links;

pub(crate) use channels::{Channel, ChannelWithSecret, Channels, NewChannel, NewChannelOfClient};
pub(crate) use status_links::{MadeStatusLink, NewStatusLink, StatusLink, StatusLinks};

use central_logger_http_api::openapi::one_of;
use central_logger_workflows::{IncidentKind, Standing};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema, openapi::Object};
use uuid::Uuid;

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct RequestName {
    /// Makes the request safe to repeat: for 24 hours, a repeat changes nothing and is answered with what is there
    /// now, without a secret.
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

/// Which workflows are listed.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct WorkflowsQuery {
    /// Only workflows of this environment.
    environment: Option<String>,
    /// Only workflows of this name.
    workflow: Option<String>,
    /// Only workflows that stand so.
    #[param(schema_with = standing)]
    state: Option<String>,
}

/// Which incidents are listed.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct IncidentsQuery {
    /// Only incidents that had not ended before this time.
    since: Option<OffsetDateTime>,
    /// Only incidents that have not ended, or only those that have.
    open: Option<bool>,
    /// Only incidents of workflows of this name.
    workflow: Option<String>,
    /// The most incidents of a page.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<usize>,
    /// The `next_cursor` of the page before.
    cursor: Option<Uuid>,
}

/// Where a workflow runs.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct InEnvironment {
    /// The environment in which the workflow runs.
    #[param(min_length = 1, max_length = 64)]
    environment: String,
}

/// Which workflows of clients are listed.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct ClientWorkflowsQuery {
    /// Only workflows of this client.
    client_id: Option<String>,
    /// Only workflows of this environment.
    environment: Option<String>,
    /// Only workflows of this name.
    workflow: Option<String>,
    /// Only workflows that stand so.
    #[param(schema_with = standing)]
    state: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which incidents of clients are listed.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct ClientIncidentsQuery {
    /// Only incidents of this client.
    client_id: Option<String>,
    /// Only incidents that had not ended before this time.
    since: Option<OffsetDateTime>,
    /// Only incidents that have not ended, or only those that have.
    open: Option<bool>,
    /// Only incidents of workflows of this name.
    workflow: Option<String>,
    /// The most incidents of a page.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<usize>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Whose channels they are.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct OneClient {
    /// The client.
    client_id: String,
}

/// Whose workflow it is, and where it runs.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct OfClient {
    /// The client.
    client_id: String,
    /// The environment in which the workflow runs.
    #[param(min_length = 1, max_length = 64)]
    environment: String,
}

/// Workflows of several clients.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct ClientWorkflows {
    #[schema(max_items = 2099)]
    workflows: Vec<ClientWorkflow>,
    /// The `cursor` of the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A workflow, and whose it is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct ClientWorkflow {
    client_id: String,
    #[serde(flatten)]
    workflow: Workflow,
}

/// Incidents of several clients.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct ClientIncidents {
    #[schema(max_items = 1000)]
    incidents: Vec<ClientIncident>,
    /// The `cursor` of the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// An incident, and whose it is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct ClientIncident {
    client_id: String,
    #[serde(flatten)]
    incident: Incident,
}

/// Workflows.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct Workflows {
    #[schema(max_items = 2000)]
    workflows: Vec<Workflow>,
}

/// A workflow, and how it stands.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct Workflow {
    workflow: String,
    environment: String,
    /// `unwatched` without a monitor.
    #[schema(schema_with = standing)]
    state: String,
    /// The run that started last.
    #[schema(required)]
    last_run: Option<Run>,
    /// When the monitor expects the next run.
    #[schema(required)]
    next_expected_at: Option<OffsetDateTime>,
    /// Runs that started within 24 hours.
    runs_24h: u64,
    /// Those of them that failed.
    failed_24h: u64,
    /// Runs that started within 7 days.
    runs_7d: u64,
    /// Those of them that failed.
    failed_7d: u64,
    /// Half of the runs of 24 hours took at most so many milliseconds.
    #[schema(required)]
    p50_ms_24h: Option<u64>,
    /// Nineteen of twenty took at most so many.
    #[schema(required)]
    p95_ms_24h: Option<u64>,
    #[schema(required)]
    p50_ms_7d: Option<u64>,
    #[schema(required)]
    p95_ms_7d: Option<u64>,
    #[schema(required)]
    monitor: Option<Monitor>,
    /// Without a monitor: one that the runs so far would have kept, if they were regular.
    #[schema(required)]
    suggestion: Option<Suggestion>,
}

/// A monitor that the runs so far would have kept.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct Suggestion {
    /// How the workflow runs, for people.
    #[schema(example = "runs daily at 03:00 UTC, give or take 4 minutes")]
    text: String,
    /// The monitor, as it can be set.
    monitor: NewMonitor,
}

/// A run of a workflow.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct Run {
    /// Nothing when the run is a single entry without one.
    #[schema(required)]
    run_id: Option<String>,
    status: String,
    started_at: OffsetDateTime,
    /// Nothing while it runs.
    #[schema(required)]
    ended_at: Option<OffsetDateTime>,
    #[schema(required)]
    duration_ms: Option<u64>,
}

/// What is expected of a workflow: `every` or `cron`, and what has a default.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct NewMonitor {
    /// A run is expected so long after the start of the one before: a duration from 60s on.
    #[schema(example = "24h")]
    every: Option<String>,
    /// Runs are expected at the times of this line, of five fields.
    #[schema(max_length = 256, example = "0 3 * * *")]
    cron: Option<String>,
    /// The time zone of the line, as the tz database names it. By default UTC.
    #[schema(max_length = 64, example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// How much later a run may start. By default 10m.
    #[schema(example = "1h")]
    grace: Option<String>,
    /// How long a run may take. By default that is not limited.
    #[schema(example = "2h")]
    max_runtime: Option<String>,
    /// How many runs in a row may fail, with the one that is an incident. By default 1.
    #[schema(minimum = 1, maximum = 100)]
    fail_after: Option<u32>,
    /// The statuses that are failures, whatever their case.
    #[schema(min_items = 1, max_items = 32)]
    failed: Option<Vec<String>>,
}

/// What is expected of a workflow.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct Monitor {
    #[schema(required = false)]
    every: Option<String>,
    #[schema(required = false)]
    cron: Option<String>,
    #[schema(required = false)]
    time_zone: Option<String>,
    grace: String,
    #[schema(required)]
    max_runtime: Option<String>,
    fail_after: u32,
    failed: Vec<String>,
    /// When it was set: nothing from before is held against the workflow.
    set_at: OffsetDateTime,
    /// Until then nobody is sent a message.
    #[schema(required)]
    silenced_until: Option<OffsetDateTime>,
    #[schema(required)]
    next_expected_at: Option<OffsetDateTime>,
    /// Whether no run was seen yet, so that none is missed.
    waits_for_first_run: bool,
}

/// For how long nobody is sent a message.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct Silence {
    #[schema(example = "8h")]
    r#for: String,
}

/// Incidents.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct Incidents {
    #[schema(max_items = 1000)]
    incidents: Vec<Incident>,
    /// The `cursor` of the next page, if there is one.
    #[schema(required)]
    next_cursor: Option<Uuid>,
}

/// Something that went wrong with a workflow.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct Incident {
    id: Uuid,
    #[schema(schema_with = incident_kind)]
    kind: String,
    workflow: String,
    environment: String,
    began_at: OffsetDateTime,
    /// Nothing while it lasts.
    #[schema(required)]
    ended_at: Option<OffsetDateTime>,
    /// What was seen, for people.
    evidence: String,
    /// The entry that shows it.
    #[schema(required)]
    entry_id: Option<Uuid>,
}

fn standing() -> Object {
    one_of(Standing::ALL.map(Standing::as_str))
}

fn incident_kind() -> Object {
    one_of(IncidentKind::ALL.map(IncidentKind::as_str))
}
