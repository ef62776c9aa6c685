//! Addresses of pages about workflows.

use central_logger_log_pages::{self as log_pages, Period, View};
use central_logger_times::Timestamp;
use central_logger_workflows::PastRun;
use form_urlencoded::{Serializer, byte_serialize};
use time::{Duration, OffsetDateTime};

/// The path of all workflows.
pub const PATH: &str = "/console/workflows";

/// The entries of a run may be a little older or newer than those that tell of it.
const MARGIN: Duration = Duration::minutes(1);

/// The address of a workflow.
pub fn of_workflow(environment: &str, workflow: &str) -> String {
    // A plus is a plus in a path.
    let name: String = byte_serialize(workflow.as_bytes()).collect();
    let query = Serializer::new(String::new())
        .append_pair("environment", environment)
        .finish();
    format!("{PATH}/{}?{query}", name.replace('+', "%20"))
}

/// The address of its entries of the last day.
pub fn of_entries(environment: &str, workflow: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("range", "24h")
        .append_pair("workflow", workflow)
        .append_pair("environment", environment)
        .finish();
    format!("{}?{query}", log_pages::PATH)
}

/// The address of the incidents of workflows of that name.
pub(crate) fn of_incidents(workflow: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("workflow", workflow)
        .finish();
    format!("/console/incidents?{query}")
}

/// The address of the entries of a run, or of its only one.
pub fn of_run(environment: &str, workflow: &str, past: &PastRun, now: OffsetDateTime) -> String {
    let Some(run_id) = &past.run.run_id else {
        return format!("{}/{}", log_pages::PATH, past.first_entry_id);
    };
    let mut view = View::latest(now);
    view.filters = [
        ("workflow", workflow),
        ("environment", environment),
        ("attr.run_id", run_id),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let end = past.run.ended_at.unwrap_or(now);
    view.period = Period {
        from: Timestamp::clamped(past.run.started_at).saturating_sub(MARGIN),
        to: Timestamp::clamped(end).saturating_add(MARGIN),
    };
    view.address()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_characters_stand_in_an_address() {
        let address = of_workflow("a&b", "x/y z?+\"<");
        assert_eq!(
            address,
            "/console/workflows/x%2Fy%20z%3F%2B%22%3C?environment=a%26b"
        );
    }
}
