//! How all workflows stand.

use crate::{
    address::{of_entries, of_workflow},
    search::Search,
};
use ::time::OffsetDateTime;
use central_logger_pages::{
    Part, banner, chart, count, line,
    status::{Tone, badge},
    time,
};
use central_logger_workflows::{Standing, WorkflowView};
use maud::{Markup, html};
use std::cmp::Reverse;

/// What stands first: what is wrong now, then what was wrong today.
fn rank(view: &WorkflowView) -> (bool, Reverse<u64>, String, String) {
    (
        !is_failing(view),
        Reverse(view.failed_24h),
        view.workflow.clone(),
        view.environment.clone(),
    )
}

/// Whether something is wrong now: as its monitor says, or else as its last run says.
fn is_failing(view: &WorkflowView) -> bool {
    match view.state {
        Standing::Failing | Standing::Late | Standing::Stuck => true,
        Standing::Unwatched => view.has_failed,
        Standing::Ok | Standing::Running => false,
    }
}

/// How a workflow stands, in words: as its monitor says, or else as its last run says.
pub fn standing(view: &WorkflowView) -> Markup {
    match (view.state, &view.last_run) {
        (Standing::Unwatched, Some(run)) => html! {
            (badge(&run.status)) div.soft { "unwatched" }
        },
        (state, _) => badge(state.as_str()),
    }
}

/// The workflows that are looked for, the failing ones first, and how many there are of all.
pub fn table(mut workflows: Vec<WorkflowView>, search: &Search, now: OffsetDateTime) -> Markup {
    let lead = lead(&workflows);
    let form = search.form(workflows.len());
    workflows.retain(|view| search.is_about(view));
    workflows.sort_by_cached_key(rank);
    let part = Part::of(&workflows, search.page);
    html! {
        (lead)
        (form)
        @if part.rows.is_empty() {
            (banner::empty("No such workflow", html! { p { a href=(Search::default().address(1)) { "Show all workflows" } } }))
        } @else { (rows(part.rows, now)) }
        (part.links(|number| search.address(number)))
    }
}

/// How many there are, and what is wrong with them.
fn lead(workflows: &[WorkflowView]) -> Markup {
    let failing = workflows.iter().filter(|view| is_failing(view)).count();
    let running: usize = workflows.iter().map(|view| view.running).sum();
    html! {
        p.lead {
            (count::of(workflows.len() as u64, "workflow")) ", "
            @if failing > 0 { strong.bad { (failing) " failing now" } } @else { "none failing now" }
            @if running > 0 { ", " (count::of(running as u64, "run")) " under way" }
        }
    }
}

fn rows(workflows: &[WorkflowView], now: OffsetDateTime) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Workflow" }
                        th scope="col" { "Status" }
                        th scope="col" { "Last run" }
                        th scope="col" { "Last 24 hours" }
                        th.number scope="col" { "Success, 24 h" }
                        th.number scope="col" { "Success, 7 d" }
                        th.number scope="col" { "Half take" }
                        th.number scope="col" { "95 % take" }
                        th scope="col" { "Next expected" }
                        th scope="col" { span.unseen { "Logs" } }
                    }
                }
                tbody { @for view in workflows { (row(view, now)) } }
            }
        }
    }
}

fn row(view: &WorkflowView, now: OffsetDateTime) -> Markup {
    let (environment, workflow) = (&*view.environment, &*view.workflow);
    html! {
        tr {
            th scope="row" {
                a href=(of_workflow(environment, workflow)) { strong { (line(workflow)) } }
                div.soft { (line(environment)) }
            }
            td data-label="Status" { (standing(view)) }
            td data-label="Last run" {
                @match &view.last_run {
                    Some(run) => {
                        (time::distance(run.started_at, now))
                        @if run.ended_at.is_none() { div { span.badge.busy { "running now" } } }
                        @else if let Some(ms) = run.duration_ms { div.soft { "took " (time::took(ms)) } }
                    }
                    None => { span.soft { "never" } }
                }
            }
            td { (sparkline(view)) }
            td.number data-label="Success, 24 h" { (success(view.runs_24h, view.failed_24h)) }
            td.number data-label="Success, 7 d" { (success(view.runs_7d, view.failed_7d)) }
            td.number data-label="Half take" { (took(view.p50_ms_24h.or(view.p50_ms_7d))) }
            td.number data-label="95 % take" { (took(view.p95_ms_24h.or(view.p95_ms_7d))) }
            td.tight data-label="Next expected" {
                @match view.next_expected_at {
                    Some(at) => (time::distance(at, now)),
                    None => span.soft { "–" },
                }
            }
            td.actions { a href=(of_entries(environment, workflow)) { "Logs" span.unseen { " of " (line(workflow)) } } }
        }
    }
}

fn sparkline(view: &WorkflowView) -> Markup {
    let hours = view.hours.iter();
    let hours = hours.map(|(runs, failed)| (runs.saturating_sub(*failed), *failed));
    let hours: Vec<_> = hours.collect();
    let label = format!(
        "{} of {} failed in the last 24 hours",
        view.failed_24h, view.runs_24h
    );
    match view.runs_24h {
        0 => html! { span.soft { "no runs" } },
        _ => chart::sparkline(&hours, &label),
    }
}

/// The share of runs that did not fail, and how many did.
pub(crate) fn success(runs: u64, failed: u64) -> Markup {
    html! {
        (count::percent(runs.saturating_sub(failed), runs))
        @if failed > 0 { div.soft { strong.bad { (count::grouped(failed)) } " failed" } }
    }
}

pub(crate) fn took(ms: Option<u64>) -> Markup {
    html! { @match ms { Some(ms) => (time::took(ms)), None => span.soft { "–" } } }
}

/// What a run is shown as.
pub(crate) fn tone(failed: bool, has_ended: bool) -> Tone {
    match (failed, has_ended) {
        (true, _) => Tone::Bad,
        (false, true) => Tone::Good,
        (false, false) => Tone::Busy,
    }
}
