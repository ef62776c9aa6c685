use crate::{Parcel, Secret};
use serde_json::{Map, Value};
use std::{fmt, str::FromStr};

/// What is written to a target: a text in which `{key}` stands once for the key, and `{url}`, `{key_id}` and
/// `{client_id}` for the URL that logs are sent to, the id of the key and its client. `\n` is the end of a line.
///
/// # Examples
///
/// ```
/// use central_logger_delivery::ValueTemplate;
///
/// let template: ValueTemplate = r"LOGGER_API_KEY={key}\nLOGGER_API_URL={url}\n".parse()?;
/// let held = "LOGGER_API_KEY=cl_live_…\nLOGGER_API_URL=https://logs.example.com/api/v1/logs\n";
/// assert_eq!(template.key_in(held).expose(), "cl_live_…");
/// assert!("LOGGER_API_URL={url}".parse::<ValueTemplate>().is_err(), "the key is missing");
/// # Ok::<(), central_logger_delivery::InvalidValueTemplate>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueTemplate {
    written: String,
    text: String,
}

/// Error returned when parsing a [`ValueTemplate`] fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a template has {{key}} in it exactly once, and at most 4096 characters, for example \
     {{\"key\":\"{{key}}\",\"url\":\"{{url}}\"}}"
)]
pub struct InvalidValueTemplate;

const KEY: &str = "{key}";
const OTHERS: [&str; 3] = ["{url}", "{key_id}", "{client_id}"];

impl ValueTemplate {
    const MAX_LENGTH: usize = 4096;

    /// Writes the value.
    pub(crate) fn fill(&self, parcel: &Parcel<'_>) -> Secret {
        fill(&self.text, parcel).into()
    }

    /// Returns the key in a value that was written so; the whole value, if it was not.
    pub fn key_in(&self, held: &str) -> Secret {
        key_in(&self.text, held).unwrap_or(held).to_owned().into()
    }

    /// Returns the fields of a template that is a JSON object of texts, for targets that have fields.
    pub(crate) fn fields(&self) -> Option<Map<String, Value>> {
        let fields: Map<String, Value> = serde_json::from_str(&self.text).ok()?;
        fields.values().all(Value::is_string).then_some(fields)
    }
}

/// Puts the values into a text.
pub(crate) fn fill(text: &str, parcel: &Parcel<'_>) -> String {
    let values = [
        parcel.api_url,
        parcel.key_id.as_str(),
        parcel.client_id.as_str(),
    ];
    let filled = OTHERS.iter().zip(values);
    let filled = filled.fold(text.to_owned(), |text, (name, value)| {
        text.replace(name, value)
    });
    filled.replace(KEY, parcel.api_key.expose_secret())
}

/// The key in what was written by a text, by what stands before and behind it up to the next other value.
pub(crate) fn key_in<'a>(text: &str, held: &'a str) -> Option<&'a str> {
    let (before, behind) = text.split_once(KEY)?;
    let begin = OTHERS
        .iter()
        .filter_map(|name| Some(before.rfind(name)? + name.len()))
        .max();
    let before = &before[begin.unwrap_or_default()..];
    let end = OTHERS.iter().filter_map(|name| behind.find(name)).min();
    let behind = &behind[..end.unwrap_or(behind.len())];
    let (_, rest) = held.split_once(before)?;
    match behind.trim_end() {
        "" => Some(rest.trim_end()),
        _ => Some(rest.split_once(behind.trim_end())?.0),
    }
}

impl Default for ValueTemplate {
    fn default() -> Self {
        Self {
            written: KEY.to_owned(),
            text: KEY.to_owned(),
        }
    }
}

impl FromStr for ValueTemplate {
    type Err = InvalidValueTemplate;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        let is_short = written.chars().count() <= Self::MAX_LENGTH;
        match is_short && written.matches(KEY).count() == 1 && !written.contains(char::is_control) {
            true => Ok(Self {
                written: written.to_owned(),
                text: written.replace("\\n", "\n"),
            }),
            false => Err(InvalidValueTemplate),
        }
    }
}

impl fmt::Display for ValueTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version_of;
    use central_logger_keys::{ApiKey, KeyEnvironment, KeyForm, KeyPrefix};

    #[test]
    fn the_key_is_found_in_what_was_written() {
        let api_key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live).unwrap();
        let KeyForm::Generated { id, .. } = api_key.form() else {
            panic!("it is generated")
        };
        let client = "acme".parse().unwrap();
        let parcel = Parcel {
            api_key: &api_key,
            key_id: id,
            client_id: &client,
            version: version_of("store", id),
            api_url: "https://logs.example.com/api/v1/logs",
            expires_at: None,
        };
        for text in [
            "{key}",
            "Bearer {key}",
            r#"{"key":"{key}","url":"{url}"}"#,
            r#"{"url":"{url}","id":"{key_id}","key":"{key}"}"#,
            r"LOGGER_API_KEY={key}\nLOGGER_API_URL={url}\n",
            "{client_id}:{key}@{url}",
        ] {
            let template: ValueTemplate = text.parse().unwrap();
            assert_eq!(template.to_string(), text);
            let value = template.fill(&parcel);
            assert!(template.key_in(value.expose()).is_key(&api_key), "{text}");
            // As a file gives it back.
            assert!(
                template.key_in(value.expose().trim_end()).is_key(&api_key),
                "{text}"
            );
        }
        let whole = "{\"key\":\"{key}\"}".parse::<ValueTemplate>().unwrap();
        assert_eq!(
            whole.key_in("of somebody else").expose(),
            "of somebody else"
        );
    }

    #[test]
    fn a_template_needs_the_key_once() {
        for text in [
            "",
            "{url}",
            "{key}{key}",
            "{key}\n",
            &format!("{{key}}{}", "a".repeat(4096)),
        ] {
            assert_eq!(
                text.parse::<ValueTemplate>(),
                Err(InvalidValueTemplate),
                "{text:?}"
            );
        }
    }
}
