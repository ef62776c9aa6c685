use crate::{WorkflowOperationError, WorkflowOperations};
use central_logger_key_store::AuditAction;
use central_logger_keyring::{Keyring, KeyringError};
use central_logger_keys::ClientId;
use central_logger_text::Report;
use serde_json::Value;

/// What came of a change for a request that may have been sent before.
#[derive(Debug, Clone, PartialEq)]
pub enum Once<T> {
    /// It is made.
    Done(T),
    /// It was made before, and nothing is changed now.
    Repeated,
}

/// What was changed.
pub(crate) struct Entry {
    pub(crate) action: AuditAction,
    pub(crate) before: Option<Value>,
    pub(crate) after: Value,
}

impl WorkflowOperations {
    /// Refuses a request for which the change was made before, and returns what takes it down.
    pub(crate) async fn begin(&self) -> Result<Once<Keyring>, WorkflowOperationError> {
        let keyring = self.operations.keyring().clone();
        let keyring = match &self.request {
            Some(request) => keyring.repeatable(request.clone()),
            None => keyring,
        };
        match keyring.check_is_new().await {
            Ok(()) => Ok(Once::Done(keyring)),
            Err(KeyringError::AlreadyDone(_)) => Ok(Once::Repeated),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes down a change that is made, or only that its request was answered where nothing had to be changed.
    pub(crate) async fn note<T>(
        &self,
        keyring: &Keyring,
        client: &ClientId,
        entry: Option<Entry>,
        done: T,
    ) -> Result<Once<T>, WorkflowOperationError> {
        let noted = match (&entry, &self.request) {
            (None, None) => return Ok(Once::Done(done)),
            (None, Some(_)) => keyring.remember().await,
            (Some(entry), _) => {
                let before = entry.before.as_ref().map(Value::to_string);
                let after = entry.after.to_string();
                let (action, before) = (entry.action, before.as_deref());
                keyring
                    .record_workflow(action, client, before, &after)
                    .await
            }
        };
        match noted {
            Ok(_) => Ok(Once::Done(done)),
            // The same request was faster on another server.
            Err(KeyringError::AlreadyDone(_)) => Ok(Once::Repeated),
            Err(error) => {
                if let Some(Entry { action, after, .. }) = entry {
                    let error = Report(&error);
                    tracing::error!(%client, %action, %after, %error, "a change is missing in the audit trail");
                }
                Err(error.into())
            }
        }
    }
}
