use crate::{DatabaseUrl, Environment, Flags, Setting, SettingError};
use central_logger_keys::{KeyHasher, KeyPrefix, Pepper};
use std::path::PathBuf;

const DATABASE_URL: Setting = Setting {
    name: "DATABASE_URL",
    flag: "--database-url",
    example: "postgres://logger:secret@127.0.0.1:5432/logger",
    secret: true,
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
const PUBLIC_URL: Setting = Setting {
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
/// use central_logger_backend::{DatabaseUrl, Flags, Settings};
///
/// let flags = Flags {
///     database_url: Some("sqlite:keys.db".to_owned()),
///     public_url: Some("https://logs.example.com/".to_owned()),
///     ..Flags::default()
/// };
/// let settings = Settings::read(&flags)?;
/// assert_eq!(settings.database_url, DatabaseUrl::Sqlite("keys.db".into()));
/// assert_eq!(settings.public_url.as_deref(), Some("https://logs.example.com"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Settings {
    /// Where each came from, for further settings.
    pub environment: Environment,
    /// Where keys and logs are kept.
    pub database_url: DatabaseUrl,
    /// Hashes with the pepper, if there is one.
    pub hasher: KeyHasher,
    /// The brand at the head of new keys.
    pub key_prefix: KeyPrefix,
    /// The base URL in messages for clients, without a slash at its end.
    pub public_url: Option<String>,
}

impl Settings {
    /// Reads the settings from flags, environment and `.env` file, and the pepper files.
    ///
    /// # Errors
    /// On the first setting that is wrong.
    pub fn read(flags: &Flags) -> Result<Self, SettingError> {
        let environment = Environment::read(flags.env_file.as_deref())?;
        let pepper = environment.get(&PEPPER_FILE, flags.pepper_file.as_deref())?;
        let previous = flags.pepper_previous_file.as_deref();
        let previous = environment.get(&PEPPER_PREVIOUS_FILE, previous)?;
        let public_url = environment.get::<String>(&PUBLIC_URL, flags.public_url.as_deref())?;
        Ok(Self {
            database_url: environment
                .get(&DATABASE_URL, flags.database_url.as_deref())?
                .unwrap_or_default(),
            hasher: hasher(pepper, previous)?,
            key_prefix: environment
                .get(&KEY_PREFIX, flags.key_prefix.as_deref())?
                .unwrap_or_default(),
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            environment,
        })
    }
}

fn hasher(pepper: Option<PathBuf>, previous: Option<PathBuf>) -> Result<KeyHasher, SettingError> {
    let Some(pepper) = pepper else {
        return match previous {
            None => Ok(KeyHasher::new()),
            Some(path) => Err(SettingError::Pepper {
                place: PEPPER_PREVIOUS_FILE.name,
                path,
                reason: format!(
                    "a previous pepper needs a present one: set {}",
                    PEPPER_FILE.name
                ),
            }),
        };
    };
    let pepper = read_pepper(&PEPPER_FILE, pepper)?;
    let previous = previous
        .map(|path| read_pepper(&PEPPER_PREVIOUS_FILE, path))
        .transpose()?;
    Ok(KeyHasher::with_pepper(pepper, previous))
}

fn read_pepper(setting: &Setting, path: PathBuf) -> Result<Pepper, SettingError> {
    let read = std::fs::read(&path).map_err(|error| error.to_string());
    read.and_then(|bytes| Pepper::new(&bytes).map_err(|error| error.to_string()))
        .map_err(|reason| SettingError::Pepper {
            place: setting.name,
            path,
            reason,
        })
}
