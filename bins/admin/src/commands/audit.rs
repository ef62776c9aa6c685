use crate::{
    args::AuditArgs, context::Context, error::AdminError, noted::Noted, output::table, view::minute,
};
use central_logger_key_store::{AuditEntry, audit::AuditReport};
use serde_json::json;

pub(crate) async fn audit(context: &Context<'_>, args: AuditArgs) -> Result<(), AdminError> {
    let since = args.since.before(context.now());
    let keys = context.keys().await?;
    let mut entries = Vec::new();
    let noted = args.at_least.map(|noted| noted.0);
    let report = keys.keyring.audit_at_least(noted, |entry| {
        if entry.at >= since.get() {
            entries.push(entry);
        }
    });
    let report = report.await?;
    if !args.verify {
        let result = json!({"entries": entries});
        return context.output.result(&result, || list(&entries));
    }
    let result = json!({"intact": report.faults.is_empty(), "report": report});
    context
        .output
        .result(&result, || verdict(&report, noted.is_some()))?;
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

fn unsealed(report: &AuditReport) -> String {
    match report.unchecked_keys {
        0 => String::new(),
        number => format!(
            ", but not the hashes of {number}, which were sealed under a pepper that is not configured"
        ),
    }
}

fn verdict(report: &AuditReport, is_held_against_noted: bool) -> String {
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
    if !report.sealed_without_pepper.is_empty() {
        let entries: Vec<_> = report
            .sealed_without_pepper
            .iter()
            .map(ToString::to_string)
            .collect();
        lines.push(format!(
            "sealed without the pepper, by who had to take access away without it: entry {}",
            entries.join(", ")
        ));
    }
    lines.push(match report.keys {
        Some(keys) => format!(
            "{keys} keys were held against the trail{}",
            unsealed(report)
        ),
        None => "No key was held against the trail: an older program has begun it, and `migrate` \
                 or the next change takes up the keys"
            .to_owned(),
    });
    match report.faults.is_empty() {
        true => lines.push("None was altered, taken out or cut off.".to_owned()),
        false => lines.extend(report.faults.iter().map(ToString::to_string)),
    }
    if report.end.sequence > 0 {
        lines.push(format!("This vouches for {}", Noted(report.end)));
        if !is_held_against_noted {
            lines.push(
                "Whether all of the database was set back, or is another one, cannot be seen from \
                 within: note this, and give it to --at-least next time"
                    .to_owned(),
            );
        }
    }
    lines.join("\n")
}
