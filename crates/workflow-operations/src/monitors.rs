//! What is expected of workflows.

use crate::{Once, WorkflowOperationError, WorkflowOperations, once::Entry};
use central_logger_key_store::AuditAction;
use central_logger_keys::ClientId;
use central_logger_times::UnitDuration;
use central_logger_workflows::{MonitorView, WorkflowName, monitor_change::MonitorChange};
use serde_json::{Map, Value, json};

impl WorkflowOperations {
    /// Sets the monitor of a workflow: in the place of another, or `only_if_none`.
    ///
    /// # Errors
    /// When there can be no such monitor, there is another and may be none, the client has as many as one may
    /// have, or a store is not available or fails.
    pub async fn set_monitor(
        &self,
        client: &ClientId,
        name: &WorkflowName,
        members: &Map<String, Value>,
        only_if_none: bool,
    ) -> Result<Once<Option<MonitorView>>, WorkflowOperationError> {
        let Once::Done(keyring) = self.begin().await? else {
            return Ok(Once::Repeated);
        };
        let set = self
            .workflows
            .set_monitor(client, name, members, only_if_none);
        let set = set.await?;
        let entry = entry(AuditAction::Monitor, name, &set);
        self.note(&keyring, client, entry, set.after).await
    }

    /// Takes the monitor of a workflow away and returns it as it was, if there was one.
    ///
    /// # Errors
    /// When a store is not available or fails.
    pub async fn remove_monitor(
        &self,
        client: &ClientId,
        name: &WorkflowName,
    ) -> Result<Once<Option<MonitorView>>, WorkflowOperationError> {
        let Once::Done(keyring) = self.begin().await? else {
            return Ok(Once::Repeated);
        };
        let Some(removed) = self.workflows.remove_monitor(client, name).await? else {
            return Ok(Once::Done(None));
        };
        let entry = entry(AuditAction::Monitor, name, &removed);
        self.note(&keyring, client, entry, removed.before).await
    }

    /// Holds messages about a workflow back for a time, and returns its monitor, if it has one.
    ///
    /// # Errors
    /// When a store is not available or fails.
    pub async fn silence(
        &self,
        client: &ClientId,
        name: &WorkflowName,
        length: UnitDuration,
    ) -> Result<Once<Option<MonitorView>>, WorkflowOperationError> {
        let Once::Done(keyring) = self.begin().await? else {
            return Ok(Once::Repeated);
        };
        let Some(silenced) = self.workflows.silence(client, name, length).await? else {
            return Ok(Once::Done(None));
        };
        let entry = entry(AuditAction::Silence, name, &silenced);
        self.note(&keyring, client, entry, silenced.after).await
    }
}

/// The entry about a change, if there is one.
fn entry(action: AuditAction, name: &WorkflowName, change: &MonitorChange) -> Option<Entry> {
    let state = |view: &Option<MonitorView>| {
        let monitor = view.as_ref().map(MonitorView::set_members);
        json!({"workflow": name.workflow, "environment": name.environment, "monitor": monitor})
    };
    (change.before != change.after).then(|| Entry {
        action,
        before: change.before.is_some().then(|| state(&change.before)),
        after: state(&change.after),
    })
}
