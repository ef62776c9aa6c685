//! Columns of one's own: members of entries beside what each row has.

use central_logger_log_store::StoredLog;
use central_logger_pages::line;
use maud::{Markup, html};
use serde_json::Value;
use std::borrow::Cow;

/// So many characters of a value are shown.
const LONGEST: usize = 120;

/// The members of an entry that are asked for. One that it has not is left out.
pub(crate) fn own_columns(log: &StoredLog, columns: &[String]) -> Markup {
    let members = log.extra.as_deref().map(serde_json::from_str::<Value>);
    let members = members.and_then(Result::ok).unwrap_or_default();
    html! {
        span.columns {
            @for column in columns {
                @if let Some(value) = value(&members, column) {
                    span { b { (line(name(column))) } " " (line(&shortened(&value))) }
                }
            }
        }
    }
}

fn name(column: &str) -> &str {
    column.strip_prefix("attr.").unwrap_or(column)
}

/// `a.b` is the member of that name or else the member `b` of `a`, as in a filter.
fn value<'a>(members: &'a Value, column: &str) -> Option<Cow<'a, str>> {
    let path = name(column);
    let at_path = || {
        let mut parts = path.split('.');
        parts.try_fold(members, |value, part| value.get(part))
    };
    let found = members.get(path).or_else(at_path);
    Some(match found? {
        Value::String(text) => Cow::Borrowed(&**text),
        other => Cow::Owned(other.to_string()),
    })
}

fn shortened(value: &str) -> Cow<'_, str> {
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &value[..end])),
        None => Cow::Borrowed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_member_is_found_by_its_name_or_else_by_its_path() {
        let members = json!({"a.b": 1, "a": {"b": 2, "c": {"d": "<b>"}}, "n": null});
        let value = |column: &str| value(&members, column).map(Cow::into_owned);
        assert_eq!(value("attr.a.b").as_deref(), Some("1"));
        assert_eq!(value("attr.a.c.d").as_deref(), Some("<b>"));
        assert_eq!(value("a.c").as_deref(), Some("{\"d\":\"<b>\"}"));
        assert_eq!(value("attr.n").as_deref(), Some("null"));
        assert_eq!(value("attr.none"), None);
        let long = "a".repeat(LONGEST + 1);
        assert_eq!(shortened(&long).chars().count(), LONGEST + 1);
    }
}
