use std::{fmt, fs, io, path::Path};
use zeroize::Zeroizing;

/// The settings in a `.env` file.
///
/// A line is `NAME=VALUE`, perhaps with `export` before it, or blank, or a comment after `#`. A
/// value that begins with `{` reaches to the brace that closes it, lines below; one in quotes to
/// the closing quote, with `\n`, `\"` and the like only in double ones; any other to the end of the
/// line or to a `#` after a space. A byte-order mark and Windows line ends are accepted.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::EnvFile;
///
/// let file = EnvFile::parse(b"export COLOUR=blue # by day\nNAME='a # b'\n")?;
/// assert_eq!(file.get("COLOUR"), Some("blue"));
/// assert_eq!(file.get("NAME"), Some("a # b"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct EnvFile {
    settings: Vec<Setting>,
}

struct Setting {
    name: String,
    value: Zeroizing<String>,
    line: usize,
}

/// Why a `.env` file cannot be used. Lines are counted from 1 and never repeated, since they may
/// hold secrets.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::EnvFile;
///
/// let error = EnvFile::parse(b"COLOUR=blue\nCOLOUR=green\n").unwrap_err();
/// assert!(error.to_string().starts_with("COLOUR stands in line 1 and again in line 2"));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum EnvFileError {
    /// The file is not there or may not be read.
    #[error("cannot be read")]
    Read(#[source] io::Error),
    /// The file is text of some other encoding, or no text.
    #[error("the file is not UTF-8 text: save it as UTF-8")]
    NotUtf8,
    /// A line is not of the form above.
    #[error("line {0} is not of the form NAME=VALUE")]
    NotASetting(usize),
    /// The end of the file comes before the end of the value.
    #[error("the value that begins in line {0} is not closed")]
    Unclosed(usize),
    /// Something stands behind a closing quote or brace.
    #[error("the value that begins in line {0} goes on after it is closed")]
    Trailing(usize),
    /// A name stands in two lines.
    #[error("{name} stands in line {first} and again in line {second}: keep one of them")]
    Repeated {
        /// The name.
        name: String,
        /// Where first.
        first: usize,
        /// Where again.
        second: usize,
    },
}

impl EnvFile {
    /// Reads and parses the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read or is not of the form of a `.env` file.
    pub fn read(path: &Path) -> Result<Self, EnvFileError> {
        let content = fs::read(path).map_err(EnvFileError::Read)?;
        Self::parse(&Zeroizing::new(content))
    }

    /// Parses the content of a file.
    ///
    /// # Errors
    /// When it is not of the form of a `.env` file.
    pub fn parse(content: &[u8]) -> Result<Self, EnvFileError> {
        let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
        let text = str::from_utf8(content).map_err(|_| EnvFileError::NotUtf8)?;
        let mut reader = Reader {
            rest: text,
            line: 1,
        };
        let mut file = Self::default();
        while let Some(setting) = reader.next_setting()? {
            if let Some(first) = file.find(&setting.name) {
                return Err(EnvFileError::Repeated {
                    name: setting.name,
                    first: first.line,
                    second: setting.line,
                });
            }
            file.settings.push(setting);
        }
        Ok(file)
    }

