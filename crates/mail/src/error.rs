use lettre::transport::smtp;

/// Error returned when a mailer cannot be set up.
///
/// # Examples
///
/// ```
/// use central_logger_mail::{Mailer, MailerError};
///
/// let url = "smtps://logger@mail.example.com".parse()?;
/// let error = Mailer::new(url, "logs@example.com".parse()?, None).unwrap_err();
/// assert!(matches!(error, MailerError::NoPassword));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailerError {
    /// There is a user and no password.
    #[error("the mail server is told a user and no password")]
    NoPassword,
    /// There is a password and nobody to whom it belongs.
    #[error("there is a password for the mail server, and no user: write smtps://USER@HOST")]
    NoUser,
    /// TLS cannot be set up.
    #[error("TLS to the mail server cannot be set up")]
    Tls(#[source] smtp::Error),
}

/// Error returned when a letter is not known to be on its way. It may be nonetheless, when the answer was lost.
///
/// # Examples
///
/// ```
/// use central_logger_mail::MailError;
///
/// assert!(MailError::TooLong.is_passing());
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// There was no answer within [`Mailer::TIME_LIMIT`](crate::Mailer::TIME_LIMIT).
    #[error("the mail server took too long")]
    TooLong,
    /// The mail server cannot be reached, is overloaded, or does not let this program in.
    #[error("the mail server does not take mail now")]
    Passing(#[source] smtp::Error),
    /// The mail server will never take this letter, such as when there is no such mailbox.
    #[error("the mail server refuses the letter")]
    Final(#[source] smtp::Error),
    /// The mail server lets this program in, and does not do more.
    #[error("the mail server lets this program in, but is not ready for mail")]
    NotReady,
    /// The letter cannot be written down.
    #[error("the letter cannot be written: {0}")]
    Unwritable(String),
}

/// Replies that are about this program and its settings, not about the letter: the operator changes what is
/// wrong, and then the same letter goes out. RFC 4954, sections 4 and 6.
const NOT_LET_IN: [u16; 4] = [530, 534, 535, 538];

impl MailError {
    /// Whether a later attempt to send the same letter can succeed.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::TooLong | Self::Passing(_) | Self::NotReady => true,
            Self::Final(_) | Self::Unwritable(_) => false,
        }
    }

    /// Whether the mail server does not let this program in, for want of a user or a password that it takes.
    pub fn is_not_let_in(&self) -> bool {
        matches!(self, Self::Passing(error) if is_not_let_in(error))
    }

    pub(crate) fn of(error: smtp::Error) -> Self {
        match error.is_permanent() && !is_not_let_in(&error) {
            true => Self::Final(error),
            false => Self::Passing(error),
        }
    }
}

fn is_not_let_in(error: &smtp::Error) -> bool {
    let code = error.status().map(u16::from);
    code.is_some_and(|code| NOT_LET_IN.contains(&code))
}
