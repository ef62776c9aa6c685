//! Monitors: set, shown, silenced and removed.

use super::Workflows;
use crate::{
    ClientChange, DocumentKind, Monitor, MonitorView, Watched, WorkflowError, WorkflowName, Write,
    kept_state, monitor_change::MonitorChange,
};
use central_logger_keys::ClientId;
use central_logger_times::UnitDuration;
use serde_json::{Map, Value};
use time::OffsetDateTime;

impl Workflows {
    /// How often a change is tried when others change the same.
    const ATTEMPTS: usize = 20;
    /// Returns the monitor of a workflow, if it has one.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn monitor(
        &self,
        client: &ClientId,
        name: &WorkflowName,
    ) -> Result<Option<MonitorView>, WorkflowError> {
        Ok(self.show(client, name).await?.and_then(|view| view.monitor))
    }

    /// Sets the monitor of a workflow: in the place of another, or `only_if_none`. One that is the same
    /// already is left as it is.
    ///
    /// # Errors
    /// When there can be no such monitor, there is another and may be none, the client has as many as one
    /// may have, or the store is not available or fails.
    pub async fn set_monitor(
        &self,
        client: &ClientId,
        name: &WorkflowName,
        members: &Map<String, Value>,
        only_if_none: bool,
    ) -> Result<MonitorChange, WorkflowError> {
        let monitor = Monitor::of_members(members)?;
        let (key, kind) = (name.key(), DocumentKind::Monitor);
        for _ in 0..Self::ATTEMPTS {
            let now = self.clock.now();
            let state = kept_state::find(&*self.store, client, &key).await?;
            let state = state.unwrap_or_default();
            let read = self.store.find(client, kind, &key).await?;
            let before = read.as_ref().map(Watched::read).transpose()?;
            let was = before.as_ref().map(|was| MonitorView::new(was, &state));
            if before.as_ref().is_some_and(|was| was.monitor == monitor) {
                return Ok(MonitorChange {
                    before: was.clone(),
                    after: was,
                });
            }
            if before.is_some() && only_if_none {
                return Err(WorkflowError::HasMonitor);
            }
            if before.is_none() && self.has_all_monitors(client).await? {
                return Err(WorkflowError::TooManyMonitors);
            }
            let mut watched = Watched::new(monitor.clone(), now);
            let mut change = ClientChange::new(&*self.store, client);
            if let Some(before) = before {
                watched.silenced_until = before.silenced_until;
                end(&mut change, before, now).await?;
            }
            change.add(watched.write(key.clone(), read.as_ref(), Some(now))?);
            if change.commit(now).await? {
                return Ok(MonitorChange {
                    before: was,
                    after: Some(MonitorView::new(&watched, &state)),
                });
            }
        }
        Err(WorkflowError::Contended)
    }

    async fn has_all_monitors(&self, client: &ClientId) -> Result<bool, WorkflowError> {
        let count = self.store.count(client, DocumentKind::Monitor).await?;
        Ok(count >= Self::MOST_MONITORS as u64)
    }

    /// Takes the monitor of a workflow away and ends its incidents, if there is one.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn remove_monitor(
        &self,
        client: &ClientId,
        name: &WorkflowName,
    ) -> Result<Option<MonitorChange>, WorkflowError> {
        for _ in 0..Self::ATTEMPTS {
            let now = self.clock.now();
            let (key, kind) = (name.key(), DocumentKind::Monitor);
            let Some(read) = self.store.find(client, kind, &key).await? else {
                return Ok(None);
            };
            let watched = Watched::read(&read)?;
            let before = self.monitor(client, name).await?;
            let mut change = ClientChange::new(&*self.store, client);
            end(&mut change, watched, now).await?;
            change.add(Write::delete(DocumentKind::Monitor, &read));
            if change.commit(now).await? {
                let after = None;
                return Ok(Some(MonitorChange { before, after }));
            }
        }
        Err(WorkflowError::Contended)
    }

    /// Holds messages about a workflow back for a time, if it has a monitor.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn silence(
        &self,
        client: &ClientId,
        name: &WorkflowName,
        length: UnitDuration,
    ) -> Result<Option<MonitorChange>, WorkflowError> {
        let key = name.key();
        for _ in 0..Self::ATTEMPTS {
            let now = self.clock.now();
            let read = self.store.find(client, DocumentKind::Monitor, &key).await?;
            let Some(read) = read else {
                return Ok(None);
            };
            let before = self.monitor(client, name).await?;
            let mut watched = Watched::read(&read)?;
            watched.silenced_until = now.checked_add(length.duration());
            let mut change = ClientChange::new(&*self.store, client);
            change.add(watched.write(key.clone(), Some(&read), Some(now))?);
            if change.commit(now).await? {
                let after = self.monitor(client, name).await?;
                return Ok(Some(MonitorChange { before, after }));
            }
        }
        Err(WorkflowError::Contended)
    }
}

/// Ends the incidents of a monitor that is no more.
async fn end(
    change: &mut ClientChange<'_>,
    mut watched: Watched,
    now: OffsetDateTime,
) -> Result<(), WorkflowError> {
    let ended = watched.watch.end(now, "the monitor was changed or removed");
    let told = watched.to_tell(&ended, now);
    change.keep(ended, told).await
}
