use crate::{Environment, Setting, SettingError};
use central_logger_times::{InvalidDuration, UnitDuration};
use std::{str::FromStr, time::Duration};

const STOP_DELAY: Setting = Setting {
    name: "LOGGER_STOP_DELAY",
    flag: "--stop-delay",
    example: "10s",
    secret: false,
};

/// How long a server that was told to stop still takes new connections, while it says that it is not
/// ready: 0 to 300 seconds. A load balancer that asks for readiness needs this long to notice.
///
/// # Examples
///
/// ```
/// use central_logger_settings::StopDelay;
/// use std::time::Duration;
///
/// assert_eq!("10s".parse::<StopDelay>()?.duration(), Duration::from_secs(10));
/// assert_eq!(StopDelay::default().duration(), Duration::ZERO);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StopDelay(Duration);

/// A text that is no such delay.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{InvalidStopDelay, StopDelay};
///
/// assert_eq!("1h".parse::<StopDelay>(), Err(InvalidStopDelay));
/// assert_eq!(InvalidStopDelay.to_string(), "must be between 0s and 300s");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between 0s and 300s")]
pub struct InvalidStopDelay;

impl StopDelay {
    /// Reads the setting.
    ///
    /// # Errors
    /// When it is wrong.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        Ok(environment.get(&STOP_DELAY)?.unwrap_or_default())
    }

    /// The length.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for StopDelay {
    type Err = InvalidStopDelay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds = match text.parse::<UnitDuration>() {
            Ok(delay) => delay.seconds(),
            Err(InvalidDuration::Zero) => 0,
            Err(_) => return Err(InvalidStopDelay),
        };
        match seconds {
            ..=300 => Ok(Self(Duration::from_secs(seconds))),
            _ => Err(InvalidStopDelay),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_some_seconds_or_none() {
        assert_eq!("0s".parse(), Ok(StopDelay::default()));
        assert_eq!("300s".parse(), Ok(StopDelay(Duration::from_secs(300))));
        assert_eq!("5m".parse(), Ok(StopDelay(Duration::from_secs(300))));
        for wrong in ["301s", "6m", "-1s", "+1s", "1", "0", "s", ""] {
            assert_eq!(wrong.parse::<StopDelay>(), Err(InvalidStopDelay), "{wrong}");
        }
    }
}
