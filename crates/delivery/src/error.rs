use crate::InvalidTargetName;
use central_logger_outbound::{EndpointError, SendError};
use std::{error::Error, io};
use tokio::task::JoinError;

/// Error returned when a target cannot be read or written.
///
/// # Examples
///
/// ```
/// use central_logger_delivery::{CallError, TargetError};
///
/// assert!(!TargetError::Write(CallError::Status { status: 403, code: String::new() }).may_be_written());
/// assert!(TargetError::Write(CallError::Timeout).may_be_written(), "the answer may be what was lost");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// This is no target.
    #[error(transparent)]
    Name(#[from] InvalidTargetName),
    /// A setting that the target needs is missing or cannot be used.
    #[error("{0}")]
    Setting(String),
    /// There are no credentials. It names where they were looked for, in order.
    #[error("there are no credentials; looked for, in this order: {0}")]
    NoCredentials(&'static str),
    /// A file of settings or credentials cannot be read.
    #[error("{0} cannot be read")]
    CredentialsFile(String, #[source] Box<dyn Error + Send + Sync>),
    /// There is no such endpoint.
    #[error("the address of the target cannot be used")]
    Endpoint(#[from] EndpointError),
    /// Signing in failed.
    #[error("signing in to the target failed")]
    SignIn(#[source] CallError),
    /// The secret cannot be read.
    #[error("the secret cannot be read")]
    Read(#[source] CallError),
    /// The policy of the token does not allow writing.
    #[error("the policy of the token lacks the capability `{0}`")]
    NoCapability(&'static str),
    /// The secret cannot be written.
    #[error("the secret cannot be written")]
    Write(#[source] CallError),
    /// The secret was written, but programs may not read it yet.
    #[error("the secret was written, but it is not known whether it is the current one")]
    Promote(#[source] CallError),
    /// Somebody else has written the secret since it was read.
    #[error("somebody else has changed the secret at the same time")]
    Changed,
    /// What is there is not text, or too long for a key.
    #[error("what is there is no text of at most 64 KiB")]
    NotText,
    /// The file cannot be read or replaced.
    #[error("the file cannot be {0}")]
    File(&'static str, #[source] io::Error),
    /// The file was replaced, but that may be lost if the machine fails now.
    #[error("the file was replaced, but not written to the disk for certain")]
    NotSynced(#[source] io::Error),
    /// Writing took too long as a whole.
    #[error("writing took too long")]
    TimedOut,
    /// The work was broken off.
    #[error("the work was broken off")]
    Interrupted(#[from] JoinError),
    /// The target takes no key itself.
    #[error("{0} takes no key, only a link that reveals one")]
    TakesNoKey(String),
}

/// Error returned when a call of another service fails.
///
/// # Examples
///
/// ```
/// use central_logger_delivery::CallError;
///
/// let error = CallError::Status { status: 403, code: "AccessDeniedException".to_owned() };
/// assert_eq!(error.to_string(), "it answered with the status 403 (AccessDeniedException)");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There was no answer.
    #[error(transparent)]
    Send(#[from] SendError),
    /// There was no answer in time.
    #[error("it did not answer in time")]
    Timeout,
    /// It answered, but not with success.
    #[error("it answered with the status {status}{}", in_brackets(.code))]
    Status {
        /// The status.
        status: u16,
        /// What it calls the error, if it said so.
        code: String,
    },
    /// The answer cannot be understood.
    #[error("its answer cannot be understood")]
    Answer,
}

impl TargetError {
    /// Returns whether programs may read the new key all the same, so that it must not be revoked.
    pub fn may_be_written(&self) -> bool {
        match self {
            Self::Write(error) => error.may_have_arrived(),
            Self::Promote(_) | Self::NotSynced(_) | Self::TimedOut | Self::Interrupted(_) => true,
            _ => false,
        }
    }
}

impl CallError {
    /// Returns whether the call may have been carried out all the same.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::Send(error) => error.may_have_arrived(),
            Self::Timeout | Self::Answer => true,
            Self::Status { status, .. } => *status >= 500,
        }
    }
}

fn in_brackets(code: &str) -> String {
    match code {
        "" => String::new(),
        code => format!(" ({code})"),
    }
}
