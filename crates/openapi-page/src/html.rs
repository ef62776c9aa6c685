//! Text as HTML.

use pulldown_cmark::{Event, Parser, html::push_html};
use serde_json::Value;
use std::fmt::{self, Display, Write};

/// A text that stands for itself.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// The text of a member of the description, or nothing.
pub(crate) fn text(value: &Value) -> Escaped<'_> {
    Escaped(value.as_str().unwrap_or_default())
}

/// A Markdown text of the description. What would be HTML in it stands for itself.
pub(crate) fn markdown(value: &Value) -> String {
    let parser = Parser::new(value.as_str().unwrap_or_default());
    let parser = parser.map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        other => other,
    });
    let mut html = String::new();
    push_html(&mut html, parser);
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn markdown_is_rendered_and_html_in_it_is_not() {
        let found = markdown(&json!("Needs `a<b`.\n\n- *one*\n- <script>two</script>"));
        let expected = "<p>Needs <code>a&lt;b</code>.</p>\n<ul>\n<li><em>one</em></li>\n\
                        <li>&lt;script&gt;two&lt;/script&gt;</li>\n</ul>\n";
        assert_eq!(found, expected);
    }
}
