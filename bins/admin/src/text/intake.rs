use super::minute;
use crate::table::table;
use central_logger_intake::{Rule, RuleField};
use central_logger_intake_mappings::{MappingView, Trial};
use central_logger_text::shown;
use serde_json::Value;

/// A mapping, one property in each line.
pub(crate) fn mapping_lines(view: &MappingView) -> String {
    let scope = match view.name.is_default() {
        true => ", which holds for all foreign protocols",
        false => "",
    };
    let mut lines = vec![
        format!("Mapping      {}{scope}", view.name),
        format!("Hook         {}", view.path),
        format!("Changed      {}", minute(view.changed_at)),
    ];
    for field in RuleField::ALL {
        if let Some(rule) = view.rules.get(field) {
            lines.push(format!("{:<12} {}", field.as_str(), rule_text(rule)));
        }
    }
    lines.join("\n")
}

/// A mapping that was just made, with its secret.
pub(crate) fn new_mapping(view: &MappingView) -> String {
    let secret = view
        .secret
        .as_ref()
        .map_or("", |secret| secret.expose_secret());
    format!(
        "{}\nSecret       {secret}\n\nThe secret is shown once. Senders that can send no key sign with it \
         (X-Hub-Signature-256);\nGitHub asks for both as `Payload URL` and `Secret`, with the content type \
         application/json.",
        mapping_lines(view)
    )
}

fn rule_text(rule: &Rule) -> String {
    let mut parts = Vec::new();
    if !rule.from.is_empty() {
        let names: Vec<_> = rule
            .from
            .iter()
            .map(|name| shown(name).to_string())
            .collect();
        parts.push(format!("from {}", names.join(", else ")));
    }
    if !rule.values.is_empty() {
        let values = rule.values.iter();
        let values = values.map(|(sent, value)| format!("{} for {}", shown(value), shown(sent)));
        parts.push(values.collect::<Vec<_>>().join(", "));
    }
    if let Some(default) = &rule.default {
        parts.push(format!("otherwise {}", shown(default)));
    }
    parts.join("; ")
}

/// What rules make of a sample.
pub(crate) fn trial_text(trial: &Trial) -> String {
    let header = ["TIME", "ENVIRONMENT", "STATUS", "WORKFLOW", "MESSAGE"];
    let row = |entry: &Value| {
        [
            "executed_at",
            "environment",
            "status",
            "workflow",
            "message",
        ]
        .map(|name| {
            let text = entry[name].as_str().unwrap_or("-");
            let text: String = text.chars().take(60).collect();
            shown(&text).to_string()
        })
    };
    let mut lines = match trial.entries.is_empty() {
        true => vec!["No entries.".to_owned()],
        false => vec![table(header, trial.entries.iter().map(row))],
    };
    for refused in &trial.refused {
        lines.push(format!(
            "Entry {} would be refused: {}",
            refused.index,
            shown(&refused.detail)
        ));
    }
    for field in &trial.without_effect {
        lines.push(format!("The rule of {field} finds nothing in the sample."));
    }
    lines.join("\n")
}
