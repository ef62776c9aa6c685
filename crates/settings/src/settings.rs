use crate::{
    Environment, Found, Origin, PublicUrl, Setting, SettingError,
    setting::{FoundOrRead, read_file},
};
use central_logger_database::{Database, DatabaseUrl, OpenOptions};
use central_logger_keys::{KeyHasher, KeyPrefix, Pepper};
use std::{path::PathBuf, sync::Arc};

pub(crate) const DATABASE_URL: Setting = Setting {
    name: "DATABASE_URL",
    flag: "--database-url",
    example: "postgres://logger:secret@127.0.0.1:5432/logger",
    secret: true,
};
/// Where keys and logs are kept unless set otherwise.
const DEFAULT_DATABASE_URL: &str = "sqlite:data/central-logger.db";
const DATABASE_URL_FILE: Setting = Setting {
    name: "DATABASE_URL_FILE",
    flag: "--database-url-file",
    example: "/run/secrets/database-url",
    secret: false,
};
const PEPPER_FILE: Setting = Setting {
    name: "LOGGER_PEPPER_FILE",
    flag: "--pepper-file",
    example: "/etc/central-logger/pepper",
    secret: false,
};
const PEPPER_PREVIOUS_FILE: Setting = Setting {
    name: "LOGGER_PEPPER_PREVIOUS_FILE",
    flag: "--pepper-previous-file",
    example: "/etc/central-logger/pepper.old",
    secret: false,
};
const KEY_PREFIX: Setting = Setting {
    name: "LOGGER_KEY_PREFIX",
    flag: "--key-prefix",
    example: "cl",
    secret: false,
};
pub(crate) const PUBLIC_URL: Setting = Setting {
    name: "LOGGER_PUBLIC_URL",
    flag: "--public-url",
    example: "https://logs.example.com",
    secret: false,
};

/// The settings that the server and the command line share, checked.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, Flags, Settings};
///
/// let flags = Flags::default()
///     .with("--database-url", Some("sqlite:keys.db".to_owned()))
///     .with("--public-url", Some("https://logs.example.com/".to_owned()));
/// let settings = Settings::read(Environment::read(None)?.with_flags(flags))?;
/// assert_eq!(settings.database_url, "sqlite:keys.db".parse()?);
/// let url = settings.public_url.ok_or("it was given")?;
/// assert_eq!(url.as_str(), "https://logs.example.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Settings {
    /// Where each came from, for further settings.
    pub environment: Environment,
    /// Where keys and logs are kept.
    pub database_url: DatabaseUrl,
    /// Where that was found.
    pub database_origin: Origin,
    /// The file that it was read from, if it has one of its own.
    pub database_url_file: Option<PathBuf>,
    /// Hashes with the pepper, if there is one.
    pub hasher: KeyHasher,
    /// The brand at the head of new keys.
    pub key_prefix: KeyPrefix,
    /// The files of the peppers.
    pub pepper_files: Vec<PathBuf>,
    /// The base URL in messages for clients.
    pub public_url: Option<PublicUrl>,
}

impl Settings {
    /// Reads the settings, and the pepper files.
    ///
    /// # Errors
    /// On the first setting that is wrong.
    pub fn read(environment: Environment) -> Result<Self, SettingError> {
        let pepper = environment.find::<PathBuf>(&PEPPER_FILE)?;
        let previous = environment.find::<PathBuf>(&PEPPER_PREVIOUS_FILE)?;
        let database = environment.find_or_read(&DATABASE_URL, &DATABASE_URL_FILE)?;
        let database = match database {
            Some(database) => database,
            None => FoundOrRead {
                found: default_database()?,
                file: None,
            },
        };
        let pepper_files = [&pepper, &previous].into_iter().flatten();
        Ok(Self {
            database_url: database.found.value,
            database_origin: database.found.origin,
            database_url_file: database.file,
            pepper_files: pepper_files.map(|file| file.value.clone()).collect(),
            hasher: hasher(pepper, previous)?,
            key_prefix: environment.get(&KEY_PREFIX)?.unwrap_or_default(),
            public_url: environment.get(&PUBLIC_URL)?,
            environment,
        })
    }

    /// Opens the database. An error names where its URL was found.
    ///
    /// # Errors
    /// When it cannot be opened, or a newer program has changed its schema.
    pub async fn open_database(
        &self,
        options: &OpenOptions,
    ) -> Result<Arc<dyn Database>, SettingError> {
        let opened = self.database_url.open(options).await;
        opened.map_err(|error| SettingError::Database {
            origin: self.database_origin.clone(),
            error: Box::new(error),
        })
    }

    /// What people should be told, if the password of the database stands on the command line.
    pub fn exposed_password(&self) -> Option<&'static str> {
        let is_exposed =
            matches!(self.database_origin, Origin::Flag(_)) && self.database_url.has_password();
        is_exposed.then_some(
            "the password in --database-url can be read by everybody on this machine: put the URL \
             into DATABASE_URL or into the file that --database-url-file names, or the password \
             into the file that PGPASSFILE names",
        )
    }
}

fn default_database() -> Result<Found<DatabaseUrl>, SettingError> {
    let origin = Origin::Default(DATABASE_URL.name);
    match DEFAULT_DATABASE_URL.parse() {
        Ok(value) => Ok(Found { value, origin }),
        // In a build without SQLite.
        Err(error) => Err(SettingError::invalid(
            &DATABASE_URL,
            DEFAULT_DATABASE_URL,
            origin,
            error,
        )),
    }
}

fn hasher(
    pepper: Option<Found<PathBuf>>,
    previous: Option<Found<PathBuf>>,
) -> Result<KeyHasher, SettingError> {
    let Some(pepper) = pepper else {
        return match previous {
            None => Ok(KeyHasher::new()),
            Some(Found { value, origin }) => Err(SettingError::File {
                origin,
                path: value,
                reason: format!(
                    "a previous pepper needs a present one: set {}",
                    PEPPER_FILE.name
                ),
            }),
        };
    };
    let pepper = read_pepper(pepper)?;
    let previous = previous.map(read_pepper).transpose()?;
    Ok(KeyHasher::with_pepper(pepper, previous))
}

fn read_pepper(file: Found<PathBuf>) -> Result<Pepper, SettingError> {
    let Found {
        value: path,
        origin,
    } = file;
    let bytes = read_file(&origin, &path)?;
    Pepper::new(&bytes).map_err(|reason| SettingError::File {
        origin,
        path,
        reason: reason.to_string(),
    })
}
