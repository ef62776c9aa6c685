//! What is counted of one workflow.

use crate::table::{success, took};
use ::time::OffsetDateTime;
use central_logger_pages::{count, time};
use central_logger_workflows::WorkflowView;
use maud::{Markup, html};

/// Its figures of a day and of a week, and what is expected next.
pub fn figures(view: &WorkflowView, now: OffsetDateTime) -> Markup {
    html! {
        dl.figures {
            (period("24 h", view.runs_24h, view.failed_24h, view.p50_ms_24h, view.p95_ms_24h))
            (period("7 days", view.runs_7d, view.failed_7d, view.p50_ms_7d, view.p95_ms_7d))
            div {
                dt { "Running now" }
                dd { (count::grouped(view.running as u64)) }
                @if let Some(run) = view.last_run.as_ref().filter(|run| run.ended_at.is_none()) {
                    dd.soft { "the latest for " (time::length(now - run.started_at)) }
                }
            }
            div {
                dt { "Next expected" }
                @match view.next_expected_at {
                    Some(at) => { dd { (time::distance(at, now)) } }
                    None => { dd { "–" } dd.soft { @if view.monitor.is_none() { "it has no monitor" } } }
                }
            }
        }
    }
}

fn period(name: &str, runs: u64, failed: u64, half: Option<u64>, most: Option<u64>) -> Markup {
    html! {
        div {
            dt { "Success, " (name) }
            dd { (success(runs, failed)) }
            dd.soft { (count::of(runs, "run")) }
        }
        div {
            dt { "They take, " (name) }
            dd { (took(half)) }
            dd.soft { "half of them; 95 % at most " (took(most)) }
        }
    }
}
