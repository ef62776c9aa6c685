use super::{minute, minute_or};
use crate::table::table;
use central_logger_text::shown;
use central_logger_workflows::{MonitorView, WorkflowView, of_all::ClientIncident};
use serde_json::Value;

/// Workflows, one in each row.
pub(crate) fn workflow_table(workflows: &[WorkflowView]) -> String {
    let header = [
        "WORKFLOW",
        "ENVIRONMENT",
        "STATE",
        "LAST RUN",
        "STATUS",
        "NEXT",
        "24H",
        "7D",
    ];
    let row = |view: &WorkflowView| {
        let last = view.last_run.as_ref();
        [
            view.workflow.clone(),
            view.environment.clone(),
            view.state.as_str().to_owned(),
            minute_or(last.map(|run| run.started_at), "never"),
            last.map_or_else(String::new, |run| run.status.clone()),
            minute_or(view.next_expected_at, "-"),
            counts(view.runs_24h, view.failed_24h),
            counts(view.runs_7d, view.failed_7d),
        ]
    };
    table(header, workflows.iter().map(row))
}

/// A workflow, one property in each line.
pub(crate) fn workflow_lines(view: &WorkflowView) -> String {
    let mut lines = vec![
        format!("Workflow     {} ({})", view.workflow, view.environment),
        format!("State        {}", view.state.as_str()),
    ];
    match &view.last_run {
        Some(run) => lines.push(format!(
            "Last run     {} {}{}",
            minute(run.started_at),
            run.status,
            took(run.duration_ms)
        )),
        None => lines.push("Last run     never".to_owned()),
    }
    lines.push(format!(
        "Runs         {} in 24 hours, {} in 7 days",
        counts(view.runs_24h, view.failed_24h),
        counts(view.runs_7d, view.failed_7d)
    ));
    if let (Some(half), Some(most)) = (view.p50_ms_7d, view.p95_ms_7d) {
        lines.push(format!(
            "Duration     half within {half} ms, 95% within {most} ms"
        ));
    }
    match (&view.monitor, &view.suggestion) {
        (Some(monitor), _) => lines.push(monitor_lines(monitor)),
        (None, Some(suggestion)) => {
            let member = |name: &str| text(suggestion.monitor.get(name));
            lines.push(format!(
                "Monitor      none; it {}: watch it by `workflow expect` with --every {} --grace {}",
                suggestion.text,
                member("every"),
                member("grace")
            ));
        }
        (None, None) => lines.push("Monitor      none".to_owned()),
    }
    let lines = lines.iter().map(|line| shown_lines(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// What is expected, in one line.
pub(crate) fn monitor_lines(monitor: &MonitorView) -> String {
    let member = |name: &str| text(monitor.members().get(name));
    let mut line = match member("cron") {
        cron if cron.is_empty() => format!("Monitor      every {}", member("every")),
        cron => format!("Monitor      {cron} ({})", member("time_zone")),
    };
    line += &format!(", grace {}", member("grace"));
    for (name, before) in [
        ("max_runtime", ", at most "),
        ("silenced_until", ", silent until "),
        ("next_expected_at", ", next "),
    ] {
        let value = member(name);
        if !value.is_empty() {
            line += &format!("{before}{value}");
        }
    }
    if monitor.members().get("waits_for_first_run") == Some(&Value::Bool(true)) {
        line += ", waits for the first run";
    }
    shown(&line).into_owned()
}

/// Incidents, one in each row.
pub(crate) fn incident_table(incidents: &[ClientIncident]) -> String {
    let header = ["BEGAN", "ENDED", "KIND", "CLIENT", "WORKFLOW", "EVIDENCE"];
    let row = |found: &ClientIncident| {
        let incident = &found.incident;
        [
            minute(incident.began_at),
            minute_or(incident.ended_at, "open"),
            incident.kind.as_str().to_owned(),
            found.client_id.to_string(),
            format!("{} ({})", incident.workflow, incident.environment),
            incident.evidence.clone(),
        ]
    };
    table(header, incidents.iter().map(row))
}

fn counts(runs: u64, failed: u64) -> String {
    match failed {
        0 => runs.to_string(),
        failed => format!("{runs}, {failed} failed"),
    }
}

fn took(ms: Option<u64>) -> String {
    ms.map_or_else(String::new, |ms| format!(", {ms} ms"))
}

fn text(value: Option<&Value>) -> String {
    let text = value.and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn shown_lines(line: &str) -> String {
    shown(line).into_owned()
}
