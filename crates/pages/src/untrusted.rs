//! Texts that others have chosen. `maud` escapes markup; these also keep directions of writing within the text, and show
//! characters that a browser would obey or leave out.

use central_logger_text::{is_obeyed, shown};
use maud::{Markup, html};
use std::borrow::Cow;

/// A text in one line.
pub fn line(text: &str) -> Markup {
    html! { bdi { (shown(text)) } }
}

/// A text with its line ends and tabs.
pub fn text(text: &str) -> Markup {
    let is_kept = |character| matches!(character, '\n' | '\t');
    let is_hidden = |character| is_obeyed(character) && !is_kept(character);
    let text = match text.contains(is_hidden) {
        false => Cow::Borrowed(text),
        true => {
            let mut visible = String::with_capacity(text.len() + 8);
            for character in text.chars() {
                match is_hidden(character) {
                    true => visible.extend(character.escape_unicode()),
                    false => visible.push(character),
                }
            }
            Cow::Owned(visible)
        }
    };
    html! { bdi { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_marks_of_direction_are_text() {
        let hostile = "<img src=x onerror=\"a\">\u{202e}\u{1b}[2J\n\tend";
        assert_eq!(
            line(hostile).into_string(),
            "<bdi>&lt;img src=x onerror=&quot;a&quot;&gt;\\u{202e}\\u{1b}[2J\\n\\tend</bdi>"
        );
        assert_eq!(
            text(hostile).into_string(),
            "<bdi>&lt;img src=x onerror=&quot;a&quot;&gt;\\u{202e}\\u{1b}[2J\n\tend</bdi>"
        );
    }
}
