use crate::{Environment, Origin, SettingError};
use central_logger_static_keys::{ApiKeys, ApiKeysError, EnvWatch, EnvWatchError, StaticKeys};
use central_logger_times::Clock;
use std::{future, path::PathBuf, sync::Arc};

const API_KEYS: &str = "API_KEYS";

/// Where the static keys come from.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, StaticSource};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # let files = tempfile::tempdir()?;
/// # let path = files.path().join(".env");
/// std::fs::write(&path, r#"API_KEYS={"xyz789_real_key": "acme_corp"}"#)?;
/// let source = StaticSource::open(&Environment::read(Some(&path))?, Arc::new(SystemClock))?;
/// assert_eq!(source.keys().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StaticSource {
    /// The environment variable, or a pipe: what cannot change while the program runs.
    Once(Arc<StaticKeys>),
    /// The `.env` file, whether it exists yet or not.
    File(EnvWatch),
}

/// Why the static keys cannot be used.
///
/// # Examples
///
/// ```
/// use central_logger_settings::Environment;
/// use central_logger_text::Report;
///
/// # let files = tempfile::tempdir()?;
/// # let path = files.path().join(".env");
/// std::fs::write(&path, r#"API_KEYS={"xyz789_real_key": "Acme Corp."}"#)?;
/// let error = Environment::read(Some(&path))?.api_keys().unwrap_err();
/// assert!(Report(&error).to_string().contains("API_KEYS, entry 1: a client id has"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StaticKeysError {
    /// The environment variable is not text, or the setting in the `.env` file cannot be understood.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The value of the environment variable is wrong.
    #[error(transparent)]
    ApiKeys(#[from] ApiKeysError),
    /// The value in the `.env` file is wrong.
    #[error("{}", .0.display())]
    InFile(PathBuf, #[source] ApiKeysError),
    /// The `.env` file cannot be used.
    #[error(transparent)]
    File(#[from] EnvWatchError),
}

impl StaticSource {
    /// Opens the environment variable `API_KEYS`, or without one the `.env` file.
    ///
    /// # Errors
    /// When what is found is wrong.
    pub fn open(environment: &Environment, clock: Arc<dyn Clock>) -> Result<Self, StaticKeysError> {
        let path = environment.env_file();
        let read = environment.env_file_as_read();
        let is_followed = read.is_none_or(|file| file.is_regular);
        let source = match Environment::variable(API_KEYS)? {
            None if is_followed => {
                let content = read.map(|file| &file.content[..]);
                Self::File(EnvWatch::from_content(path, content, clock)?)
            }
            _ => {
                let keys = StaticKeys::new(&environment.api_keys()?, clock.now());
                Self::Once(Arc::new(keys))
            }
        };
        source.keys().warn_of_weak();
        Ok(source)
    }

    /// The keys.
    pub fn keys(&self) -> Arc<StaticKeys> {
        match self {
            Self::Once(keys) => Arc::clone(keys),
            Self::File(watch) => watch.keys(),
        }
    }

    /// Updates the keys from their source, without end.
    pub async fn follow(self) {
        match self {
            Self::Once(_) => future::pending().await,
            Self::File(watch) => watch.run().await,
        }
    }
}

impl Environment {
    /// The value of `API_KEYS` with the keys themselves, from the environment, else the `.env`
    /// file; no keys when it stands in neither.
    ///
    /// # Errors
    /// When what is found is wrong.
    pub fn api_keys(&self) -> Result<ApiKeys, StaticKeysError> {
        if let Some(json) = Self::variable(API_KEYS)? {
            return Ok(ApiKeys::parse(&json)?);
        }
        let json = self.in_env_file(API_KEYS)?.unwrap_or("{}");
        let in_file = |error| StaticKeysError::InFile(self.env_file().to_owned(), error);
        ApiKeys::parse(json).map_err(in_file)
    }
}

impl Environment {
    /// Where `API_KEYS` stands, for people: the environment or the `.env` file.
    ///
    /// # Errors
    /// When the environment variable is not Unicode.
    pub fn api_keys_place(&self) -> Result<String, SettingError> {
        Ok(match Self::variable(API_KEYS)? {
            Some(_) => Origin::Variable(API_KEYS),
            None => self.origin_in_env_file(API_KEYS),
        }
        .to_string())
    }
}
