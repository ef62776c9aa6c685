use std::error::Error;

/// Error returned by stores of activity.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::ActivityError;
///
/// let error = ActivityError::Unavailable("connection refused".into());
/// assert!(error.is_transient(), "trying again may help");
/// assert_eq!(error.to_string(), "the store of key activity is not available");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivityError {
    /// The store cannot be reached or does not answer in time. It has told the log why.
    #[error("the store of key activity is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The change was handed over and not confirmed: it may have been made, or may be made yet.
    #[error(
        "whether the change was made is not known: the database has not confirmed it in time. Look with \
         `list` or `alerts` when it answers again, and repeat the command if it was not made"
    )]
    OutcomeUnknown(#[source] Box<dyn Error + Send + Sync>),
    /// Any other failure.
    #[error("the store of key activity failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl ActivityError {
    /// Returns whether trying again may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::OutcomeUnknown(_))
    }
}
