use std::error::Error;

/// Error returned by stores of sessions.
///
/// # Examples
///
/// ```
/// use central_logger_sessions::SessionStoreError;
///
/// let error = SessionStoreError::Unavailable("connection refused".into());
/// assert!(error.is_transient(), "trying again may help");
/// assert_eq!(error.to_string(), "the store of sessions is not available");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionStoreError {
    /// The owner has as many sessions and links as there may be.
    #[error(
        "there are {} sessions and sign-in links already: end some of them first",
        crate::store::MOST
    )]
    Full,
    /// The request was carried out before.
    #[error("the request was carried out before")]
    Repeated,
    /// The store cannot be reached or does not answer in time. It has told the log why.
    #[error("the store of sessions is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// Any other failure.
    #[error("the store of sessions failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl SessionStoreError {
    /// Returns whether trying again may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
