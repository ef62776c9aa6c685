use crate::{Environment, Setting, SettingError};
use central_logger_database::OpenOptions;
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

/// A text that is no time to wait for a database.
///
/// # Examples
///
/// ```
/// use central_logger_settings::InvalidDatabaseWait;
///
/// assert_eq!(InvalidDatabaseWait.to_string(), "must be between 0s and 600s");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between 0s and 600s")]
pub struct InvalidDatabaseWait;

struct Wait(Duration);

/// Reads how a server opens its database.
///
/// # Errors
/// On the first setting that is wrong.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, open_options};
/// use std::time::Duration;
///
/// let options = open_options(&Environment::read(None)?)?;
/// assert_eq!((options.connections, options.wait), (16, Duration::from_secs(30)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open_options(environment: &Environment) -> Result<OpenOptions, SettingError> {
    let connections = environment.get::<NonZeroU16>(&CONNECTIONS)?;
    let wait = environment.get::<Wait>(&WAIT)?;
    let options =
        OpenOptions::default().with_wait(wait.map_or(Duration::from_secs(30), |wait| wait.0));
    Ok(match connections {
        Some(connections) => options.with_connections(connections.get().into()),
        None => options,
    })
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
