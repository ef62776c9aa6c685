#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod channels;
mod incidents;
mod monitor;
mod monitor_form;
mod routes;
mod status_links;

pub use monitor::address as monitor_address;
pub use routes::{PATTERNS, configure};

use central_logger_key_store::NamedRequest;
use central_logger_people::{Fields, Person, Submitted};
use central_logger_workflow_operations::WorkflowOperations;
use serde_json::json;

/// What is changed in the name of a person.
fn operations(person: &Person) -> WorkflowOperations {
    let console = &person.console;
    let (workflows, channels) = (console.workflows.clone(), console.channels.clone());
    WorkflowOperations::new(person.operations.clone(), workflows, channels)
}

/// The name of the field that tells a form that is sent again.
const REQUEST: &str = "request";

/// What is changed by a form, once however often it is sent.
fn once(submitted: &Submitted, path: &str) -> WorkflowOperations {
    let Submitted { person, fields } = submitted;
    operations(person).repeatable(named(person, path, fields))
}

fn named(person: &Person, path: &str, fields: &Fields) -> Option<NamedRequest> {
    let name = fields.get(REQUEST)?;
    let sent = fields.0.iter().filter(|(field, _)| field != "form_token");
    let sent = json!([path, sent.collect::<Vec<_>>()]).to_string();
    let id = person.session().id.as_str();
    Some(NamedRequest::new(id, "console", name, sent.as_bytes()))
}
