//! The syntax of a `.env` file.

use zeroize::Zeroizing;

pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) value: Result<Zeroizing<String>, Malformed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    NotASetting,
    Unclosed,
    Trailing,
    NotUtf8,
}

/// Takes one setting after the other out of a text.
pub(crate) struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self {
            rest: text,
            line: 1,
        }
    }

    pub(crate) fn next_setting(&mut self) -> Option<Setting> {
        while !self.rest.is_empty() {
            let line = self.line;
            let head = self.rest.split('\n').next().unwrap_or_default();
            let before = head.len() - head.trim_start().len();
            let trimmed = head.trim();
            let named = trimmed
                .strip_prefix("export ")
                .unwrap_or(trimmed)
                .trim_start();
            let name = &named[..named
                .find(|c: char| !is_part_of_name(c))
                .unwrap_or(named.len())];
            let behind = named[name.len()..].trim_start();
            if trimmed.starts_with('#') || !is_name(name) {
                self.take_line();
                continue;
            }
            if !behind.starts_with('=') {
                self.take_line();
                if named[name.len()..].starts_with(['.', '-', '[', '/', '@']) {
                    // A longer name, which is another program's.
                    continue;
                }
                return Some(Setting {
                    name: name.to_owned(),
                    line,
                    value: Err(Malformed::NotASetting),
                });
            }
            let equals = before + self.rest[before..].find('=').unwrap_or_default();
            self.rest = self.rest[equals + 1..].trim_start_matches([' ', '\t']);
            return Some(Setting {
                name: name.to_owned(),
                line,
                value: self.take_value().map(Zeroizing::new),
            });
        }
        None
    }

    /// Takes a value to its end; of one that is not closed, the line alone.
    fn take_value(&mut self) -> Result<String, Malformed> {
        let closed = match self.rest.chars().next() {
            Some('\'') => self.rest[1..].find('\'').map(|length| length + 2),
            Some('"') => end_of_double_quoted(self.rest),
            Some('{') => end_of_object(self.rest),
            _ => {
                let value = without_comment(self.take_line()).trim();
                // A value on the line below is none, and must not be taken for an empty one.
                let below = self.rest.trim_start().chars().next();
                return match value.is_empty() && matches!(below, Some('{' | '"' | '\'')) {
                    true => Err(Malformed::NotASetting),
                    false => Ok(value.to_owned()),
                };
            }
        };
        let Some(length) = closed else {
            self.take_line();
            return Err(Malformed::Unclosed);
        };
        let start = (self.rest, self.line);
        let value = self.take(length);
        let behind = self.take_line().trim();
        if !behind.is_empty() && !behind.starts_with('#') {
            // That was no closing quote, and the lines up to it are settings by themselves.
            (self.rest, self.line) = start;
            self.take_line();
            return Err(Malformed::Trailing);
        }
        Ok(match value.as_bytes()[0] {
            b'\'' => value[1..value.len() - 1].to_owned(),
            b'"' => unescape(&value[1..value.len() - 1]),
            _ => value.to_owned(),
        })
    }

    /// Takes the rest of the line and goes on to the next.
    fn take_line(&mut self) -> &'a str {
        let length = self.rest.find('\n').map_or(self.rest.len(), |end| end + 1);
        self.take(length)
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

fn is_part_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn end_of_double_quoted(text: &str) -> Option<usize> {
    let mut escaped = true;
    for (place, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(place + 1),
            _ => {}
        }
    }
    None
}

/// Where the brace that opens `text` is closed, braces within JSON strings not counted.
fn end_of_object(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (place, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '{' if !in_string => depth += 1,
            '}' if !in_string => {
                depth -= 1;
                if depth == 0 {
                    return Some(place + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => plain.push('\n'),
                Some('r') => plain.push('\r'),
                Some('t') => plain.push('\t'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            other => plain.push(other),
        }
    }
    plain
}

fn without_comment(value: &str) -> &str {
    if value.starts_with('#') {
        return "";
    }
    let comment = value.find(" #").or_else(|| value.find("\t#"));
    comment.map_or(value, |start| &value[..start])
}
