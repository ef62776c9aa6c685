use crate::env_settings::{Malformed, Reader, Setting};
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
/// use central_logger_env_file::EnvFile;
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

/// Why a `.env` file, or a setting in it, cannot be used. Lines are counted from 1 and never
/// repeated, since they may hold secrets.
///
/// # Examples
///
/// ```
/// use central_logger_env_file::EnvFile;
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
        let mut reader = Reader::of(text);
        let mut file = Self::default();
        while let Some(mut setting) = reader.next_setting() {
            let is_damaged =
                |value: &Zeroizing<String>| value.contains(char::REPLACEMENT_CHARACTER);
            if is_lossy && setting.value.as_ref().is_ok_and(is_damaged) {
                setting.value = Err(Malformed::NotUtf8);
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
            Malformed::NotASetting => EnvFileError::NotASetting(setting.line),
            Malformed::Unclosed => EnvFileError::Unclosed(setting.line),
            Malformed::Trailing => EnvFileError::Trailing(setting.line),
            Malformed::NotUtf8 => EnvFileError::NotUtf8,
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
        let named = |setting: &&Setting| setting.value.as_ref() != Err(&Malformed::NotASetting);
        let settings = self.settings.iter().filter(named);
        f.debug_set()
            .entries(settings.map(|setting| &setting.name))
            .finish()
    }
}
