use std::error::Error;

/// Error returned by stores of limits.
///
/// # Examples
///
/// ```
/// use central_logger_limits::LimitStoreError;
///
/// let error = LimitStoreError::Unavailable("connection refused".into());
/// assert!(error.is_transient(), "trying again may help");
/// assert_eq!(error.to_string(), "the store of limits is not available");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LimitStoreError {
    /// The store cannot be reached or does not answer in time. It has told the log why.
    #[error("the store of limits is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// Any other failure.
    #[error("the store of limits failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl LimitStoreError {
    /// Returns whether trying again may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
