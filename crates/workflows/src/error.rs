use crate::WorkflowStoreError;
use central_logger_log_store::ValidationErrors;

/// Error returned when something about workflows cannot be done.
///
/// # Examples
///
/// ```
/// use central_logger_workflows::WorkflowError;
///
/// let error = WorkflowError::TooManyMonitors;
/// assert!(error.to_string().contains("1000 monitors"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkflowError {
    /// The store is not available or fails.
    #[error(transparent)]
    Store(#[from] WorkflowStoreError),
    /// Values that are not accepted.
    #[error(transparent)]
    Invalid(#[from] ValidationErrors),
    /// The client has as many monitors as one may have.
    #[error(
        "a client has at most {} monitors: remove one first",
        crate::Workflows::MOST_MONITORS
    )]
    TooManyMonitors,
    /// The client has as many channels as one may have.
    #[error(
        "a client has at most {} channels: remove one first",
        crate::Workflows::MOST_CHANNELS
    )]
    TooManyChannels,
    /// The client has as many status links as one may have.
    #[error(
        "a client has at most {} badges and status pages: withdraw one first",
        crate::Workflows::MOST_STATUS_LINKS
    )]
    TooManyStatusLinks,
    /// The workflow has a monitor, which differs.
    #[error("the workflow has another monitor")]
    HasMonitor,
    /// Others change the same at every attempt.
    #[error("too many others change this at the same time: try again")]
    Contended,
    /// A document that cannot be read, perhaps of a newer program.
    #[error("what is kept of {key} cannot be read: {reason}")]
    Unreadable {
        /// The key of the document.
        key: String,
        /// Why it cannot.
        reason: String,
    },
    /// A document that cannot be written.
    #[error("what is to be kept cannot be written")]
    Unwritable(#[source] serde_json::Error),
    /// The operating system has no random bytes.
    #[error("the operating system has no random bytes")]
    NoRandomness,
}

impl WorkflowError {
    /// Returns whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Contended => true,
            _ => false,
        }
    }
}
