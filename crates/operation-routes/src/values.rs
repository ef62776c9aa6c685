//! What requests bring, read strictly.

use actix_web::{HttpRequest, web::Payload};
use central_logger_http_api::{Members, Problem, body::read_small, text};
use central_logger_key_store::Patch;
use central_logger_text::PlainText;
use central_logger_times::{InvalidTimestamp, Timestamp, UnitDuration};
use serde_json::Value;
use std::str::FromStr;
use time::Duration;

/// The most characters of a name.
pub const MAX_NAME: usize = 256;
/// The most characters of a note or a reason.
pub const MAX_NOTE: usize = 1024;

/// Reads the members of a body.
///
/// # Errors
/// When the body cannot be read or is no object.
pub async fn members(request: &HttpRequest, payload: Payload) -> Result<Members, Problem> {
    Members::parse(&read_small(request, payload).await?)
}

/// Reads `true` or `false`.
///
/// # Errors
/// When it is neither.
pub fn flag(value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| "must be true or false".to_owned())
}

/// Says what becomes of a member: one that is missing stays, `null` takes it away.
pub fn patch<T>(given: Option<Option<T>>) -> Patch<T> {
    match given {
        None => Patch::Keep,
        Some(None) => Patch::Clear,
        Some(Some(value)) => Patch::Set(value),
    }
}

/// Reads a point in time.
///
/// # Errors
/// When it is none.
pub fn point(value: &Value) -> Result<Timestamp, String> {
    let text = value.as_str().ok_or("must be a string")?;
    Timestamp::parse_bound(text).map_err(|error| error.to_string())
}

/// Reads a duration such as `90d`.
///
/// # Errors
/// When it is none.
pub fn duration(value: &Value) -> Result<Duration, String> {
    text::<UnitDuration>(value).map(UnitDuration::duration)
}

/// Reads a line of at most so many characters.
pub fn line(most: usize) -> impl FnOnce(&Value) -> Result<PlainText, String> {
    move |value| {
        let line: PlainText = text(value)?;
        match line.as_str().chars().count() <= most {
            true => Ok(line),
            false => Err(format!("must have at most {most} characters")),
        }
    }
}

/// A time from which on something is asked for in a query.
pub struct Bound(pub Timestamp);

impl FromStr for Bound {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = Timestamp::parse_bound(text);
        parsed.map(Self).map_err(|error| match error {
            InvalidTimestamp::Format => format!("{error} (a + in a URL is %2B)"),
            out_of_range => out_of_range.to_string(),
        })
    }
}
