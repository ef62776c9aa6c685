//! The workflows, the failing ones first.

use actix_web::{HttpResponse, http::StatusCode};
use central_logger_keys::Scope;
use central_logger_log_pages as log_pages;
use central_logger_pages::{Failure, banner};
use central_logger_people::{Person, address::WORKFLOWS};
use central_logger_workflow_pages::table;
use central_logger_workflow_routes::problems::of_workflows;
use central_logger_workflows::{WorkflowQuery, WorkflowView};
use maud::{Markup, html};

/// The workflows that ran or are to run.
pub(crate) async fn page(person: Person) -> Result<HttpResponse, Failure> {
    person.need(Scope::LOGS_READ)?;
    let (workflows, all) = (&person.console.workflows, WorkflowQuery::default());
    let listed = workflows.list(person.client(), &all).await;
    let listed = listed.map_err(|error| person.failed(of_workflows(error)))?;
    let content = content(&person, listed);
    let page = person.page("Workflows", WORKFLOWS, content);
    Ok(page.answer(StatusCode::OK))
}

fn content(person: &Person, workflows: Vec<WorkflowView>) -> Markup {
    if !workflows.is_empty() {
        return table(workflows, person.now);
    }
    banner::empty(
        "No workflows yet",
        html! {
            p { "A workflow appears here seconds after its first entry that names it: " code { "\"workflow\": \"invoices\"" } "." }
            p { a href=(log_pages::PATH) { "Look at the logs" } }
        },
    )
}
