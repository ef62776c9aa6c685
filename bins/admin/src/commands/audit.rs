use crate::{args::AuditArgs, context::Context, error::AdminError, output::table, view::minute};
use central_logger_key_store::{AuditEntry, AuditReport};
use serde_json::json;

pub(crate) async fn audit(context: &Context<'_>, args: AuditArgs) -> Result<(), AdminError> {
    let since = args.since.before(context.now());
    let keys = context.keys().await?;
    let mut entries = Vec::new();
    let report = keys.keyring.audit(|entry| {
        if entry.at >= since {
            entries.push(entry);
        }
    });
    let report = report.await?;
    if !args.verify {
        let result = json!({"entries": entries});
        return context.output.result(&result, || list(&entries));
    }
    let result = json!({"intact": report.faults.is_empty(), "report": report});
    context.output.result(&result, || verdict(&report))?;
    match report.faults.len() {
        0 => Ok(()),
        faults => Err(AdminError::AuditFaults(faults)),
    }
}

fn list(entries: &[AuditEntry]) -> String {
    if entries.is_empty() {
        return "No entries.".to_owned();
    }
    let row = |entry: &AuditEntry| {
        [
            entry.sequence.to_string(),
            minute(Some(entry.at), ""),
            entry.actor.clone(),
            entry.action.to_string(),
            named(entry.key_id.as_ref()),
            named(entry.client_id.as_ref()),
        ]
    };
    let header = ["", "WHEN", "WHO", "WHAT", "KEY ID", "CLIENT"];
    table(header, entries.iter().map(row))
}

fn named(name: Option<&impl ToString>) -> String {
    name.map_or_else(|| "-".to_owned(), ToString::to_string)
}

fn verdict(report: &AuditReport) -> String {
    let unchecked = match report.unchecked {
        0 => String::new(),
        number => format!(
            ", of which {number} could not be checked: they were sealed under a pepper that is not \
             configured"
        ),
    };
    let mut lines = vec![format!("{} entries{unchecked}", report.entries)];
    if report.unpeppered > 0 {
        lines.push(format!(
            "{} of them are sealed without a pepper: who can write to the database could have \
             rewritten those",
            report.unpeppered
        ));
    }
    match report.faults.is_empty() {
        true => lines.push("None was altered, taken out or cut off.".to_owned()),
        false => lines.extend(report.faults.iter().map(ToString::to_string)),
    }
    lines.join("\n")
}
