//! Which entries of the audit trail are looked for.

use actix_web::http::StatusCode;
use central_logger_http_api::{Parameters, Problem};
use central_logger_key_store::{AuditAction, AuditEntry};
use central_logger_pages::time::rfc3339;
use central_logger_pages::time_fields;
use central_logger_people::address::provider::AUDIT;
use central_logger_times::Timestamp;
use form_urlencoded::Serializer;
use maud::{Markup, html};
use std::fmt::Display;

/// What is looked for: all of it stands in the address.
#[derive(Default)]
pub(crate) struct Wanted {
    /// A part of the name or the id of who did it.
    actor: Option<String>,
    action: Option<AuditAction>,
    /// A part of the client.
    client: Option<String>,
    /// A part of any of these, or of the key.
    q: Option<String>,
    /// From this on.
    pub(crate) from: Option<Timestamp>,
    /// Before this.
    to: Option<Timestamp>,
    /// The number of the last entry of the page before.
    pub(crate) before: Option<u64>,
}

impl Wanted {
    /// Reads the parameters of an address.
    pub(crate) fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let mut wanted = Self::default();
        let time = |name: &str, text: &str| {
            let read = Timestamp::parse_bound(&time_fields::with_zone(text));
            read.map(Some).map_err(|error| faulty(name, &error))
        };
        for (name, value) in parameters.0.iter().filter(|(_, value)| !value.is_empty()) {
            match name.as_str() {
                "actor" => wanted.actor = Some(value.clone()),
                "action" => {
                    let action = value.parse::<AuditAction>();
                    wanted.action = Some(action.map_err(|error| faulty(name, &error))?);
                }
                "client_id" => wanted.client = Some(value.clone()),
                "q" => wanted.q = Some(value.clone()),
                "from" => wanted.from = time(name, value)?,
                "to" => wanted.to = time(name, value)?,
                "before" => wanted.before = value.parse().ok(),
                _ => {}
            }
        }
        Ok(wanted)
    }

    /// Whether an entry is one of those.
    pub(crate) fn fits(&self, entry: &AuditEntry) -> bool {
        let actor = [Some(entry.actor.name()), entry.actor.id()];
        let client = [entry.client_id.as_ref().map(|client| client.as_str())];
        let key = [entry.key_id.as_ref().map(|key| key.as_str())];
        let action = [Some(entry.action.as_str())];
        let all = [&actor[..], &client, &key, &action].concat();
        self.action.is_none_or(|action| entry.action == action)
            && has(&actor, self.actor.as_deref())
            && has(&client, self.client.as_deref())
            && has(&all, self.q.as_deref())
            && self.from.is_none_or(|from| entry.at >= from.get())
            && self.to.is_none_or(|to| entry.at < to.get())
    }

    /// The form, with what is looked for.
    pub(crate) fn form(&self) -> Markup {
        let text = |name: &str, label: &str, value: &Option<String>| {
            let value = value.as_deref().unwrap_or_default();
            html! {
                div.field {
                    label for=(name) { (label) }
                    input type="search" id=(name) name=(name) value=(value);
                }
            }
        };
        html! {
            form.panel method="get" action=(AUDIT) role="search" {
                div.inline {
                    (text("actor", "Who has", &self.actor))
                    div.field {
                        label for="action" { "Did" }
                        select id="action" name="action" {
                            option value="" { "anything" }
                            @for action in AuditAction::ALL {
                                option value=(action.as_str()) selected[self.action == Some(action)] { (action.as_str().replace('_', " ")) }
                            }
                        }
                    }
                    (text("client_id", "Client has", &self.client))
                    (text("q", "Any of these, or the key, has", &self.q))
                }
                (time_fields::period(self.from.map(Timestamp::get), self.to.map(Timestamp::get)))
                button type="submit" { "Show" }
            }
        }
    }

    /// The address of the entries before the one of a number.
    pub(crate) fn older(&self, before: u64) -> String {
        let time = |at: Option<Timestamp>| at.map(|at| rfc3339(at.get()));
        let mut query = Serializer::new(String::new());
        for (name, value) in [
            ("actor", self.actor.clone()),
            (
                "action",
                self.action.map(|action| action.as_str().to_owned()),
            ),
            ("client_id", self.client.clone()),
            ("q", self.q.clone()),
            ("from", time(self.from)),
            ("to", time(self.to)),
            ("before", Some(before.to_string())),
        ] {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        format!("{AUDIT}?{}", query.finish())
    }
}

fn faulty(name: &str, error: &dyn Display) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{name}: {error}"))
}

fn has(texts: &[Option<&str>], part: Option<&str>) -> bool {
    let Some(part) = part.map(str::to_lowercase) else {
        return true;
    };
    let mut texts = texts.iter().flatten();
    texts.any(|text| text.to_lowercase().contains(&part))
}
