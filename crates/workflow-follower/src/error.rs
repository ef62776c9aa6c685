use central_logger_log_store::LogStoreError;
use central_logger_workflows::{WorkflowError, WorkflowStoreError};

/// Error returned when the entries of clients cannot be followed.
///
/// # Examples
///
/// ```
/// use central_logger_workflow_follower::FollowError;
/// use central_logger_workflows::WorkflowError;
///
/// assert!(FollowError::from(WorkflowError::Contended).is_transient());
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// The logs cannot be read.
    #[error(transparent)]
    Logs(#[from] LogStoreError),
    /// The state of workflows cannot be read or kept.
    #[error(transparent)]
    Workflows(#[from] WorkflowError),
}

impl FollowError {
    /// Returns whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Logs(error) => error.is_transient(),
            Self::Workflows(error) => error.is_transient(),
        }
    }
}

impl From<WorkflowStoreError> for FollowError {
    fn from(error: WorkflowStoreError) -> Self {
        Self::Workflows(error.into())
    }
}
