use crate::{Environment, Setting, SettingError};
use central_logger_sessions::SessionLengths;
use central_logger_times::UnitDuration;
use std::str::FromStr;
use time::Duration;

const IDLE: Setting = Setting {
    name: "LOGGER_SESSION_IDLE",
    flag: "--session-idle",
    example: "30m",
    secret: false,
};
const MAX: Setting = Setting {
    name: "LOGGER_SESSION_MAX",
    flag: "--session-max",
    example: "12h",
    secret: false,
};

/// A text that is no length of a session.
///
/// # Examples
///
/// ```
/// use central_logger_settings::InvalidSessionLength;
///
/// assert_eq!(InvalidSessionLength.to_string(), "must be between 1s and 30d");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between 1s and 30d")]
pub struct InvalidSessionLength;

struct Length(Duration);

/// Reads how long sessions of people last.
///
/// # Errors
/// On the first setting that is wrong.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, session_lengths};
/// use time::Duration;
///
/// let lengths = session_lengths(&Environment::read(None)?)?;
/// assert_eq!((lengths.idle, lengths.most), (Duration::minutes(30), Duration::hours(12)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn session_lengths(environment: &Environment) -> Result<SessionLengths, SettingError> {
    let by_default = SessionLengths::default();
    let (idle, most) = (
        environment.get::<Length>(&IDLE)?,
        environment.get::<Length>(&MAX)?,
    );
    Ok(SessionLengths {
        idle: idle.map_or(by_default.idle, |length| length.0),
        most: most.map_or(by_default.most, |length| length.0),
    })
}

impl FromStr for Length {
    type Err = InvalidSessionLength;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let length: UnitDuration = text.parse().map_err(|_| InvalidSessionLength)?;
        match length.duration() {
            length if length <= Duration::days(30) => Ok(Self(length)),
            _ => Err(InvalidSessionLength),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lasts_some_time() {
        for (text, length) in [("1s", Duration::SECOND), ("30d", Duration::days(30))] {
            assert_eq!(text.parse::<Length>().unwrap().0, length);
        }
        for wrong in ["0s", "31d", "-1s", "+1s", "1", "s", ""] {
            assert!(wrong.parse::<Length>().is_err(), "{wrong}");
        }
    }
}
