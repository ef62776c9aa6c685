use super::minute;
use crate::{noted::Noted, table::table};
use central_logger_key_store::{AuditEntry, audit::AuditReport};

/// Entries of the audit trail, one in each row.
pub(crate) fn audit_table(entries: &[AuditEntry]) -> String {
    let row = |entry: &AuditEntry| {
        [
            entry.sequence.to_string(),
            minute(entry.at),
            entry.actor.name().to_owned(),
            entry.action.to_string(),
            name_or_dash(entry.key_id.as_ref()),
            name_or_dash(entry.client_id.as_ref()),
        ]
    };
    let header = ["", "WHEN", "WHO", "WHAT", "KEY ID", "CLIENT"];
    table(header, entries.iter().map(row))
}

pub(super) fn name_or_dash(name: Option<&impl ToString>) -> String {
    name.map_or_else(|| "-".to_owned(), ToString::to_string)
}

/// The outcome of a verification. `has_noted` tells whether the trail was verified to have an entry
/// that was recorded elsewhere.
pub(crate) fn verdict(report: &AuditReport, has_noted: bool) -> String {
    let mut lines = vec![entries(report)];
    if report.unpeppered > 0 {
        lines.push(format!(
            "{} of them are sealed without a pepper: those could have been rewritten by anybody with \
             write access to the database",
            report.unpeppered
        ));
    }
    if !report.sealed_without_pepper.is_empty() {
        let entries = report.sealed_without_pepper.iter();
        let entries: Vec<_> = entries.map(ToString::to_string).collect();
        lines.push(format!(
            "sealed without the pepper, by somebody who removed access without having it: entry {}",
            entries.join(", ")
        ));
    }
    lines.push(keys(report));
    match report.faults.is_empty() {
        true => lines.push("None was altered, removed or cut off.".to_owned()),
        false => lines.extend(report.faults.iter().map(ToString::to_string)),
    }
    if report.end.sequence > 0 {
        lines.push(format!("Verified up to {}", Noted(report.end)));
        if !has_noted {
            lines.push(
                "This cannot show whether the whole database was set back, or replaced by another: \
                 record this line, and give it to --at-least next time"
                    .to_owned(),
            );
        }
    }
    lines.join("\n")
}

fn entries(report: &AuditReport) -> String {
    let entries = report.entries;
    match report.unchecked {
        0 => format!("{entries} entries"),
        number => format!(
            "{entries} entries, of which {number} could not be checked: they were sealed under a \
             pepper that is not configured"
        ),
    }
}

fn keys(report: &AuditReport) -> String {
    let Some(keys) = report.keys else {
        return "No key was compared with the trail: an older version began it, and `migrate` or the \
                next change adds the keys"
            .to_owned();
    };
    match report.unchecked_keys {
        0 => format!("{keys} keys were compared with the trail"),
        number => format!(
            "{keys} keys were compared with the trail, but not the hashes of {number}, which were \
             sealed under a pepper that is not configured"
        ),
    }
}
