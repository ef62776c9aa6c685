use central_logger_input_file::{InputFile, InputFileError};
use std::{borrow::Cow, fmt, path::Path};
use zeroize::Zeroizing;

/// The settings in a `.env` file, which several programs may share.
///
/// A line is `NAME=VALUE`, perhaps with `export` before it, or blank, or a comment after `#`. A
/// value that begins with `{` reaches to the brace that closes it, lines below; one in quotes to
/// the closing quote, with `\n`, `\"` and the like only in double ones; any other to the end of the
/// line or to a `#` after a space. A byte-order mark and Windows line ends are accepted.
///
/// A setting is judged when it is asked for. Lines of other programs are passed over, whatever they
/// look like; but a file in which no line looks like a setting is none.
///
/// # Examples
///
/// ```
/// use central_logger_static_keys::EnvFile;
///
/// let file = EnvFile::parse(b"export COLOUR=blue # by day\nNAME='a # b'\nmy.var: 1\n")?;
/// assert_eq!(file.get("COLOUR")?, Some("blue"));
/// assert_eq!(file.get("NAME")?, Some("a # b"));
/// assert_eq!(file.line("NAME"), Some(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct EnvFile {
    settings: Vec<Setting>,
    /// The last line, if it has no end and is no setting.
    unfinished: Option<(String, usize)>,
    /// The first line with a text, if no line looks like a setting.
    prose: Option<usize>,
}

struct Setting {
    name: String,
    line: usize,
    value: Result<Zeroizing<String>, Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    NotASetting,
    Unclosed,
    Trailing,
    NotUtf8,
}

