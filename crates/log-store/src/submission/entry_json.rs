//! An entry out of its JSON text.

use crate::{
    entries::{Field, LogEntry},
    json::{self, Members},
    validation::{ValidationError, ValidationErrors},
};
use central_logger_keys::ClientId;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use time::OffsetDateTime;

/// Takes the JSON text of one entry. What is no field of it is kept as it is written.
pub(super) fn parse(
    json: &str,
    client: &ClientId,
    now: OffsetDateTime,
) -> Result<LogEntry, ValidationErrors> {
    let refused = |message: &str| Err(ValidationError::new("", message).into());
    if json.len() > LogEntry::MAX_SIZE {
        return refused(LogEntry::TOO_LARGE);
    }
    let Ok(Members(members)) = serde_json::from_str(json) else {
        return refused("an entry is a JSON object");
    };
    if let Err(found) = json::check(json) {
        return refused(&format!("an entry {found}"));
    }
    let mut entry = LogEntry::builder(now);
    for (written, value) in members {
        // A name that cannot be decoded was refused by the check.
        let name = text(written).unwrap_or_default();
        let Some(field) = Field::named(&name) else {
            // Whose it is may be said, and is known without.
            if name != "client_id" || text(value).as_deref() != Some(client.as_str()) {
                entry.checked_attribute(&name, written.get(), value.get());
            }
            continue;
        };
        match text(value) {
            Some(text) => entry.checked_text(field, text),
            None if field.is_optional() && value.get() == "null" => entry.leave_out(field),
            None => entry.refuse(field, "must be a string"),
        };
    }
    entry.build()
}

fn text(json: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

    let Borrowed(text) = serde_json::from_str(json.get()).ok()?;
    Some(text)
}
