mod error;
mod receiver;
mod retry_after;
mod secrets;
mod signature;

pub use central_logger_outbound::{EgressPolicy, InvalidEgressPolicy};
pub use error::{DeliveryError, WebhookError};
pub use secrets::SecretsError;

use central_logger_input_file::{InputFile, InputFileError};
use central_logger_text::MessageFormat;
use receiver::Receiver;
use secrets::WebhookSecret;
use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};
use time::OffsetDateTime;
use tokio::{task::spawn_blocking, time::timeout};
use zeroize::Zeroizing;

/// A receiver of webhooks, and the secrets that sign what it gets, by the
/// [Standard Webhooks](https://www.standardwebhooks.com) specification.
///
/// The file of secrets has one in each line, the newest first: `whsec_` and 24 to 64 bytes in base64.
/// Empty lines and lines that begin with `#` are left out. Each secret signs, so that a receiver may
/// know the old one or the new one, and the file is read for each attempt.
///
/// `Display` and `Debug` show scheme, host and port: what follows may let anybody post there.
///
/// # Examples
///
/// ```
/// use central_logger_monitor::{DeliveryError, EgressPolicy, Webhook};
/// use time::OffsetDateTime;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let folder = tempfile::tempdir()?;
/// let secrets = folder.path().join("webhook.secrets");
/// std::fs::write(&secrets, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n")?;
///
/// let webhook = Webhook::new("https://127.0.0.1:1/hooks/4711", &secrets, EgressPolicy::Anywhere)?;
/// assert_eq!(webhook.to_string(), "https://127.0.0.1:1");
///
/// let sent = webhook.send("alert-1", OffsetDateTime::now_utc(), r#"{"type":"alert"}"#).await;
/// assert!(matches!(sent, Err(DeliveryError::Connection(_))), "nobody listens there");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Webhook {
    receiver: Receiver,
    secrets: Secrets,
    format: MessageFormat,
}

/// The secrets that sign what is sent.
enum Secrets {
    /// Read at each attempt, so that they can be changed.
    InFile(PathBuf),
    Given(Vec<WebhookSecret>),
}

impl Webhook {
    /// The time for an attempt as a whole, from finding the address to the head of the answer.
    pub const TIME_LIMIT: Duration = Duration::from_secs(10);

    /// Returns a receiver at this URL. Reads the file of secrets, and for HTTPS the authorities that the
    /// system trusts, without yielding: for the start of a program. Whether the address of a name may be
    /// reached is found out by each attempt.
    ///
    /// # Errors
    /// When nothing can be sent to such a URL, or with such secrets.
    pub fn new(
        url: &str,
        secrets: impl Into<PathBuf>,
        egress: EgressPolicy,
    ) -> Result<Self, WebhookError> {
        let receiver = Receiver::new(url, egress)?;
        let secrets = secrets.into();
        secrets::parse(&secrets, read(&secrets))?;
        Ok(Self {
            receiver,
            secrets: Secrets::InFile(secrets),
            format: MessageFormat::Standard,
        })
    }

    /// Returns a receiver at this URL, for which one secret signs that is kept elsewhere: `whsec_` and 24 to 64
    /// bytes in base64.
    ///
    /// # Errors
    /// When nothing can be sent to such a URL, or with such a secret.
    pub fn with_secret(
        url: &str,
        secret: &str,
        egress: EgressPolicy,
    ) -> Result<Self, WebhookError> {
        let receiver = Receiver::new(url, egress)?;
        let secret = WebhookSecret::parse(secret.as_bytes()).ok_or(SecretsError::Given)?;
        Ok(Self {
            receiver,
            secrets: Secrets::Given(vec![secret]),
            format: MessageFormat::Standard,
        })
    }

    /// Says which shape of messages the receiver understands.
    #[must_use]
    pub fn understanding(self, format: MessageFormat) -> Self {
        Self { format, ..self }
    }

    /// The shape of messages that the receiver understands.
    pub fn format(&self) -> MessageFormat {
        self.format
    }

    /// Posts the JSON in `body` once. The receiver has it when it answered with a status of 2xx.
    ///
    /// `id` is the same in each attempt to send the same; `at` is the time of this one. Redirects are
    /// not followed. Nothing is read of an answer but its head, and nothing goes through a proxy.
    ///
    /// # Errors
    /// When the receiver does not say that it has it. It may have it nonetheless, but for an error that
    /// comes before the connection.
    pub async fn send(
        &self,
        id: &str,
        at: OffsetDateTime,
        body: &str,
    ) -> Result<(), DeliveryError> {
        timeout(Self::TIME_LIMIT, self.attempt(id, at, body))
            .await
            .unwrap_or(Err(DeliveryError::Timeout))
    }

    async fn attempt(&self, id: &str, at: OffsetDateTime, body: &str) -> Result<(), DeliveryError> {
        let headers = match &self.secrets {
            Secrets::Given(secrets) => signature::headers(id, at, body, secrets)?,
            Secrets::InFile(path) => {
                let path = path.clone();
                let secrets = spawn_blocking(move || secrets::parse(&path, read(&path))).await??;
                signature::headers(id, at, body, &secrets)?
            }
        };
        let answer = self.receiver.post(headers, body.to_owned()).await?;
        let status = answer.status.as_u16();
        let wait = answer
            .retry_after
            .and_then(|value| retry_after::wait(&value, at));
        match wait {
            _ if answer.status.is_success() => Ok(()),
            Some(wait) => Err(DeliveryError::Later { status, wait }),
            None => Err(DeliveryError::Status(status)),
        }
    }
}

fn read(secrets: &Path) -> Result<Zeroizing<Vec<u8>>, InputFileError> {
    InputFile::read(secrets, InputFile::SETTINGS_LIMIT).map(|file| file.content)
}

impl fmt::Display for Webhook {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.receiver.origin())
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_tuple("Webhook")
            .field(&self.receiver.origin())
            .finish()
    }
}