/// Why a `.env` file, or a setting in it, cannot be used. Lines are counted from 1 and never
/// repeated, since they may hold secrets.
///
/// # Examples
///
/// ```
/// use central_logger_static_keys::EnvFile;
///
/// let file = EnvFile::parse(b"COLOUR=blue\nCOLOUR=green\nSHAPE='round\n")?;
/// let error = file.get("COLOUR").unwrap_err();
/// assert!(error.to_string().starts_with("COLOUR stands in line 1 and again in line 2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvFileError {
    /// The file is not there or may not be read.
    #[error("cannot be read")]
    Read(#[source] InputFileError),
    /// The file, or the value, is text of some other encoding, or no text.
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
    /// When it cannot be read or is no text.
    pub fn read(path: &Path) -> Result<Self, EnvFileError> {
        let read = InputFile::read(path, InputFile::SETTINGS_LIMIT);
        Self::parse(&read.map_err(EnvFileError::Read)?.content)
    }

    /// Parses the content of a file.
    ///
    /// # Errors
    /// When it is UTF-16 or no text.
    pub fn parse(content: &[u8]) -> Result<Self, EnvFileError> {
        let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
        let is_utf_16 = content.starts_with(b"\xFF\xFE") || content.starts_with(b"\xFE\xFF");
        if is_utf_16 || content.contains(&0) {
            return Err(EnvFileError::NotUtf8);
        }
        // Lines of other programs may be in another encoding.
        let text = match String::from_utf8_lossy(content) {
            Cow::Borrowed(text) => return Ok(Self::of_text(text, false)),
            Cow::Owned(text) => Zeroizing::new(text),
        };
        Ok(Self::of_text(&text, true))
    }

    fn of_text(text: &str, is_lossy: bool) -> Self {
        let mut reader = Reader {
            rest: text,
            line: 1,
        };
        let mut file = Self::default();
        while let Some(mut setting) = reader.next_setting() {
            let is_damaged =
                |value: &Zeroizing<String>| value.contains(char::REPLACEMENT_CHARACTER);
            if is_lossy && setting.value.as_ref().is_ok_and(is_damaged) {
                setting.value = Err(Fault::NotUtf8);
            }
            file.settings.push(setting);
        }
        let mut lines = (1..).zip(text.lines().map(str::trim));
        if !text.contains('=') {
            let is_text = |line: &&str| !line.is_empty() && !line.starts_with('#');
            file.prose = lines.find(|(_, line)| is_text(line)).map(|(line, _)| line);
        }
        let last = text.lines().last().unwrap_or_default().trim();
        if !text.ends_with('\n') && !last.contains('=') {
            let last = last.strip_prefix("export ").unwrap_or(last);
            file.unfinished = Some((last.trim_start().to_owned(), text.lines().count()));
        }
        file
    }

    /// The value of a setting.
    ///
    /// # Errors
    /// When the setting stands in the file and its value cannot be understood, or it stands there
    /// twice.
    pub fn get(&self, name: &str) -> Result<Option<&str>, EnvFileError> {
        let mut found = self.settings.iter().filter(|setting| setting.name == name);
        let Some(setting) = found.next() else {
            if let Some(line) = self.prose {
                return Err(EnvFileError::NotASetting(line));
            }
            return match &self.unfinished {
                Some((last, line)) if !last.is_empty() && name.starts_with(&**last) => {
                    Err(EnvFileError::NotASetting(*line))
                }
                _ => Ok(None),
            };
        };
        let value = setting.value.as_ref().map_err(|fault| match fault {
            Fault::NotASetting => EnvFileError::NotASetting(setting.line),
            Fault::Unclosed => EnvFileError::Unclosed(setting.line),
            Fault::Trailing => EnvFileError::Trailing(setting.line),
            Fault::NotUtf8 => EnvFileError::NotUtf8,
        })?;
        match found.next() {
            Some(again) => Err(EnvFileError::Repeated {
                name: name.to_owned(),
                first: setting.line,
                second: again.line,
            }),
            None => Ok(Some(value.as_str())),
        }
    }

    /// The line in which a setting stands, counted from 1.
    pub fn line(&self, name: &str) -> Option<usize> {
        let found = self.settings.iter().find(|setting| setting.name == name);
        found.map(|setting| setting.line)
    }
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A line that is no setting may be a secret.
        let named = |setting: &&Setting| setting.value.as_ref() != Err(&Fault::NotASetting);
        let settings = self.settings.iter().filter(named);
        f.debug_set()
            .entries(settings.map(|setting| &setting.name))
            .finish()
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn next_setting(&mut self) -> Option<Setting> {
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
                    value: Err(Fault::NotASetting),
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
    fn take_value(&mut self) -> Result<String, Fault> {
        let closed = match self.rest.chars().next() {
            Some('\'') => self.rest[1..].find('\'').map(|length| length + 2),
            Some('"') => end_of_double_quoted(self.rest),
            Some('{') => end_of_object(self.rest),
            _ => {
                let value = without_comment(self.take_line()).trim();
                // A value on the line below is none, and must not be taken for an empty one.
                let below = self.rest.trim_start().chars().next();
                return match value.is_empty() && matches!(below, Some('{' | '"' | '\'')) {
                    true => Err(Fault::NotASetting),
                    false => Ok(value.to_owned()),
                };
            }
        };
        let Some(length) = closed else {
            self.take_line();
            return Err(Fault::Unclosed);
        };
        let start = (self.rest, self.line);
        let value = self.take(length);
        let behind = self.take_line().trim();
        if !behind.is_empty() && !behind.starts_with('#') {
            // That was no closing quote, and the lines up to it are settings by themselves.
            (self.rest, self.line) = start;
            self.take_line();
            return Err(Fault::Trailing);
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn get(content: &str, name: &str) -> Option<String> {
        let file = EnvFile::parse(content.as_bytes()).unwrap();
        let value = file.get(name).unwrap_or_else(|error| panic!("{error}"));
        value.map(str::to_owned)
    }

    fn refusal(content: &[u8]) -> String {
        let file = EnvFile::parse(content).unwrap();
        assert!(!format!("{file:?}").contains("hunter2"));
        file.get("A").unwrap_err().to_string()
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
            ("B=c\nA hunter2", "line 2 is not"),
            ("B=c\n\nA: hunter2", "line 3 is not"),
            ("A\n", "line 1 is not"),
            ("A=\n\n  {\"hunter2\": \"c\"}", "line 1 is not"),
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
            let said = refusal(content.as_bytes());
            assert!(said.contains(says), "{said}");
            assert!(!said.contains("hunter2"));
        }
        assert!(refusal(b"A=\xFF").contains("UTF-8"));
        for utf_16 in [&b"\xFF\xFEA\0=\0b\0"[..], b"A\0=\0b\0"] {
            assert!(matches!(EnvFile::parse(utf_16), Err(EnvFileError::NotUtf8)));
        }
    }

    #[test]
    fn lines_of_other_programs_are_passed_over() {
        for others in [
            "my.var=1",
            "my-var=1",
            "1st=2",
            "just words",
            "B='it is not closed",
            "B=\"it is not closed",
            "B={",
            "B='x' y",
            "B=1\nB=2",
            "A.b=2",
            "A-b: 2",
            "=",
            "[section]",
        ] {
            let content = format!("{others}\nA=b\n{others}\n");
            assert_eq!(get(&content, "A").as_deref(), Some("b"), "{others}");
        }
        let quotes = "B='it is\nA=b\nC='fine'\nD=\"it is\nE=f\nF=\"fine\"";
        assert_eq!(get(quotes, "A").as_deref(), Some("b"));
        assert_eq!(get(quotes, "E").as_deref(), Some("f"));
        let latin_1 = EnvFile::parse(b"# f\xFCr\nB=\xFC\nA=b").unwrap();
        assert_eq!(latin_1.get("A").unwrap(), Some("b"));
        // What stands within quotes is no line.
        assert_eq!(get("B='\nA=b\n'\n", "A"), None);
        assert_eq!(get("B='\nA=b\n'\nA=c", "A").as_deref(), Some("c"));
    }

    #[test]
    fn a_name_that_is_cut_off_is_not_taken_for_another() {
        let cut = EnvFile::parse(b"B=c\nexport API_K").unwrap();
        let error = cut.get("API_KEYS").unwrap_err();
        assert!(matches!(error, EnvFileError::NotASetting(2)), "{error}");
        assert_eq!(cut.get("COLOUR").unwrap(), None);
        assert_eq!(get("API_K\nB=c", "API_KEYS"), None);
    }

    proptest! {
        #[test]
        fn no_content_panics(content in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = EnvFile::parse(&content).map(|file| file.get("A").is_ok());
        }

        #[test]
        fn no_text_panics(content in "[A={}'\"\\\\#\n\r é]{0,40}") {
            let _ = EnvFile::parse(content.as_bytes()).unwrap().get("A");
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
