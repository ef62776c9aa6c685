//! What is meant for a terminal: control sequences by ECMA-48, such as colours.

use std::borrow::Cow;

/// Returns a text in which each escape is a space.
pub(super) fn without_escapes(text: &str) -> Cow<'_, str> {
    // The first bytes of all that begins one, and of a little else.
    if !text.bytes().any(|byte| byte == 0x1b || byte == 0xc2) {
        return text.into();
    }
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(place) = rest.find(begins) {
        plain.push_str(&rest[..place]);
        plain.push(' ');
        rest = behind_escape(&rest[place..]);
    }
    plain.push_str(rest);
    plain.into()
}

pub(super) fn begins(character: char) -> bool {
    matches!(character, '\u{1b}' | '\u{80}'..='\u{9f}')
}

/// Returns what stands behind the escape with which `text` begins.
fn behind_escape(text: &str) -> &str {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return text;
    };
    let kind = match first {
        // A control of one character is an escape with another in its place.
        '\u{80}'..='\u{9f}' => char::from_u32(u32::from(first) - 0x40),
        _ => characters.next(),
    };
    let behind = characters.as_str();
    match kind {
        Some('[') => behind_control_sequence(behind),
        Some(']' | 'P' | 'X' | '^' | '_') => behind_string(behind),
        // The next character is of another set.
        Some('N' | 'O') => behind
            .strip_prefix(|next| matches!(next, '!'..='~'))
            .unwrap_or(behind),
        Some(' '..='/') => {
            let behind = behind.trim_start_matches(|next| matches!(next, ' '..='/'));
            behind
                .strip_prefix(|next| matches!(next, '0'..='~'))
                .unwrap_or(behind)
        }
        Some('0'..='~') => behind,
        // It stands alone.
        _ => &text[first.len_utf8()..],
    }
}

/// Parameters, intermediates, and the character that ends it.
fn behind_control_sequence(text: &str) -> &str {
    let behind = text
        .trim_start_matches(|next| matches!(next, '0'..='?'))
        .trim_start_matches(|next| matches!(next, ' '..='/'));
    behind
        .strip_prefix(|next| matches!(next, '@'..='~'))
        .unwrap_or(behind)
}

/// A string such as a title or the address of a link, as far as it is ended on its line: otherwise it
/// is text, lest it hide all that follows.
fn behind_string(text: &str) -> &str {
    let end = text.find(|next: char| next.is_control());
    let Some((_, rest)) = end.and_then(|end| text.split_at_checked(end)) else {
        return text;
    };
    ["\u{7}", "\u{9c}", "\u{1b}\\"]
        .into_iter()
        .find_map(|end| rest.strip_prefix(end))
        .unwrap_or(text)
}
