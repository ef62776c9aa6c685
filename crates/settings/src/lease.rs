use crate::{Environment, Setting, SettingError};
use central_logger_times::UnitDuration;
use std::{str::FromStr, time::Duration};

const LEASE: Setting = Setting {
    name: "LOGGER_LEASE",
    flag: "--lease",
    example: "2s",
    secret: false,
};

/// How long a server may go by what it remembers of keys without having asked whether it still
/// holds: 1 to 60 seconds. A server that is cut off delays a revocation as long.
///
/// # Examples
///
/// ```
/// use central_logger_settings::LeaseLength;
/// use std::time::Duration;
///
/// assert_eq!("10s".parse::<LeaseLength>()?.duration(), Duration::from_secs(10));
/// assert_eq!(LeaseLength::default().duration(), Duration::from_secs(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseLength(Duration);

/// A text that is no length of a lease.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{InvalidLeaseLength, LeaseLength};
///
/// assert_eq!("1h".parse::<LeaseLength>(), Err(InvalidLeaseLength));
/// assert_eq!(InvalidLeaseLength.to_string(), "must be between 1s and 60s");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between 1s and 60s")]
pub struct InvalidLeaseLength;

impl LeaseLength {
    /// Reads the setting.
    ///
    /// # Errors
    /// When it is wrong.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        Ok(environment.get(&LEASE)?.unwrap_or_default())
    }

    /// The length.
    pub fn duration(self) -> Duration {
        self.0
    }
}

/// Two seconds.
impl Default for LeaseLength {
    fn default() -> Self {
        Self(Duration::from_secs(2))
    }
}

impl FromStr for LeaseLength {
    type Err = InvalidLeaseLength;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let length: UnitDuration = text.parse().map_err(|_| InvalidLeaseLength)?;
        match length.seconds() {
            seconds @ 1..=60 => Ok(Self(Duration::from_secs(seconds))),
            _ => Err(InvalidLeaseLength),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_lasts_some_seconds() {
        for minute in ["60s", "1m"] {
            assert_eq!(minute.parse(), Ok(LeaseLength(Duration::from_secs(60))));
        }
        for wrong in ["0s", "61s", "-1s", "+2s", " 2s", "1", "2m", "1d", "s", ""] {
            assert_eq!(wrong.parse::<LeaseLength>(), Err(InvalidLeaseLength));
        }
    }
}
