use crate::Setting;
use std::{fmt, path::PathBuf};

/// Where the value of a setting was found, as it is written there.
///
/// # Examples
///
/// ```
/// use central_logger_settings::Origin;
///
/// let origin = Origin::File { name: "DATABASE_URL", path: ".env".into(), line: 3 };
/// assert_eq!(origin.to_string(), "DATABASE_URL in .env line 3");
/// assert_eq!(Origin::Flag("--database-url").to_string(), "--database-url");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// On the command line.
    Flag(&'static str),
    /// In the environment.
    Variable(&'static str),
    /// In the `.env` file.
    File {
        /// The setting.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
    },
    /// Nowhere, so that it is the default.
    Default(&'static str),
}

/// A value, and where it was found.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Found, Origin};
///
/// let pepper = Found { value: "pepper", origin: Origin::Flag("--pepper-file") };
/// assert_eq!(pepper.map(str::len).value, 6);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The value.
    pub value: T,
    /// Where it was found.
    pub origin: Origin,
}

impl Origin {
    /// A right value, written as it would be there.
    pub(crate) fn example(&self, setting: &Setting) -> String {
        match self {
            Self::Flag(_) => format!("{} {}", setting.flag, setting.example),
            Self::Variable(_) | Self::File { .. } | Self::Default(_) => {
                format!("{}={}", setting.name, setting.example)
            }
        }
    }
}

impl<T> Found<T> {
    /// Another value, found there.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Found<U> {
        Found {
            value: convert(self.value),
            origin: self.origin,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File { name, path, line } => {
                write!(f, "{name} in {} line {line}", path.display())
            }
            Self::Default(name) => write!(f, "{name} (by default)"),
        }
    }
}
