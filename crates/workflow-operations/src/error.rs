use central_logger_keyring::KeyringError;
use central_logger_operations::OperationError;
use central_logger_workflows::{WorkflowError, WorkflowStoreError};

/// Error returned when something about workflows cannot be changed.
///
/// # Examples
///
/// ```
/// use central_logger_workflow_operations::WorkflowOperationError;
/// use central_logger_workflows::WorkflowError;
///
/// let error = WorkflowOperationError::from(WorkflowError::HasMonitor);
/// assert_eq!(error.to_string(), "the workflow has another monitor");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum WorkflowOperationError {
    /// There can be no such thing, or the store of workflows fails.
    #[error(transparent)]
    Workflow(#[from] WorkflowError),
    /// The change cannot be taken down in the audit trail, or its request stands for another one.
    #[error(transparent)]
    Operation(#[from] OperationError),
}

impl From<KeyringError> for WorkflowOperationError {
    fn from(error: KeyringError) -> Self {
        Self::Operation(error.into())
    }
}

impl From<WorkflowStoreError> for WorkflowOperationError {
    fn from(error: WorkflowStoreError) -> Self {
        Self::Workflow(error.into())
    }
}
