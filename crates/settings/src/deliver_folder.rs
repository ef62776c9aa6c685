use crate::{Environment, Setting, SettingError};
use std::path::PathBuf;

const DELIVER_DIR: Setting = Setting {
    name: "LOGGER_DELIVER_DIR",
    flag: "--deliver-dir",
    example: "/var/lib/central-logger/keys",
    secret: false,
};

/// Returns the folder beneath which a key of the provider may name files as targets of keys; without one, it
/// may name none.
///
/// # Errors
/// When it is no path.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, Flags, deliver_folder};
///
/// let flags = Flags::default().with("--deliver-dir", ["/run/keys".to_owned()]);
/// let environment = Environment::read(None)?.with_flags(flags);
/// assert_eq!(deliver_folder(&environment)?, Some("/run/keys".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn deliver_folder(environment: &Environment) -> Result<Option<PathBuf>, SettingError> {
    environment.get(&DELIVER_DIR)
}
