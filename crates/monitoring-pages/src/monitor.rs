//! What is expected of a workflow.

use crate::{
    monitor_form::{Filled, form as markup},
    operations,
};
use actix_web::{
    HttpResponse, ResponseError,
    http::StatusCode,
    web::{Path, Query},
};
use central_logger_http_api::Problem;
use central_logger_keys::Scope;
use central_logger_pages::{Failure, banner, line};
use central_logger_people::{Person, Submitted, address::WORKFLOWS};
use central_logger_times::UnitDuration;
use central_logger_workflow_operations::Once;
use central_logger_workflow_routes::problems::{of_change, of_workflows};
use central_logger_workflows::{Monitor, WorkflowName, WorkflowView};
use form_urlencoded::byte_serialize;
use maud::{Markup, html};
use std::collections::HashMap;
use time::OffsetDateTime;

/// How many of the next runs are shown.
const NEXT: usize = 5;

/// The address of the form of a workflow's monitor.
pub fn address(environment: &str, workflow: &str) -> String {
    let part = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    // A space within a path is no plus.
    let workflow = part(workflow).replace('+', "%20");
    format!(
        "{WORKFLOWS}/{workflow}/monitor?environment={}",
        part(environment)
    )
}

/// The form, with what is expected now, or what the runs so far would have kept.
pub(crate) async fn form(
    person: Person,
    workflow: Path<String>,
    query: Query<HashMap<String, String>>,
) -> Result<HttpResponse, Failure> {
    person.need(Scope::KEYS_MANAGE)?;
    let name = name(&person, workflow, &query)?;
    let view = view(&person, &name).await?;
    let filled = Filled::of_view(view.as_ref());
    show(&person, &name, view, &filled, html! {}, StatusCode::OK)
}

/// Previews, sets, silences or removes the monitor.
pub(crate) async fn change(
    submitted: Submitted,
    workflow: Path<String>,
    query: Query<HashMap<String, String>>,
) -> Result<HttpResponse, Failure> {
    let Submitted { person, fields } = submitted;
    person.need(Scope::KEYS_MANAGE)?;
    let name = name(&person, workflow, &query)?;
    let filled = Filled::of_fields(&fields);
    let changed = match fields.get("action").unwrap_or("preview") {
        "set" => set(&person, &name, &filled).await,
        "silence" => silence(&person, &name, fields.get("for").unwrap_or_default()).await,
        "remove" => remove(&person, &name).await,
        _ => Monitor::of_members(&filled.members())
            .map(|_| html! {})
            .map_err(Problem::faulty_members),
    };
    let view = view(&person, &name).await?;
    match changed {
        Ok(notice) => {
            let is_change = fields
                .get("action")
                .is_some_and(|action| action != "preview");
            let filled = match is_change {
                true => Filled::of_view(view.as_ref()),
                false => filled,
            };
            show(&person, &name, view, &filled, notice, StatusCode::OK)
        }
        Err(problem) => {
            let status = problem.status_code();
            let notice = Failure::from(problem).notice();
            show(&person, &name, view, &filled, notice, status)
        }
    }
}

async fn set(person: &Person, name: &WorkflowName, filled: &Filled) -> Result<Markup, Problem> {
    let members = filled.members();
    let operations = operations(person);
    let set = operations.set_monitor(person.client(), name, &members, false);
    set.await.map_err(of_change)?;
    Ok(banner::done(html! { p { "The workflow is watched." } }))
}

async fn silence(person: &Person, name: &WorkflowName, length: &str) -> Result<Markup, Problem> {
    let length = length.parse::<UnitDuration>();
    let length = length.map_err(|error| {
        let detail = format!("The time of silence {error}");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    })?;
    let operations = operations(person);
    let silenced = operations.silence(person.client(), name, length);
    match silenced.await.map_err(of_change)? {
        Once::Done(None) => Err(unwatched()),
        _ => Ok(banner::done(html! {
            p { "Nobody is sent a message about it for " (length) ". What is still wrong then is told of then." }
        })),
    }
}

async fn remove(person: &Person, name: &WorkflowName) -> Result<Markup, Problem> {
    let operations = operations(person);
    let removed = operations.remove_monitor(person.client(), name).await;
    match removed.map_err(of_change)? {
        Once::Done(None) => Err(unwatched()),
        _ => Ok(banner::done(
            html! { p { "Nothing is expected of it any more." } },
        )),
    }
}

fn unwatched() -> Problem {
    Problem::new(StatusCode::CONFLICT, "The workflow is not watched")
}

fn name(
    person: &Person,
    workflow: Path<String>,
    query: &HashMap<String, String>,
) -> Result<WorkflowName, Failure> {
    let environment = query.get("environment").map_or("default", String::as_str);
    let name = WorkflowName::new(environment, workflow.into_inner());
    match name.check() {
        Ok(()) => Ok(name),
        Err(error) => Err(person.failed(Problem::faulty_query(error.into()))),
    }
}

async fn view(person: &Person, name: &WorkflowName) -> Result<Option<WorkflowView>, Failure> {
    let found = person.console.workflows.show(person.client(), name).await;
    found.map_err(|error| person.failed(of_workflows(error)))
}

fn show(
    person: &Person,
    name: &WorkflowName,
    view: Option<WorkflowView>,
    filled: &Filled,
    notice: Markup,
    status: StatusCode,
) -> Result<HttpResponse, Failure> {
    let action = address(&name.environment, &name.workflow);
    let last = view.as_ref().and_then(|view| view.last_run.as_ref());
    let from = last.map(|run| run.started_at);
    let next = next_runs(filled, from, person.now);
    let content = html! {
        (notice)
        p.lead {
            "What is expected of " strong { (line(&name.workflow)) } " in " (line(&name.environment)) "."
            @if view.is_none() { " It has not run yet: a monitor waits for its first run." }
        }
        @if let Some(suggestion) = view.as_ref().and_then(|view| view.suggestion.as_ref()) {
            (banner::hint(html! { p { "It " (suggestion.text) ". The form is filled in to watch that." } }))
        }
        (markup(person, &action, filled, &next))
        @if let Some(monitor) = view.as_ref().and_then(|view| view.monitor.as_ref()) {
            (crate::monitor_form::more(person, &action, monitor))
        }
    };
    let page = person.page("Monitor", WORKFLOWS, content);
    Ok(page.answer(status))
}

/// The next runs that the form would expect.
fn next_runs(
    filled: &Filled,
    last: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Vec<OffsetDateTime> {
    let Ok(monitor) = Monitor::of_members(&filled.members()) else {
        return Vec::new();
    };
    monitor.schedule.next_runs(last, now, NEXT)
}
