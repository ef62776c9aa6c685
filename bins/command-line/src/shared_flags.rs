use central_logger_settings::{Environment, Flags, SettingError};
use std::path::PathBuf;

/// The settings that the server and the command line share, as flags.
///
/// Each but `--env-file` may also stand in the environment or in a `.env` file, under the name in
/// brackets. A flag beats the environment, which beats the file.
///
/// # Examples
///
/// ```
/// use central_logger_command_line::SharedFlags;
/// use clap::Parser;
///
/// #[derive(Parser)]
/// struct Arguments {
///     #[command(flatten)]
///     shared: SharedFlags,
/// }
///
/// let arguments = Arguments::parse_from(["my-service", "--key-prefix", "acme"]);
/// assert_eq!(arguments.shared.key_prefix.as_deref(), Some("acme"));
/// ```
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub struct SharedFlags {
    /// Where keys and logs are kept: sqlite:PATH or postgres://… (DATABASE_URL, default
    /// sqlite:data/central-logger.db)
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,

    /// A file with that URL, which keeps its password from others (DATABASE_URL_FILE)
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "database_url"
    )]
    pub database_url_file: Option<String>,

    /// A file with a secret mixed into key hashes, 32 bytes or more (LOGGER_PEPPER_FILE)
    #[arg(long, global = true, value_name = "FILE")]
    pub pepper_file: Option<String>,

    /// The secret before the present one, so that older keys still verify
    /// (LOGGER_PEPPER_PREVIOUS_FILE)
    #[arg(long, global = true, value_name = "FILE")]
    pub pepper_previous_file: Option<String>,

    /// The brand at the head of new keys (LOGGER_KEY_PREFIX, default cl)
    #[arg(long, global = true, value_name = "PREFIX")]
    pub key_prefix: Option<String>,

    /// The server's base URL in messages for clients (LOGGER_PUBLIC_URL, default from the bind
    /// address)
    #[arg(long, global = true, value_name = "URL")]
    pub public_url: Option<String>,

    /// The mail server: smtps://USER:PASSWORD@HOST or smtp://…?tls=required (LOGGER_SMTP_URL)
    #[arg(long, global = true, value_name = "URL")]
    pub smtp_url: Option<String>,

    /// The sender of mail (LOGGER_SMTP_FROM)
    #[arg(
        long,
        global = true,
        value_name = "ADDRESS",
        help = "Who mail comes from: an address, or a name and <ADDRESS> (LOGGER_SMTP_FROM)"
    )]
    pub smtp_from: Option<String>,

    /// A file with the password of the mail server (LOGGER_SMTP_PASSWORD_FILE)
    #[arg(long, global = true, value_name = "FILE")]
    pub smtp_password_file: Option<String>,

    /// Read settings and API_KEYS from this file instead of .env
    #[arg(long, global = true, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
}

impl SharedFlags {
    /// Reads where settings come from, these flags first.
    ///
    /// # Errors
    /// When the `.env` file cannot be read.
    pub fn environment(&self) -> Result<Environment, SettingError> {
        Ok(Environment::read(self.env_file.as_deref())?.with_flags(self.flags()))
    }

    /// Returns these flags, to which a program adds its own.
    pub fn flags(&self) -> Flags {
        Flags::default()
            .with("--database-url", self.database_url.clone())
            .with("--database-url-file", self.database_url_file.clone())
            .with("--pepper-file", self.pepper_file.clone())
            .with("--pepper-previous-file", self.pepper_previous_file.clone())
            .with("--key-prefix", self.key_prefix.clone())
            .with("--public-url", self.public_url.clone())
            .with("--smtp-url", self.smtp_url.clone())
            .with("--smtp-from", self.smtp_from.clone())
            .with("--smtp-password-file", self.smtp_password_file.clone())
    }
}
