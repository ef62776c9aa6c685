use crate::{Environment, Setting, SettingError, Switch};

const CONSOLE: Setting = Setting {
    name: "LOGGER_CONSOLE",
    flag: "--console",
    example: "off",
    secret: false,
};

/// Reads whether the console is served: it is, unless it is turned off.
///
/// # Errors
/// When the setting is neither on nor off.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, Flags, serves_console};
///
/// let environment = Environment::read(None)?;
/// assert!(serves_console(&environment)?);
/// let off = Flags::default().with("--console", ["off".to_owned()]);
/// assert!(!serves_console(&environment.with_flags(off))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn serves_console(environment: &Environment) -> Result<bool, SettingError> {
    let switch = environment.get::<Switch>(&CONSOLE)?;
    Ok(switch.is_none_or(|switch| switch.0))
}
