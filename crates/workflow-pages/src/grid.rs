//! The runs of one workflow.

use crate::{address::of_run, table::tone};
use ::time::{Date, OffsetDateTime};
use central_logger_pages::{
    line,
    status::{Tone, badge},
    time,
};
use central_logger_text::shown;
use central_logger_workflows::PastRun;
use maud::{Markup, html};

/// So many runs stand in the list below the grid.
const LISTED: usize = 25;

/// Days with their runs, the latest first. Each run leads to its entries.
///
/// A run is told by its form, too: `✓` went well, `✕` failed, `…` is under way.
pub fn grid(environment: &str, workflow: &str, runs: &[PastRun], now: OffsetDateTime) -> Markup {
    html! {
        p.legend {
            @for tone in [Tone::Good, Tone::Bad, Tone::Busy] {
                span { span class={ "run " (tone.class()) } aria-hidden="true" { (sign(tone)) } " " (word(tone)) }
            }
        }
        div.runs.panel {
            @for (day, of_day) in days(runs) {
                div.day {
                    h3 { time datetime=(day) { (day) } }
                    ol {
                        @for past in of_day {
                            li { (cell(environment, workflow, past, now)) }
                        }
                    }
                }
            }
        }
    }
}

/// The runs of each day, in the order in which they come.
fn days(runs: &[PastRun]) -> impl Iterator<Item = (Date, &[PastRun])> {
    let of_one_day = |one: &PastRun, other: &PastRun| day(one) == day(other);
    let days = runs.chunk_by(of_one_day);
    days.filter_map(|of_day| Some((day(of_day.first()?), of_day)))
}

fn day(past: &PastRun) -> Date {
    past.run.started_at.date()
}

fn cell(environment: &str, workflow: &str, past: &PastRun, now: OffsetDateTime) -> Markup {
    let tone = of(past);
    let label = said(past);
    html! {
        a class={ "run " (tone.class()) } href=(of_run(environment, workflow, past, now)) title=(label) aria-label=(label) {
            (sign(tone))
        }
    }
}

fn of(past: &PastRun) -> Tone {
    tone(past.failed, past.run.ended_at.is_some())
}

fn said(past: &PastRun) -> String {
    let took = past.run.duration_ms.map(time::took);
    let took = took.map(|took| format!(", took {took}"));
    format!(
        "{}, {}{}",
        shown(&past.run.status),
        time::rfc3339(past.run.started_at),
        took.unwrap_or_default()
    )
}

fn sign(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "✕",
        Tone::Busy => "…",
        _ => "✓",
    }
}

fn word(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "failed",
        Tone::Busy => "under way",
        _ => "went well",
    }
}

/// The latest runs, one below the other.
pub fn runs(environment: &str, workflow: &str, runs: &[PastRun], now: OffsetDateTime) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Started" }
                        th scope="col" { "Status" }
                        th.number scope="col" { "Took" }
                        th scope="col" { "Run" }
                        th scope="col" { span.unseen { "Entries" } }
                    }
                }
                tbody { @for past in runs.iter().take(LISTED) { (row(environment, workflow, past, now)) } }
            }
        }
    }
}

fn row(environment: &str, workflow: &str, past: &PastRun, now: OffsetDateTime) -> Markup {
    let run = &past.run;
    html! {
        tr {
            th scope="row" { (time::minute(run.started_at)) " " span.soft { (time::distance(run.started_at, now)) } }
            td data-label="Status" { (badge(&run.status)) }
            td.number data-label="Took" { (crate::table::took(run.duration_ms)) }
            td data-label="Run" {
                @match &run.run_id { Some(id) => code { (line(id)) }, None => span.soft { "one entry" } }
            }
            td.actions { a href=(of_run(environment, workflow, past, now)) { "Its entries" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::time::macros::datetime;
    use central_logger_workflows::RunView;

    fn run(
        started_at: OffsetDateTime,
        status: &str,
        failed: bool,
        run_id: Option<&str>,
    ) -> PastRun {
        let id = "00000000-0000-7000-8000-000000000001".parse().unwrap();
        PastRun {
            run: RunView {
                run_id: run_id.map(str::to_owned),
                status: status.to_owned(),
                started_at,
                ended_at: (status != "RUNNING").then_some(started_at),
                duration_ms: Some(1500),
            },
            failed,
            first_entry_id: id,
            last_entry_id: None,
        }
    }

    #[test]
    fn each_day_has_its_runs_and_each_run_leads_to_its_entries() {
        let now = datetime!(2026-03-02 12:00 UTC);
        let runs = [
            run(now, "RUNNING", false, Some("a&b")),
            run(datetime!(2026-03-02 03:00 UTC), "<b>", false, None),
            run(datetime!(2026-03-01 23:59 UTC), "FAILED", true, None),
        ];
        let shown = grid("prod", "w", &runs, now).into_string();
        assert_eq!(shown.matches("<div class=\"day\">").count(), 2, "{shown}");
        assert!(shown.contains("attr.run_id=a%26b"), "{shown}");
        assert!(shown.contains("/console/logs/00000000-0000-7000-8000-000000000001"));
        assert!(shown.contains("aria-label=\"FAILED, 2026-03-01T23:59:00Z, took 1.5 s\""));
        assert!(!shown.contains("<b>"));
    }
}
