use std::{borrow::Cow, fmt, str::FromStr};

/// A line that people write for people, such as a name, a note or a reason: not empty, and without
/// characters that could change what a terminal shows of it or of the lines around it.
///
/// # Examples
///
/// ```
/// use central_logger_text::PlainText;
///
/// let note: PlainText = "for the invoices, Söhne 🔑".parse()?;
/// assert_eq!(note.as_str(), "for the invoices, Söhne 🔑");
/// assert!("two\nlines".parse::<PlainText>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlainText(String);

/// A text that is no [`PlainText`]. It is not repeated.
///
/// # Examples
///
/// ```
/// use central_logger_text::{InvalidPlainText, PlainText};
///
/// let error = "red\u{1b}[31m".parse::<PlainText>().unwrap_err();
/// assert_eq!(error, InvalidPlainText::Character('\u{1b}'));
/// assert!(error.to_string().contains("U+001B"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPlainText {
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// A control character, a line separator, or one that changes the direction of writing.
    #[error(
        "the text has the character U+{:04X}, which terminals do not show but obey: write one \
         line of visible characters",
        u32::from(*.0)
    )]
    Character(char),
}

impl PlainText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PlainText {
    type Err = InvalidPlainText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(character) = text.chars().find(|character| is_obeyed(*character)) {
            return Err(InvalidPlainText::Character(character));
        }
        match text.trim().is_empty() {
            true => Err(InvalidPlainText::Empty),
            false => Ok(Self(text.to_owned())),
        }
    }
}

impl From<PlainText> for String {
    fn from(text: PlainText) -> Self {
        text.0
    }
}

impl fmt::Display for PlainText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether terminals and viewers obey this character instead of showing it: control characters (C0,
/// DEL, C1), separators of lines and paragraphs, and those that change the direction of writing.
pub fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}

/// Any text as it may be shown in a line on a terminal: characters that would be
/// [obeyed](is_obeyed) are written as `\n` or `\u{1b}`.
///
/// # Examples
///
/// ```
/// use central_logger_text::shown;
///
/// assert_eq!(shown("Acme\u{1b}[2J\nStatus active"), r"Acme\u{1b}[2J\nStatus active");
/// ```
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            obeyed if is_obeyed(obeyed) => shown.extend(obeyed.escape_unicode()),
            visible => shown.push(visible),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_terminals_obey_is_refused_and_escaped() {
        for obeyed in [
            '\0', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{80}', '\u{85}', '\u{9b}', '\u{61c}',
            '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{202a}', '\u{202e}', '\u{2066}',
            '\u{2069}',
        ] {
            let text = format!("Evil{obeyed}x");
            let refused = text.parse::<PlainText>();
            assert_eq!(
                refused,
                Err(InvalidPlainText::Character(obeyed)),
                "{obeyed:?}"
            );
            assert!(!shown(&text).contains(is_obeyed), "{obeyed:?}");
        }
    }

    #[test]
    fn what_is_visible_stays_as_it_is() {
        for text in ["Acme & Söhne 🔑", "数据库", "שלום", "a\\n", "👩\u{200d}💻"] {
            assert_eq!(text.parse::<PlainText>().unwrap().as_str(), text);
            assert_eq!(shown(text), text);
        }
        for empty in ["", " ", "\u{3000}"] {
            assert_eq!(empty.parse::<PlainText>(), Err(InvalidPlainText::Empty));
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_shown_is_obeyed(text in any::<String>()) {
            prop_assert!(!shown(&text).contains(is_obeyed));
        }
    }
}
