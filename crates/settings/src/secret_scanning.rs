use crate::{Environment, Setting, SettingError};
use url::Url;

pub(crate) const SECRET_SCANNING_URL: Setting = Setting {
    name: "LOGGER_SECRET_SCANNING_URL",
    flag: "--secret-scanning-url",
    example: "https://api.github.com/meta/public_keys/secret_scanning",
    secret: false,
};

/// Returns the address at which GitHub's secret scanning publishes its keys, if its reports are to be taken.
///
/// # Errors
/// When it is no URL.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, Flags, secret_scanning_url};
///
/// let flags = Flags::default().with("--secret-scanning-url", ["https://keys.example.com/".to_owned()]);
/// let url = secret_scanning_url(&Environment::read(None)?.with_flags(flags))?;
/// assert_eq!(url.map(|url| url.to_string()).as_deref(), Some("https://keys.example.com/"));
/// # Ok::<(), central_logger_settings::SettingError>(())
/// ```
pub fn secret_scanning_url(environment: &Environment) -> Result<Option<Url>, SettingError> {
    environment.get(&SECRET_SCANNING_URL)
}
