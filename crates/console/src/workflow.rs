//! One workflow, and its runs.

use actix_web::{HttpResponse, http::StatusCode, web::Path};
use central_logger_http_api::Parameters;
use central_logger_keys::Scope;
use central_logger_monitoring_pages::monitor_address;
use central_logger_pages::{Failure, banner, line, time};
use central_logger_people::{Fields, Person, address::WORKFLOWS};
use central_logger_workflow_pages::{figures, grid, of_entries, runs, standing};
use central_logger_workflow_routes::problems::{no_workflow, of_workflows};
use central_logger_workflows::{
    Incident, IncidentKind, IncidentQuery, PastRun, WorkflowName, WorkflowView,
};
use maud::{Markup, html};

/// So many incidents stand among its runs.
const INCIDENTS: usize = 200;

/// How it stands, and the runs that are known one by one.
pub(crate) async fn page(
    person: Person,
    workflow: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Failure> {
    person.need(Scope::LOGS_READ)?;
    let fields = Fields(parameters.0);
    let environment = fields.get("environment").unwrap_or_default();
    let name = WorkflowName::new(environment, workflow.into_inner());
    let failed = |error| person.failed(of_workflows(error));
    let unknown = || person.failed(no_workflow(&name));
    let workflows = &person.console.workflows;
    let found = workflows.show(person.client(), &name).await;
    let view = found.map_err(failed)?.ok_or_else(unknown)?;
    let listed = workflows.runs(person.client(), &name).await;
    let listed = listed.map_err(failed)?.ok_or_else(unknown)?;
    let wanted = IncidentQuery {
        workflow: Some(name.workflow.clone()),
        environment: Some(name.environment.clone()),
        limit: INCIDENTS,
        ..IncidentQuery::default()
    };
    let incidents = workflows.incidents(person.client(), &wanted).await;
    let incidents = incidents.map_err(failed)?.incidents;
    let content = content(&person, &view, &listed, &incidents);
    let page = person.page(&name.workflow, WORKFLOWS, content);
    Ok(page.answer(StatusCode::OK))
}

fn content(
    person: &Person,
    view: &WorkflowView,
    past: &[PastRun],
    incidents: &[Incident],
) -> Markup {
    let (environment, workflow) = (&*view.environment, &*view.workflow);
    html! {
        div.head {
            div.lead { (standing(view)) " in " code { bdi { (environment) } } }
            div.actions {
                a.button href=(of_entries(environment, workflow)) { "Its logs" }
                @if person.may(&Scope::KEYS_MANAGE) {
                    " "
                    a.button href=(monitor_address(environment, workflow)) {
                        @if view.monitor.is_some() { "Its monitor" } @else { "Watch it" }
                    }
                }
            }
        }
        @for incident in &view.open_incidents { (still_wrong(person, incident)) }
        @if let Some(suggestion) = &view.suggestion {
            (banner::hint(html! { p { "It " (suggestion.text) ". Nobody is told yet when it does not." } }))
        }
        (figures(view, person.now))
        h2 { "Runs" }
        @if past.is_empty() {
            (banner::empty("It has not run yet", html! {
                p { "Its monitor waits for the first run." }
            }))
        } @else {
            (grid(environment, workflow, past, incidents, person.now))
            (runs(environment, workflow, past, person.now))
            p.hint { "The latest 200 runs are known one by one. Days are those of UTC." }
        }
    }
}

fn still_wrong(person: &Person, incident: &Incident) -> Markup {
    let what = match incident.kind {
        IncidentKind::RunMissed => "It did not run",
        IncidentKind::RunFailed => "It failed",
        IncidentKind::RunStuck => "It does not end",
    };
    banner::problem(html! {
        p {
            strong { (what) } ", " (time::distance(incident.began_at, person.now)) ": " (line(&incident.evidence)) ". "
            @if let Some(entry) = incident.entry_id { a href={ "/console/logs/" (entry) } { "The entry" } }
        }
    })
}
