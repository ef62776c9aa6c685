mod incidents;
mod monitors;
pub mod of_all;
mod status_links;

pub use incidents::{IncidentPage, IncidentQuery};

use crate::{
    DocumentKind, Listing, PastRun, Watched, WorkflowError, WorkflowName, WorkflowState,
    WorkflowStore, WorkflowView, kept_state,
};
use central_logger_keys::ClientId;
use central_logger_times::Clock;
use std::{collections::BTreeMap, fmt, sync::Arc};

/// What clients and the provider may ask about workflows, and change.
///
/// Who may ask is decided before: each call is about one client.
///
/// # Examples
///
/// ```
/// use central_logger_times::SystemClock;
/// use central_logger_workflows::{MemoryWorkflows, Workflows, WorkflowName};
/// use serde_json::json;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let workflows = Workflows::new(Arc::new(MemoryWorkflows::new()), Arc::new(SystemClock));
/// let (client, name) = ("acme".parse()?, WorkflowName::new("prod", "backup"));
/// let members = json!({"every": "24h", "grace": "1h"});
/// let members = members.as_object().ok_or("an object")?;
/// let set = workflows.set_monitor(&client, &name, members, false).await?;
/// assert_eq!(set.after.ok_or("it is set")?.members()["waits_for_first_run"], true);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Workflows {
    pub(crate) store: Arc<dyn WorkflowStore>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Which workflows are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkflowQuery {
    /// Only those of an environment.
    pub environment: Option<String>,
    /// Only those of that name.
    pub workflow: Option<String>,
    /// Only those that stand so.
    pub state: Option<crate::Standing>,
}

impl Workflows {
    /// The most monitors of a client.
    pub const MOST_MONITORS: usize = 1000;
    /// The most workflows of a client of which runs are known.
    pub const MOST_WORKFLOWS: usize = 1000;
    /// The most channels of a client.
    pub const MOST_CHANNELS: usize = 20;

    /// Asks `store`, by `clock`.
    pub fn new(store: Arc<dyn WorkflowStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Returns the workflows of `client`: those that ran, and those with a monitor.
    ///
    /// # Errors
    /// As each of these: when the store is not available or fails.
    pub async fn list(
        &self,
        client: &ClientId,
        query: &WorkflowQuery,
    ) -> Result<Vec<WorkflowView>, WorkflowError> {
        let now = self.clock.now();
        // Those with a monitor may come to those that are as many as there may be.
        let all = Listing::first(Self::MOST_WORKFLOWS + Self::MOST_MONITORS);
        let monitors = self.store.list(client, DocumentKind::Monitor, &all).await?;
        let states = kept_state::list(&*self.store, client, &all).await?;
        let mut found = BTreeMap::<_, (WorkflowState, Option<Watched>)>::new();
        for (key, state) in states {
            found.entry(key).or_default().0 = state;
        }
        for document in &monitors {
            let watched = Watched::read(document)?;
            found.entry(document.key.clone()).or_default().1 = Some(watched);
        }
        let found = found.into_iter().filter_map(|(key, (state, watched))| {
            let name = WorkflowName::of_key(&key)?;
            Some(WorkflowView::new(name, &state, watched.as_ref(), now))
        });
        Ok(found.filter(|view| query.is_about(view)).collect())
    }

    /// Returns a workflow of `client`, if it ran or has a monitor.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn show(
        &self,
        client: &ClientId,
        name: &WorkflowName,
    ) -> Result<Option<WorkflowView>, WorkflowError> {
        let key = name.key();
        let state = kept_state::find(&*self.store, client, &key).await?;
        let monitor = self.store.find(client, DocumentKind::Monitor, &key).await?;
        if state.is_none() && monitor.is_none() {
            return Ok(None);
        }
        let state = state.unwrap_or_default();
        let watched = monitor.as_ref().map(Watched::read).transpose()?;
        let now = self.clock.now();
        let view = WorkflowView::new(name.clone(), &state, watched.as_ref(), now);
        Ok(Some(view))
    }

    /// Returns the runs of a workflow of `client` that are known one by one, the latest first, if it ran or
    /// has a monitor.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn runs(
        &self,
        client: &ClientId,
        name: &WorkflowName,
    ) -> Result<Option<Vec<PastRun>>, WorkflowError> {
        let key = name.key();
        let Some(state) = kept_state::find(&*self.store, client, &key).await? else {
            let monitors = self.store.find(client, DocumentKind::Monitor, &key);
            return Ok(monitors.await?.map(|_| Vec::new()));
        };
        Ok(Some(state.runs().iter().rev().map(PastRun::of).collect()))
    }
}

impl WorkflowQuery {
    fn is_about(&self, view: &WorkflowView) -> bool {
        let is =
            |wanted: &Option<String>, found: &String| wanted.as_ref().is_none_or(|w| w == found);
        is(&self.environment, &view.environment)
            && is(&self.workflow, &view.workflow)
            && self.state.is_none_or(|state| state == view.state)
    }
}

impl fmt::Debug for Workflows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workflows").finish_non_exhaustive()
    }
}
