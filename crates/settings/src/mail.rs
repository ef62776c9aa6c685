use crate::{Environment, Setting, SettingError, setting::read_value};
use central_logger_mail::{MailPassword, Mailer, Sender, SmtpUrl};

pub(crate) const SMTP_URL: Setting = Setting {
    name: "LOGGER_SMTP_URL",
    flag: "--smtp-url",
    example: "smtps://USER@mail.example.com",
    secret: true,
};
const SMTP_FROM: Setting = Setting {
    name: "LOGGER_SMTP_FROM",
    flag: "--smtp-from",
    example: "'Example Logs <logs@example.com>'",
    secret: false,
};
const SMTP_PASSWORD_FILE: Setting = Setting {
    name: "LOGGER_SMTP_PASSWORD_FILE",
    flag: "--smtp-password-file",
    example: "/etc/central-logger/smtp.password",
    secret: false,
};
/// Returns what sends mail, if a mail server is set. Reads the file of its password.
///
/// # Errors
/// When a setting is wrong, or goes with another one that is missing.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, Flags, mailer};
///
/// let flags = Flags::default()
///     .with("--smtp-url", ["smtp://localhost".to_owned()])
///     .with("--smtp-from", ["logs@example.com".to_owned()]);
/// let mailer = mailer(&Environment::read(None)?.with_flags(flags))?;
/// assert_eq!(mailer.map(|mailer| mailer.server().to_owned()).as_deref(), Some("smtp://localhost:25"));
/// # Ok::<(), central_logger_settings::SettingError>(())
/// ```
pub fn mailer(environment: &Environment) -> Result<Option<Mailer>, SettingError> {
    let url = environment.find::<SmtpUrl>(&SMTP_URL)?;
    let from = environment.get::<Sender>(&SMTP_FROM)?;
    let (url, from) = match (url, from) {
        (Some(url), Some(from)) => (url, from),
        (None, None) => return Ok(None),
        _ => return Err(SettingError::HalfMail),
    };
    let password = match environment.find::<String>(&SMTP_PASSWORD_FILE)? {
        Some(file) => Some(read_value::<MailPassword>(file)?.found.value),
        None => None,
    };
    Mailer::new(url.value, from, password)
        .map(Some)
        .map_err(|error| SettingError::Mail {
            origin: url.origin,
            error: Box::new(error),
        })
}
