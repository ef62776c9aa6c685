//! The form of a monitor.

use ::time::OffsetDateTime;
use central_logger_pages::{
    form::{self, Field, field},
    time,
};
use central_logger_people::{Fields, Person};
use central_logger_workflows::{Monitor, MonitorView, WorkflowView};
use maud::{Markup, html};
use serde_json::{Map, Value, json};

/// What stands in the fields of the form.
#[derive(Default)]
pub(crate) struct Filled(Map<String, Value>);

impl Filled {
    /// What is expected now, or else what would fit.
    pub(crate) fn of_view(view: Option<&WorkflowView>) -> Self {
        let monitor = view.and_then(|view| view.monitor.as_ref());
        let suggestion = view.and_then(|view| view.suggestion.as_ref());
        let members = match (monitor, suggestion) {
            (Some(monitor), _) => monitor.members().clone(),
            (None, Some(suggestion)) => suggestion.monitor.clone(),
            (None, None) => Map::new(),
        };
        let members = members.into_iter();
        Self(
            members
                .filter(|(name, value)| {
                    Monitor::MEMBERS.contains(&name.as_str()) && !value.is_null()
                })
                .collect(),
        )
    }

    /// What somebody has filled in.
    pub(crate) fn of_fields(fields: &Fields) -> Self {
        let filled = Monitor::MEMBERS.into_iter().filter_map(|name| {
            let text = fields.get(name)?;
            let value = match name {
                "fail_after" => text
                    .parse::<u64>()
                    .map_or_else(|_| json!(text), Value::from),
                "failed" => {
                    let statuses = text.split(',').map(str::trim);
                    json!(
                        statuses
                            .filter(|status| !status.is_empty())
                            .collect::<Vec<_>>()
                    )
                }
                _ => json!(text),
            };
            Some((name.to_owned(), value))
        });
        Self(filled.collect())
    }

    /// The members of a monitor.
    pub(crate) fn members(&self) -> Map<String, Value> {
        self.0.clone()
    }

    fn text(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(all)) => {
                let texts: Vec<_> = all.iter().filter_map(Value::as_str).collect();
                texts.join(", ")
            }
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }
}

/// The names, labels and hints of the fields.
const FIELDS: [(&str, &str, &str); 7] = [
    (
        "every",
        "Every",
        "So long after the start of the run before, such as 24h or 15m",
    ),
    (
        "cron",
        "Or at the times of a cron line",
        "Minute, hour, day, month, weekday: 0 3 * * 1-5",
    ),
    (
        "time_zone",
        "Time zone of the cron line",
        "Such as Europe/Berlin; UTC if it is empty",
    ),
    (
        "grace",
        "Grace",
        "How much later a run may start; 10m if it is empty",
    ),
    (
        "max_runtime",
        "Longest run",
        "How long a run may take, such as 2h; empty for any time",
    ),
    (
        "fail_after",
        "Failures in a row",
        "How many are an incident; 1 if it is empty",
    ),
    (
        "failed",
        "Statuses that are failures",
        "With commas between them; empty for FAILED, ERROR and their like",
    ),
];

/// The form, with the next runs that it expects.
pub(crate) fn form(
    person: &Person,
    action: &str,
    filled: &Filled,
    next: &[OffsetDateTime],
) -> Markup {
    let content = html! {
        @for (name, label, hint) in FIELDS {
            (field(&Field { name, label, hint, value: &filled.text(name) }))
        }
        @if !next.is_empty() {
            h2 { "The next runs" }
            ol.preview { @for at in next { li { (time::minute(*at)) } } }
        }
        button.primary type="submit" name="action" value="set" { "Watch it" }
        " "
        button type="submit" name="action" value="preview" { "Preview the next runs" }
    };
    form::changing(action, &person.form_token, content)
}

/// For how long a workflow may be silenced by a button.
const SILENCES: [(&str, &str); 4] = [
    ("1h", "1 hour"),
    ("8h", "8 hours"),
    ("24h", "a day"),
    ("7d", "a week"),
];

/// What else can be done with a monitor.
pub(crate) fn more(person: &Person, action: &str, monitor: &MonitorView) -> Markup {
    let silenced = monitor
        .members()
        .get("silenced_until")
        .and_then(Value::as_str);
    let silence = html! {
        input type="hidden" name="action" value="silence";
        div.field {
            label for="for" { "Send nobody messages for" }
            select id="for" name="for" {
                @for (length, text) in SILENCES { option value=(length) { (text) } }
            }
        }
        button type="submit" { "Silence" }
    };
    let remove = html! {
        input type="hidden" name="action" value="remove";
        button type="submit" { "Remove the monitor" }
    };
    html! {
        h2 { "Silence" }
        @if let Some(until) = silenced { p { "Silenced until " code { (until) } "." } }
        (form::changing(action, &person.form_token, silence))
        h2 { "Remove" }
        p { "Nothing is expected of the workflow then, and its incidents end." }
        (form::changing(action, &person.form_token, remove))
    }
}
