use central_logger_log_store::{LogEntry, ValidationError};
use serde::{Deserialize, Serialize};

/// The name of a workflow of a client: what runs, and where.
///
/// # Examples
///
/// ```
/// use central_logger_workflows::WorkflowName;
///
/// let name = WorkflowName::new("prod", "nightly backup");
/// assert_eq!(WorkflowName::of_key(&name.key()), Some(name));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WorkflowName {
    /// The environment in which it runs.
    pub environment: String,
    /// Its name there.
    pub workflow: String,
}

impl WorkflowName {
    /// The workflow of that name in an environment.
    pub fn new(environment: impl Into<String>, workflow: impl Into<String>) -> Self {
        Self {
            environment: environment.into(),
            workflow: workflow.into(),
        }
    }

    /// Checks that there can be such a workflow.
    ///
    /// # Errors
    /// When a part is empty, too long, or has a NUL character.
    pub fn check(&self) -> Result<(), ValidationError> {
        for (field, text, most) in [
            ("environment", &self.environment, LogEntry::MAX_LABEL),
            ("workflow", &self.workflow, LogEntry::MAX_WORKFLOW),
        ] {
            if !(1..=most).contains(&text.chars().count()) || text.contains('\0') {
                let message = format!("must have 1 to {most} characters, and no NUL");
                return Err(ValidationError::new(field, message));
            }
        }
        Ok(())
    }

    /// Returns the key of its documents, which no other name has.
    pub fn key(&self) -> String {
        serde_json::json!([self.environment, self.workflow]).to_string()
    }

    /// Returns the name whose documents have this key.
    pub fn of_key(key: &str) -> Option<Self> {
        let (environment, workflow) = serde_json::from_str(key).ok()?;
        Some(Self {
            environment,
            workflow,
        })
    }
}
