//! The runs of one workflow, and what went wrong with it.

use crate::{
    address::{of_incidents, of_run},
    table::tone,
};
use ::time::{Date, OffsetDateTime};
use central_logger_pages::{
    line,
    status::{Tone, badge},
    time,
};
use central_logger_text::shown;
use central_logger_workflows::{Incident, IncidentKind, PastRun};
use maud::{Markup, html};
use std::cmp::Reverse;

/// So many runs stand in the list below the grid.
const LISTED: usize = 25;

/// What stands on the line of time.
enum Mark<'a> {
    Run(&'a PastRun),
    Incident(&'a Incident),
}

/// Days with their runs and incidents, the latest first. Each leads to what is known of it. Incidents from before the
/// first run stand in the list of incidents alone.
///
/// A mark is told by its form, too: `✓` went well, `✕` failed, `…` is under way, `!` is an incident.
pub fn grid(
    environment: &str,
    workflow: &str,
    runs: &[PastRun],
    incidents: &[Incident],
    now: OffsetDateTime,
) -> Markup {
    let marks = marks(environment, runs, incidents);
    html! {
        p.legend {
            @for tone in [Tone::Good, Tone::Bad, Tone::Busy] {
                span { span class={ "run " (tone.class()) } aria-hidden="true" { (sign(tone)) } " " (word(tone)) }
            }
            span { span class="run incident bad" aria-hidden="true" { "!" } " incident" }
        }
        div.runs.panel {
            @for (day, of_day) in days(&marks) {
                div.day {
                    h3 { time datetime=(day) { (day) } }
                    ol {
                        @for mark in of_day {
                            li {
                                @match mark {
                                    Mark::Run(past) => (cell(environment, workflow, past, now)),
                                    Mark::Incident(incident) => (cell_of_incident(incident)),
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Runs and the incidents in the same time, the latest first.
fn marks<'a>(environment: &str, runs: &'a [PastRun], incidents: &'a [Incident]) -> Vec<Mark<'a>> {
    let first = runs.last().map(|past| past.run.started_at);
    let incidents = incidents.iter().filter(|incident| {
        incident.environment == environment && first.is_some_and(|first| incident.began_at >= first)
    });
    let mut marks: Vec<_> = incidents.map(Mark::Incident).collect();
    marks.extend(runs.iter().map(Mark::Run));
    marks.sort_by_key(|mark| Reverse(mark.at()));
    marks
}

impl Mark<'_> {
    fn at(&self) -> OffsetDateTime {
        match self {
            Self::Run(past) => past.run.started_at,
            Self::Incident(incident) => incident.began_at,
        }
    }
}

/// The marks of each day, in the order in which they come.
fn days<'a, 'b>(marks: &'a [Mark<'b>]) -> impl Iterator<Item = (Date, &'a [Mark<'b>])> {
    let days = marks.chunk_by(|one, other| one.at().date() == other.at().date());
    days.filter_map(|of_day| Some((of_day.first()?.at().date(), of_day)))
}

fn cell_of_incident(incident: &Incident) -> Markup {
    let what = match incident.kind {
        IncidentKind::RunMissed => "did not run",
        IncidentKind::RunFailed => "failed",
        IncidentKind::RunStuck => "did not end",
    };
    let end = match incident.ended_at {
        Some(ended_at) => format!("over {}", time::rfc3339(ended_at)),
        None => "open".to_owned(),
    };
    let label = format!(
        "Incident: {what}, {}, {end}",
        time::rfc3339(incident.began_at)
    );
    html! {
        a class="run incident bad" href=(of_incidents(&incident.workflow)) title=(label) aria-label=(label) { "!" }
    }
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
        let incident = |environment: &str, began_at| Incident {
            id: Default::default(),
            kind: IncidentKind::RunMissed,
            workflow: "a&b".to_owned(),
            environment: environment.to_owned(),
            began_at,
            ended_at: None,
            evidence: "it did not start".to_owned(),
            entry_id: None,
        };
        let incidents = [
            incident("prod", datetime!(2026-03-02 04:00 UTC)),
            incident("other", datetime!(2026-03-02 04:00 UTC)),
            incident("prod", datetime!(2026-02-02 04:00 UTC)),
        ];
        let shown = grid("prod", "w", &runs, &incidents, now).into_string();
        let label = "aria-label=\"Incident: did not run, 2026-03-02T04:00:00Z, open\"";
        assert_eq!(
            shown.matches("Incident: ").count(),
            2,
            "one, as title and as label"
        );
        assert!(shown.contains(label), "{shown}");
        assert!(
            shown.contains("/console/incidents?workflow=a%26b"),
            "{shown}"
        );
        assert_eq!(shown.matches("<div class=\"day\">").count(), 2, "{shown}");
        assert!(shown.contains("attr.run_id=a%26b"), "{shown}");
        assert!(shown.contains("/console/logs/00000000-0000-7000-8000-000000000001"));
        assert!(shown.contains("aria-label=\"FAILED, 2026-03-01T23:59:00Z, took 1.5 s\""));
        assert!(!shown.contains("<b>"));
    }
}
