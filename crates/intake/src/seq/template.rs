//! Message templates, such as `{Rows} rows of {Table}`.

use crate::json::{self, Members};
use central_logger_log_store::LogEntry;
use std::borrow::Cow;

/// Puts properties into the holes of a template. A hole with a format takes its text from `renderings`, if
/// there is one left; a hole without a property stays as it is written.
pub(super) fn render<'r>(
    template: &str,
    properties: &Members<'_>,
    mut renderings: impl Iterator<Item = Cow<'r, str>>,
) -> String {
    let mut message = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        message.push_str(before);
        if brace.starts_with("{{") || brace.starts_with("}}") {
            message.push_str(&brace[..1]);
            rest = &brace[2..];
            continue;
        }
        let end = match brace.starts_with('{') {
            true => brace.find('}'),
            false => None,
        };
        let Some(end) = end else {
            message.push_str(&brace[..1]);
            rest = &brace[1..];
            continue;
        };
        let hole = &brace[1..end];
        let name = hole.split([',', ':']).next().unwrap_or_default();
        let name = name.trim_start_matches(['@', '$']);
        let formatted = hole.contains(':').then(|| renderings.next()).flatten();
        match (formatted, properties.get(name)) {
            (Some(text), _) => message.push_str(&text),
            (None, Some(value)) => match json::text(value) {
                Some(text) => message.push_str(&text),
                None => message.push_str(value.get()),
            },
            (None, None) => message.push_str(&brace[..=end]),
        }
        rest = &brace[end + 1..];
        // Holes may repeat a long property. It is kept beside the message, and so is the template.
        if message.len() > LogEntry::MAX_MESSAGE {
            return message;
        }
    }
    message.push_str(rest);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_and_unknown_ones_stay() {
        let properties = Members::parse(r#"{"Rows":1.50,"Table":"users","0":"first"}"#).unwrap();
        for (template, message) in [
            ("{Rows} rows of {@Table}", "1.50 rows of users"),
            ("{Rows,8:N2} and {0}", "1,50 and first"),
            ("{Other:x} {{Rows}} }", "{Other:x} {Rows} }"),
            ("{Rows", "{Rows"),
            ("{} {é}", "{} {é}"),
        ] {
            let renderings = match template.contains("N2") {
                true => vec!["1,50".into()],
                false => Vec::new(),
            };
            let rendered = render(template, &properties, renderings.into_iter());
            assert_eq!(rendered, message, "{template}");
        }
        let long = format!("{{\"A\":\"{}\"}}", "x".repeat(10_000));
        let properties = Members::parse(&long).unwrap();
        let rendered = render(&"{A}".repeat(1000), &properties, std::iter::empty());
        assert_eq!(rendered.len(), 70_000);
    }
}
