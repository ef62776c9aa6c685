#![doc = include_str!("../README.md")]

mod channels;
mod error;
mod monitors;
mod once;
mod status_links;

pub use error::WorkflowOperationError;
pub use once::Once;
pub use status_links::{MadeStatusLink, NewStatusLink, status_link_key};

use central_logger_key_store::NamedRequest;
use central_logger_operations::Operations;
use central_logger_workflow_channels::Channels;
use central_logger_workflows::Workflows;
use std::fmt;

/// What a caller changes about workflows. Whether it may is decided before: each call is about one client.
pub struct WorkflowOperations {
    operations: Operations,
    workflows: Workflows,
    channels: Channels,
    request: Option<NamedRequest>,
}

impl WorkflowOperations {
    /// Makes changes in the name of the caller of `operations`.
    pub fn new(operations: Operations, workflows: Workflows, channels: Channels) -> Self {
        Self {
            operations,
            workflows,
            channels,
            request: None,
        }
    }

    /// Makes the next change for a request, if its sender has named it, and none if it was made for that request
    /// before.
    #[must_use]
    pub fn repeatable(self, request: Option<NamedRequest>) -> Self {
        Self { request, ..self }
    }

    /// What the request of the next change is known by where it has made something.
    fn request_id(&self) -> Option<String> {
        const LENGTH: usize = 32;
        let id = self.request.as_ref()?.id();
        let id = id.chars().filter(char::is_ascii_alphanumeric).take(LENGTH);
        Some(id.collect::<String>().to_lowercase())
    }
}

impl fmt::Debug for WorkflowOperations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkflowOperations").finish_non_exhaustive()
    }
}
