use central_logger_log_store::ValidationErrors;
use central_logger_workflows::WorkflowStoreError;

/// Error returned when a view cannot be saved, listed or removed.
///
/// # Examples
///
/// ```
/// use central_logger_saved_views::SavedViewError;
///
/// assert!(SavedViewError::TooMany.to_string().contains("100 saved views"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SavedViewError {
    /// The store is not available or fails.
    #[error(transparent)]
    Store(#[from] WorkflowStoreError),
    /// A name or a query that is not accepted.
    #[error(transparent)]
    Invalid(#[from] ValidationErrors),
    /// The client has as many views as one may have.
    #[error(
        "a client has at most {} saved views: remove one first",
        crate::SavedViews::MOST
    )]
    TooMany,
    /// Others save the same at every attempt.
    #[error("too many others save this at the same time: try again")]
    Contended,
    /// A view that cannot be read, perhaps of a newer program.
    #[error("the saved view {name} cannot be read")]
    Unreadable {
        /// Its name.
        name: String,
        /// Why it cannot.
        source: serde_json::Error,
    },
    /// A view that cannot be written.
    #[error("the saved view cannot be written")]
    Unwritable(#[source] serde_json::Error),
}

impl SavedViewError {
    /// Returns whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Store(error) => error.is_transient(),
            Self::Contended => true,
            _ => false,
        }
    }
}
