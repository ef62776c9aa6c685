use crate::{Origin, Setting};
use central_logger_database::DatabaseError;
use central_logger_env_file::EnvFileError;
use central_logger_mail::MailerError;
use central_logger_monitor::WebhookError;
use std::{fmt::Display, path::PathBuf};

/// Error returned when a setting cannot be used.
///
/// # Examples
///
/// ```
/// use central_logger_settings::Environment;
/// use std::path::Path;
///
/// let error = Environment::read(Some(Path::new("no/such/file"))).unwrap_err();
/// assert_eq!(error.to_string(), "--env-file: there is no file no/such/file");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// The `.env` file cannot be read.
    #[error("{}", .0.display())]
    EnvFile(PathBuf, #[source] EnvFileError),
    /// `--env-file` names a file that is not there.
    #[error("--env-file: there is no file {}", .0.display())]
    NoEnvFile(PathBuf),
    /// A value is wrong.
    #[error("invalid value{found} for {origin}: {reason} (for example {example})")]
    Invalid {
        /// Where the value was found.
        origin: Origin,
        /// The value in quotes after a space, or nothing for a secret.
        found: String,
        /// What is wrong with it.
        reason: String,
        /// A correct example.
        example: String,
    },
    /// A flag without a value.
    #[error("{flag} is empty: give it a value, or leave it out (for example {flag} {example})")]
    Empty {
        /// The flag.
        flag: &'static str,
        /// A correct value.
        example: &'static str,
    },
    /// A value, and a file to read it from.
    #[error("{0} and {1} say the same: give one of them")]
    Both(Origin, Origin),
    /// A value that is not Unicode.
    #[error("{0}: the value is not Unicode text")]
    NotUnicode(&'static str),
    /// A certificate without its key, or the reverse.
    #[error("LOGGER_TLS_CERT and LOGGER_TLS_KEY go together: give both or neither")]
    HalfTls,
    /// A webhook without secrets, or the reverse.
    #[error(
        "LOGGER_WEBHOOK_URL and LOGGER_WEBHOOK_SECRET_FILE go together: give both or neither (a \
         secret is made by: echo whsec_$(openssl rand -base64 32))"
    )]
    HalfWebhook,
    /// Neither a file of secrets for each webhook nor one for all.
    #[error(
        "{origin}: there are {files} files of secrets and {receivers} receivers in LOGGER_WEBHOOK_URL: name a file \
         for each, in the same order, or one for all"
    )]
    WebhookSecrets {
        /// Where the files are named.
        origin: Origin,
        /// How many there are.
        files: usize,
        /// For how many receivers.
        receivers: usize,
    },
    /// A webhook that cannot be.
    #[error("{origin}: {error}")]
    Webhook {
        /// Where its URL or the file of its secrets was found.
        origin: Origin,
        /// What is wrong with it.
        #[source]
        error: WebhookError,
    },
    /// A mail server without a sender, or the reverse.
    #[error("LOGGER_SMTP_URL and LOGGER_SMTP_FROM go together: give both or neither")]
    HalfMail,
    /// Mail is to be sent, and nothing sends it.
    #[error("{0} needs a mail server: set LOGGER_SMTP_URL and LOGGER_SMTP_FROM")]
    NoMailServer(&'static str),
    /// Mail has links, and nobody has said where they lead.
    #[error(
        "LOGGER_SMTP_URL needs LOGGER_PUBLIC_URL: mails have links to this server (for example \
         LOGGER_PUBLIC_URL=https://logs.example.com)"
    )]
    NoPublicUrl,
    /// A mail server that cannot be used.
    #[error("{origin}: {error}")]
    Mail {
        /// Where its URL was found.
        origin: Origin,
        /// What is wrong with it.
        #[source]
        error: Box<MailerError>,
    },
    /// A file that a setting names and that cannot be used.
    #[error("{origin}: {}: {reason}", .path.display())]
    File {
        /// Where it is named.
        origin: Origin,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A database that cannot be opened.
    #[error("{origin}")]
    Database {
        /// Where its URL was found.
        origin: Origin,
        /// Why.
        #[source]
        error: Box<DatabaseError>,
    },
}

impl SettingError {
    pub(crate) fn invalid(
        setting: &Setting,
        value: &str,
        origin: Origin,
        reason: impl Display,
    ) -> Self {
        Self::Invalid {
            found: match setting.secret {
                true => String::new(),
                false => format!(" '{value}'"),
            },
            reason: reason.to_string(),
            example: origin.example(setting),
            origin,
        }
    }
}
