use central_logger_key_store::{EnvFile, EnvFileError};
use central_logger_monitor::WebhookError;
use std::{
    fmt::Display,
    path::{Path, PathBuf},
    str::FromStr,
};

/// A setting and how it may be given.
///
/// # Examples
///
/// ```
/// use central_logger_backend::{Environment, Setting};
///
/// const SEATS: Setting =
///     Setting { name: "MY_SERVICE_SEATS", flag: "--seats", example: "12", secret: false };
///
/// let error = Environment::read(None)?.get::<u16>(&SEATS, Some("few")).unwrap_err();
/// let said = "--seats: 'few' does not do: invalid digit found in string (for example --seats 12)";
/// assert_eq!(error.to_string(), said);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// The flag.
    pub flag: &'static str,
    /// A correct value, to be shown when the one found is wrong.
    pub example: &'static str,
    /// Whether the value may hold a secret and must not be repeated.
    pub secret: bool,
}

/// Where settings come from: flags over environment variables over a `.env` file.
///
/// # Examples
///
/// ```
/// use central_logger_backend::{Environment, Setting};
///
/// const SEATS: Setting =
///     Setting { name: "MY_SERVICE_SEATS", flag: "--seats", example: "12", secret: false };
///
/// # let files = tempfile::tempdir()?;
/// # let path = files.path().join(".env");
/// std::fs::write(&path, "MY_SERVICE_SEATS=40\n")?;
/// let environment = Environment::read(Some(&path))?;
/// assert_eq!(environment.get(&SEATS, None)?, Some(40));
/// assert_eq!(environment.get(&SEATS, Some("12"))?, Some(12), "the flag wins");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Environment {
    env_file: EnvFile,
    path: PathBuf,
}

/// A setting that stops the program.
///
/// # Examples
///
/// ```
/// use central_logger_backend::Environment;
/// use std::path::Path;
///
/// let error = Environment::read(Some(Path::new("no/such/file"))).unwrap_err();
/// assert_eq!(error.to_string(), "--env-file: there is no file no/such/file");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// The `.env` file cannot be read.
    #[error("{}", .0.display())]
    EnvFile(PathBuf, #[source] EnvFileError),
    /// `--env-file` names a file that is not there.
    #[error("--env-file: there is no file {}", .0.display())]
    NoEnvFile(PathBuf),
    /// A value is wrong.
    #[error("{place}: {found}{reason} (for example {example})")]
    Invalid {
        /// Where the value was found, as the user would write it.
        place: String,
        /// The value in quotes, or nothing for a secret.
        found: String,
        /// What is wrong with it.
        reason: String,
        /// A correct example.
        example: String,
    },
    /// A value that is not Unicode.
    #[error("{0}: the value is not Unicode text")]
    NotUnicode(&'static str),
    /// A certificate without its key, or the reverse.
    #[error("LOGGER_TLS_CERT and LOGGER_TLS_KEY go together: give both or neither")]
    HalfTls,
    /// A webhook without secrets, or the reverse.
    #[error(
        "LOGGER_WEBHOOK_URL and LOGGER_WEBHOOK_SECRET_FILE go together: give both or neither (a \
         secret is made by: echo whsec_$(openssl rand -base64 32))"
    )]
    HalfWebhook,
    /// A webhook that cannot be.
    #[error("LOGGER_WEBHOOK_URL: {0}")]
    Webhook(#[from] WebhookError),
    /// A pepper file that cannot be used.
    #[error("{place}: {}: {reason}", .path.display())]
    Pepper {
        /// The setting that names the file.
        place: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Clone, Copy)]
enum Place {
    Flag,
    Variable,
    File,
}

impl Environment {
    /// Reads `env_file`, or without one the `.env` of the working directory if there is any.
    ///
    /// # Errors
    /// When the file cannot be read or understood, or a named one does not exist.
    pub fn read(env_file: Option<&Path>) -> Result<Self, SettingError> {
        let path = env_file.unwrap_or(Path::new(".env"));
        let env_file = match (env_file, path.exists()) {
            (_, true) => EnvFile::read(path)
                .map_err(|error| SettingError::EnvFile(path.to_owned(), error))?,
            (None, false) => EnvFile::default(),
            (Some(named), false) => return Err(SettingError::NoEnvFile(named.to_owned())),
        };
        Ok(Self {
            env_file,
            path: path.to_owned(),
        })
    }

    /// The `.env` file, whether it exists or not.
    pub fn env_file(&self) -> &Path {
        &self.path
    }

    /// The value of an environment variable of this process; an empty one counts as none.
    ///
    /// # Errors
    /// When the value is not Unicode.
    pub fn variable(name: &'static str) -> Result<Option<String>, SettingError> {
        match std::env::var(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(SettingError::NotUnicode(name)),
        }
    }

    /// The value of a setting, from the flag, else the environment, else the file.
    ///
    /// # Errors
    /// When the value found is wrong.
    pub fn get<T>(&self, setting: &Setting, flag: Option<&str>) -> Result<Option<T>, SettingError>
    where
        T: FromStr<Err: Display>,
    {
        let Some((place, value)) = self.find(setting, flag)? else {
            return Ok(None);
        };
        let invalid = |reason: T::Err| SettingError::Invalid {
            place: match place {
                Place::Flag => setting.flag.to_owned(),
                Place::Variable => setting.name.to_owned(),
                Place::File => format!("{} in {}", setting.name, self.path.display()),
            },
            found: match setting.secret {
                true => String::new(),
                false => format!("'{value}' does not do: "),
            },
            reason: reason.to_string(),
            example: match place {
                Place::Flag => format!("{} {}", setting.flag, setting.example),
                Place::Variable | Place::File => format!("{}={}", setting.name, setting.example),
            },
        };
        value.parse().map(Some).map_err(invalid)
    }

    fn find(
        &self,
        setting: &Setting,
        flag: Option<&str>,
    ) -> Result<Option<(Place, String)>, SettingError> {
        if let Some(value) = flag {
            return Ok(Some((Place::Flag, value.to_owned())));
        }
        if let Some(value) = Self::variable(setting.name)? {
            return Ok(Some((Place::Variable, value)));
        }
        let value = self.in_env_file(setting.name);
        Ok(value.map(|value| (Place::File, value.to_owned())))
    }

    /// The value in the `.env` file; an empty one counts as none.
    pub(crate) fn in_env_file(&self, name: &str) -> Option<&str> {
        self.env_file.get(name).filter(|value| !value.is_empty())
    }
}
