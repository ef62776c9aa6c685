use crate::{
    InvalidMailAddress, Letter, MailAddress, MailError, MailerError, SmtpUrl, smtp_url::Encryption,
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::Credentials,
        client::{CertificateStore, Tls, TlsParameters},
    },
};
use std::{fmt, str::FromStr, time::Duration};
use tokio::time::timeout;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Sends letters to a mail server.
///
/// `Debug` shows the server and the sender, and no password.
///
/// # Examples
///
/// ```
/// use central_logger_mail::{MailError, Mailer, Template};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mailer = Mailer::new("smtp://127.0.0.1:1".parse()?, "logs@example.com".parse()?, None)?;
/// let letter = Template::TEST.letter(&[("server", "https://logs.example.com")])?;
/// let error = mailer.send(&"ops@acme.example".parse()?, &letter).await.unwrap_err();
/// assert!(error.is_passing(), "nobody listens there now");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    server: String,
    from: Sender,
}

/// Who mail comes from: an address, or a name and an address.
///
/// # Examples
///
/// ```
/// use central_logger_mail::Sender;
///
/// let sender: Sender = "Example Logs <logs@example.com>".parse()?;
/// assert_eq!(sender.to_string(), "Example Logs <logs@example.com>");
/// # Ok::<(), central_logger_mail::InvalidMailAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(Mailbox);

/// A password of a mail server. It is not shown.
///
/// # Examples
///
/// ```
/// use central_logger_mail::MailPassword;
///
/// assert_eq!(format!("{:?}", MailPassword::new("secret")), "MailPassword(..)");
/// ```
#[derive(Clone)]
pub struct MailPassword(Zeroizing<String>);

impl Mailer {
    /// The time for an attempt as a whole.
    pub const TIME_LIMIT: Duration = Duration::from_secs(30);
    /// The time for each answer of the server.
    const STEP_LIMIT: Duration = Duration::from_secs(10);

    /// Returns what sends to this server. `password` takes the place of the one in the URL. For TLS, reads the
    /// authorities that the system trusts, or those of the file that `SSL_CERT_FILE` names, without yielding.
    ///
    /// # Errors
    /// When there is a user without a password or the reverse, or TLS cannot be set up.
    pub fn new(
        url: SmtpUrl,
        from: Sender,
        password: Option<MailPassword>,
    ) -> Result<Self, MailerError> {
        let server = url.to_string();
        let password = password.map(|password| password.0).or(url.password);
        let credentials = match (url.user, password) {
            (Some(user), Some(password)) => Some(Credentials::new(user, password.to_string())),
            (None, None) => None,
            (Some(_), None) => return Err(MailerError::NoPassword),
            (None, Some(_)) => return Err(MailerError::NoUser),
        };
        let tls = match url.encryption {
            Encryption::Tls => Tls::Wrapper(parameters(&url.host)?),
            Encryption::StartTls => Tls::Required(parameters(&url.host)?),
            Encryption::None => Tls::None,
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(url.host)
            .port(url.port)
            .tls(tls)
            .timeout(Some(Self::STEP_LIMIT));
        if let Some(credentials) = credentials {
            transport = transport.credentials(credentials);
        }
        Ok(Self {
            transport: transport.build(),
            server,
            from,
        })
    }

    /// The address of the server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Tries once to send a letter, over a connection of its own. The server has it when this succeeds.
    ///
    /// # Errors
    /// When the server does not say that it has the letter.
    pub async fn send(&self, to: &MailAddress, letter: &Letter) -> Result<(), MailError> {
        let message = self.message(to, letter)?;
        match timeout(Self::TIME_LIMIT, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(MailError::of(error)),
            Err(_) => Err(MailError::TooLong),
        }
    }

    /// Asks the server whether it lets this program in and is ready (`NOOP`), and sends nothing.
    ///
    /// # Errors
    /// When it does not, or is not. No such error is final, since there is no letter that could be refused.
    pub async fn check(&self) -> Result<(), MailError> {
        match timeout(Self::TIME_LIMIT, self.transport.test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(MailError::NotReady),
            Ok(Err(error)) => Err(MailError::Passing(error)),
            Err(_) => Err(MailError::TooLong),
        }
    }

    fn message(&self, to: &MailAddress, letter: &Letter) -> Result<Message, MailError> {
        let to = to.to_lettre().map_err(unwritable)?;
        let host = self.from.0.email.domain();
        Message::builder()
            .from(self.from.0.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject())
            .message_id(Some(format!("<{}@{host}>", Uuid::new_v4())))
            .raw_header(HeaderValue::new(
                // RFC 3834: nobody's absence is answered.
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(
                MultiPart::alternative()
                    .singlepart(part(ContentType::TEXT_PLAIN, letter.text()))
                    .singlepart(part(ContentType::TEXT_HTML, letter.html())),
            )
            .map_err(unwritable)
    }
}

fn part(kind: ContentType, text: String) -> SinglePart {
    SinglePart::builder()
        .header(kind)
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(text)
}

fn parameters(host: &str) -> Result<TlsParameters, MailerError> {
    TlsParameters::builder(host.to_owned())
        .certificate_store(CertificateStore::Default)
        .build()
        .map_err(MailerError::Tls)
}

fn unwritable(error: impl fmt::Display) -> MailError {
    MailError::Unwritable(error.to_string())
}

impl FromStr for Sender {
    type Err = InvalidMailAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<Mailbox>() {
            Ok(mailbox) if !text.contains(char::is_control) => Ok(Self(mailbox)),
            _ => Err(InvalidMailAddress),
        }
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl MailPassword {
    /// Takes a password as it is.
    pub fn new(password: &str) -> Self {
        Self(Zeroizing::new(password.to_owned()))
    }
}

/// Any text is a password.
impl FromStr for MailPassword {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(text))
    }
}

impl fmt::Debug for MailPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailPassword(..)")
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer")
            .field("server", &self.server)
            .field("from", &self.from.to_string())
            .finish()
    }
}
