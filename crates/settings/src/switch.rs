use std::str::FromStr;

/// A setting that is on or off.
///
/// # Examples
///
/// ```
/// use central_logger_settings::Switch;
///
/// assert_eq!("true".parse(), Ok(Switch(true)));
/// assert_eq!("0".parse(), Ok(Switch(false)));
/// assert!("maybe".parse::<Switch>().is_err());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Switch(
    /// Whether it is on.
    pub bool,
);

/// A text that is neither on nor off.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{InvalidSwitch, Switch};
///
/// assert_eq!("maybe".parse::<Switch>(), Err(InvalidSwitch));
/// assert_eq!(InvalidSwitch.to_string(), "must be true or false");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be true or false")]
pub struct InvalidSwitch;

impl FromStr for Switch {
    type Err = InvalidSwitch;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(Self(true)),
            "false" | "0" | "no" | "off" => Ok(Self(false)),
            _ => Err(InvalidSwitch),
        }
    }
}