    /// The value of a setting.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name).map(|setting| setting.value.as_str())
    }

    fn find(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.settings.iter().map(|setting| &setting.name);
        f.debug_set().entries(names).finish()
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn next_setting(&mut self) -> Result<Option<Setting>, EnvFileError> {
        while !self.rest.is_empty() {
            let line = self.line;
            let head = self.rest.split('\n').next().unwrap_or_default().trim();
            if head.is_empty() || head.starts_with('#') {
                self.take_line();
                continue;
            }
            let not_a_setting = EnvFileError::NotASetting(line);
            let Some((name, _)) = head.split_once('=') else {
                return Err(not_a_setting);
            };
            let length = self.rest.find('=').unwrap_or_default() + 1;
            self.rest = &self.rest[length..];
            let name = name.strip_prefix("export ").unwrap_or(name).trim();
            if !is_name(name) {
                return Err(not_a_setting);
            }
            self.rest = self.rest.trim_start_matches([' ', '\t']);
            let value = self.take_value(line)?;
            return Ok(Some(Setting {
                name: name.to_owned(),
                value: Zeroizing::new(value),
                line,
            }));
        }
        Ok(None)
    }

    fn take_value(&mut self, line: usize) -> Result<String, EnvFileError> {
        let closed = match self.rest.chars().next() {
            Some('\'') => self.rest[1..].find('\'').map(|length| length + 2),
            Some('"') => end_of_double_quoted(self.rest),
            Some('{') => end_of_object(self.rest),
            _ => {
                let value = self.take_line();
                return Ok(without_comment(value).trim().to_owned());
            }
        };
        let value = self.take(closed.ok_or(EnvFileError::Unclosed(line))?);
        let behind = self.take_line().trim();
        if !behind.is_empty() && !behind.starts_with('#') {
            return Err(EnvFileError::Trailing(line));
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
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts_well && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn get(content: &str, name: &str) -> Option<String> {
        let file = EnvFile::parse(content.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        file.get(name).map(str::to_owned)
    }

    fn refusal(content: &str) -> String {
        EnvFile::parse(content.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn values_are_read_in_every_form() {
        for (content, value) in [
            ("A=b", "b"),
            ("export A = b ", "b"),
            ("# A=x\n\n  A=b # remark\n", "b"),
            ("A=b#c", "b#c"),
            ("A=", ""),
            ("A=  # nothing", ""),
            ("A='b # c'  # remark", "b # c"),
            ("A='two\nlines'", "two\nlines"),
            (r#"A="say \"b\"\n" "#, "say \"b\"\n"),
            ("A={}", "{}"),
            (
                r#"A={"}": "{\"", "c": {}} # remark"#,
                r#"{"}": "{\"", "c": {}}"#,
            ),
            ("\u{feff}A=b\r\nB=c\r\n", "b"),
            ("B={\r\n\"k\": \"c\"\r\n}\r\nA=b", "b"),
        ] {
            assert_eq!(get(content, "A").as_deref(), Some(value), "{content:?}");
        }
        assert_eq!(get("A=b", "B"), None);
    }

    #[test]
    fn a_fault_is_named_by_its_line_and_not_repeated() {
        for (content, says) in [
            ("A=b\nhunter2", "line 2 is not"),
            ("A=b\n\n1A=hunter2", "line 3 is not"),
            (
                "# c\nA={\n\"hunter2\": \"c\"\n",
                "begins in line 2 is not closed",
            ),
            ("A='hunter2", "begins in line 1 is not closed"),
            ("A=\"hunter2\\\"", "begins in line 1 is not closed"),
            ("A='b' hunter2", "line 1 goes on"),
            (
                "A={\n}\nB=1\nA=hunter2",
                "A stands in line 1 and again in line 4",
            ),
        ] {
            let said = refusal(content);
            assert!(said.contains(says), "{said}");
            assert!(!said.contains("hunter2"));
        }
        assert!(matches!(
            EnvFile::parse(b"A=\xFF"),
            Err(EnvFileError::NotUtf8)
        ));
        let file = EnvFile::parse(b"A=hunter2").unwrap();
        assert_eq!(format!("{file:?}"), r#"{"A"}"#);
    }

    proptest! {
        #[test]
        fn no_content_panics(content in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = EnvFile::parse(&content);
        }

        #[test]
        fn no_text_panics(content in "[A={}'\"\\\\#\n\r é]{0,40}") {
            let _ = EnvFile::parse(content.as_bytes());
        }

        #[test]
        fn json_objects_come_back_as_they_are(
            members in prop::collection::btree_map(".{0,12}", ".{0,12}", 0..6),
            before in "(B=c\n)?", after in "(\nD=e)?",
        ) {
            let json = serde_json::to_string_pretty(&members).unwrap();
            let content = format!("{before}A={json}{after}");
            prop_assert_eq!(get(&content, "A"), Some(json));
        }
    }
}
