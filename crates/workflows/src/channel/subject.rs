use crate::{Incident, WorkflowName};
use central_logger_log_store::ValidationError;
use serde::{Deserialize, Serialize};

/// The workflows that a channel is about; all unless some are named.
///
/// # Examples
///
/// ```
/// use central_logger_workflows::channel::ChannelSubject;
///
/// let subject = ChannelSubject {
///     environment: Some("prod".to_owned()),
///     workflows: vec!["backup".to_owned()],
/// };
/// assert!(subject.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChannelSubject {
    /// Only those that run there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub environment: Option<String>,
    /// Only those of these names; of all if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub workflows: Vec<String>,
}

impl ChannelSubject {
    /// The most workflows that a channel names.
    pub const MOST_WORKFLOWS: usize = 100;

    /// Whether it is about the workflow of an incident.
    pub fn includes(&self, incident: &Incident) -> bool {
        let environment = self.environment.as_ref();
        environment.is_none_or(|only| *only == incident.environment)
            && (self.workflows.is_empty() || self.workflows.contains(&incident.workflow))
    }

    /// Checks that there can be such workflows.
    ///
    /// # Errors
    /// When there are too many, or there can be none of that name.
    pub fn check(&self) -> Result<(), ValidationError> {
        if self.workflows.len() > Self::MOST_WORKFLOWS {
            let most = Self::MOST_WORKFLOWS;
            let message = format!("must name at most {most} workflows");
            return Err(ValidationError::new("workflows", message));
        }
        let environment = self.environment.as_deref().unwrap_or("default");
        WorkflowName::new(environment, "any").check()?;
        for workflow in &self.workflows {
            let checked = WorkflowName::new(environment, workflow).check();
            checked.map_err(|error| ValidationError::new("workflows", error.message))?;
        }
        Ok(())
    }
}
