//! The workflows, the failing ones first.

use actix_web::{HttpResponse, http::StatusCode};
use central_logger_http_api::Parameters;
use central_logger_keys::Scope;
use central_logger_log_pages as log_pages;
use central_logger_pages::{Failure, banner};
use central_logger_people::{Fields, Person, address::WORKFLOWS};
use central_logger_workflow_pages::{Search, table};
use central_logger_workflow_routes::problems::of_workflows;
use central_logger_workflows::{WorkflowQuery, WorkflowView};
use maud::{Markup, html};

/// The workflows that ran or are to run.
pub(crate) async fn page(person: Person, parameters: Parameters) -> Result<HttpResponse, Failure> {
    person.need(Scope::LOGS_READ)?;
    let fields = Fields(parameters.0);
    let number = fields.get("page").and_then(|page| page.parse().ok());
    let search = Search {
        part: fields.get("q").map(str::to_owned),
        page: number.unwrap_or(1),
    };
    let (workflows, all) = (&person.console.workflows, WorkflowQuery::default());
    let listed = workflows.list(person.client(), &all).await;
    let listed = listed.map_err(|error| person.failed(of_workflows(error)))?;
    let content = content(&person, listed, &search);
    let page = person.page("Workflows", WORKFLOWS, content);
    Ok(page.answer(StatusCode::OK))
}

fn content(person: &Person, workflows: Vec<WorkflowView>, search: &Search) -> Markup {
    if !workflows.is_empty() {
        return table(workflows, search, person.now);
    }
    banner::empty(
        "No workflows yet",
        html! {
            p { "A workflow appears here seconds after its first entry that names it: " code { "\"workflow\": \"invoices\"" } "." }
            p { a href=(log_pages::PATH) { "Look at the logs" } }
        },
    )
}
