use crate::{Environment, Setting, SettingError};
use central_logger_postgres::Postgres;
use central_logger_times::{InvalidDuration, UnitDuration};
use std::{num::NonZeroU16, str::FromStr, time::Duration};

const CONNECTIONS: Setting = Setting {
    name: "LOGGER_DATABASE_CONNECTIONS",
    flag: "--database-connections",
    example: "16",
    secret: false,
};
const WAIT: Setting = Setting {
    name: "LOGGER_DATABASE_WAIT",
    flag: "--database-wait",
    example: "30s",
    secret: false,
};

/// How a server is connected to its database, as flags.
///
/// # Examples
///
/// ```
/// use central_logger_backend::DatabaseFlags;
/// use clap::Parser;
///
/// #[derive(Parser)]
/// struct Arguments {
///     #[command(flatten)]
///     database: DatabaseFlags,
/// }
///
/// let arguments = Arguments::parse_from(["my-service", "--database-connections", "8"]);
/// assert_eq!(arguments.database.database_connections.as_deref(), Some("8"));
/// ```
#[derive(Debug, Default, clap::Args)]
pub struct DatabaseFlags {
    /// How many connections to PostgreSQL there may be at a time, beside the one for changes of keys
    /// (LOGGER_DATABASE_CONNECTIONS, default 16)
    #[arg(long, value_name = "N")]
    pub database_connections: Option<String>,

    /// How long to wait at the start for a PostgreSQL that is not there yet: 0s to 600s
    /// (LOGGER_DATABASE_WAIT, default 30s)
    #[arg(long, value_name = "DURATION")]
    pub database_wait: Option<String>,
}

/// How a server is connected to its database.
///
/// # Examples
///
/// ```
/// use central_logger_backend::{DatabaseFlags, DatabaseSettings, Environment};
/// use std::time::Duration;
///
/// let settings = DatabaseSettings::read(&Environment::read(None)?, &DatabaseFlags::default())?;
/// assert_eq!((settings.connections, settings.wait), (16, Duration::from_secs(30)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct DatabaseSettings {
    /// How many connections there may be at a time, beside the one for changes of keys.
    pub connections: usize,
    /// How long to wait for a database that is not there yet.
    pub wait: Duration,
}

/// A text that is no time to wait for a database.
///
/// # Examples
///
/// ```
/// use central_logger_backend::InvalidDatabaseWait;
///
/// assert_eq!(InvalidDatabaseWait.to_string(), "the start waits 0s to 600s for a database");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the start waits 0s to 600s for a database")]
pub struct InvalidDatabaseWait;

struct Wait(Duration);

impl DatabaseSettings {
    /// Reads the settings from flags, environment and `.env` file.
    ///
    /// # Errors
    /// On the first setting that is wrong.
    pub fn read(environment: &Environment, flags: &DatabaseFlags) -> Result<Self, SettingError> {
        let connections = flags.database_connections.as_deref();
        let connections = environment.get::<NonZeroU16>(&CONNECTIONS, connections)?;
        let wait = environment.get::<Wait>(&WAIT, flags.database_wait.as_deref())?;
        Ok(Self {
            connections: connections.map_or(Postgres::CONNECTIONS, |number| number.get().into()),
            wait: wait.map_or(Duration::from_secs(30), |wait| wait.0),
        })
    }
}

impl FromStr for Wait {
    type Err = InvalidDatabaseWait;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds = match text.parse::<UnitDuration>() {
            Ok(wait) => wait.seconds(),
            Err(InvalidDuration::Zero) => 0,
            Err(_) => return Err(InvalidDatabaseWait),
        };
        match seconds {
            ..=600 => Ok(Self(Duration::from_secs(seconds))),
            _ => Err(InvalidDatabaseWait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_some_seconds() {
        for (text, seconds) in [("0s", 0), ("30s", 30), ("10m", 600)] {
            assert_eq!(
                text.parse::<Wait>().unwrap().0,
                Duration::from_secs(seconds)
            );
        }
        for wrong in ["601s", "-1s", "+1s", "1", "1h", "s", ""] {
            assert!(wrong.parse::<Wait>().is_err(), "{wrong}");
        }
    }
}
