//! What went wrong with workflows.

use crate::monitor::address;
use actix_web::{HttpResponse, http::StatusCode, web::Query};
use central_logger_keys::Scope;
use central_logger_pages::{Failure, banner, line, status::badge, time};
use central_logger_people::{Person, address::INCIDENTS};
use central_logger_workflow_routes::problems::of_workflows;
use central_logger_workflows::{Incident, IncidentKind, IncidentPage, IncidentQuery};
use maud::{Markup, html};
use std::collections::HashMap;

/// How many stand on a page.
const MOST: usize = 50;

/// Incidents, the latest first.
pub(crate) async fn page(
    person: Person,
    query: Query<HashMap<String, String>>,
) -> Result<HttpResponse, Failure> {
    person.need(Scope::LOGS_READ)?;
    let is_open = query.get("open").is_some_and(|open| open == "true");
    let workflow = query.get("workflow").filter(|name| !name.is_empty());
    let wanted = IncidentQuery {
        open: is_open.then_some(true),
        workflow: workflow.cloned(),
        cursor: query.get("cursor").and_then(|cursor| cursor.parse().ok()),
        limit: MOST,
        ..IncidentQuery::default()
    };
    let found = person.console.workflows.incidents(person.client(), &wanted);
    let found = found
        .await
        .map_err(|error| person.failed(of_workflows(error)))?;
    let content = html! {
        (filter(workflow, is_open))
        (list(&person, &found))
        @if let Some(cursor) = found.next_cursor {
            p { a href=(later(workflow, is_open, &cursor.to_string())) { "Earlier incidents" } }
        }
    };
    let page = person.page("Incidents", INCIDENTS, content);
    Ok(page.answer(StatusCode::OK))
}

fn filter(workflow: Option<&String>, is_open: bool) -> Markup {
    html! {
        form.inline.panel method="get" action=(INCIDENTS) {
            div.field {
                label for="workflow" { "Workflow" }
                input type="text" id="workflow" name="workflow" value=[workflow] autocomplete="off";
            }
            label.check {
                input type="checkbox" name="open" value="true" checked[is_open];
                span { "Only those that have not ended" }
            }
            button type="submit" { "Show" }
        }
    }
}

fn later(workflow: Option<&String>, is_open: bool, cursor: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(workflow.map(|name| ("workflow", name)));
    query.extend_pairs(is_open.then_some(("open", "true")));
    query.append_pair("cursor", cursor);
    format!("{INCIDENTS}?{}", query.finish())
}

fn list(person: &Person, found: &IncidentPage) -> Markup {
    if found.incidents.is_empty() && found.next_cursor.is_some() {
        return banner::empty(
            "No incident was found so far",
            html! { p { "The search goes on with earlier ones." } },
        );
    }
    if found.incidents.is_empty() {
        return banner::empty(
            "No incidents",
            html! { p { "When a run of a workflow with a monitor fails, hangs or does not come, it stands here." } },
        );
    }
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Workflow" }
                        th scope="col" { "What" }
                        th scope="col" { "Began" }
                        th scope="col" { "Ended" }
                        th scope="col" { "Evidence" }
                    }
                }
                tbody { @for incident in &found.incidents { (row(person, incident)) } }
            }
        }
    }
}

fn row(person: &Person, incident: &Incident) -> Markup {
    let what = match incident.kind {
        IncidentKind::RunMissed => "LATE",
        IncidentKind::RunFailed => "FAILED",
        IncidentKind::RunStuck => "STUCK",
    };
    let monitor = address(&incident.environment, &incident.workflow);
    html! {
        tr {
            th scope="row" {
                @match person.may(&Scope::KEYS_MANAGE) {
                    true => { a href=(monitor) { (line(&incident.workflow)) } }
                    false => { (line(&incident.workflow)) }
                }
                div.soft { (line(&incident.environment)) }
            }
            td { (badge(what)) }
            td data-label="Began" { (time::distance(incident.began_at, person.now)) }
            td data-label="Ended" {
                @match incident.ended_at {
                    Some(ended_at) => (time::distance(ended_at, person.now)),
                    None => strong { "open" },
                }
            }
            td {
                (line(&incident.evidence))
                @if let Some(entry) = incident.entry_id {
                    div { a href={ "/console/logs/" (entry) } { "The entry" } }
                }
            }
        }
    }
}
