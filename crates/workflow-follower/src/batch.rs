//! The workflows of one client that a look changes.

use crate::FollowError;
use central_logger_keys::ClientId;
use central_logger_log_store::StoredLog;
use central_logger_text::Report;
use central_logger_workflows::{
    ClientChange, Document, DocumentKind, FAILED, Observation, Watched, WorkflowError,
    WorkflowName, WorkflowState, WorkflowStore, Workflows,
};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// The time by which it is looked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: OffsetDateTime,
    pub(crate) blind_until: Option<OffsetDateTime>,
}

/// How long a monitor that rests is left alone.
const REST: Duration = Duration::minutes(5);

/// Documents that were read, and what became of them.
pub(crate) struct Batch<'a> {
    store: &'a dyn WorkflowStore,
    client: &'a ClientId,
    /// By key; nothing for workflows that are too many.
    workflows: BTreeMap<String, Option<Loaded>>,
    /// How many workflows of the client there are, when that was asked.
    known: Option<u64>,
}

struct Loaded {
    name: WorkflowName,
    read_state: Option<Document>,
    state: WorkflowState,
    has_new: bool,
    /// The statuses that are failures.
    failed: Vec<String>,
    watched: Option<(Document, Watched)>,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(store: &'a dyn WorkflowStore, client: &'a ClientId) -> Self {
        Self {
            store,
            client,
            workflows: BTreeMap::new(),
            known: None,
        }
    }

    /// Adds what an entry says.
    pub(crate) async fn add(&mut self, log: &StoredLog) -> Result<(), FollowError> {
        let Some((name, observed)) = Observation::of(log) else {
            return Ok(());
        };
        let Some(loaded) = self.load(name).await? else {
            return Ok(());
        };
        loaded.has_new = true;
        loaded.state.add(observed, &loaded.failed);
        Ok(())
    }

    /// Reads a workflow that has to be looked at.
    pub(crate) async fn load_key(&mut self, key: &str) -> Result<(), FollowError> {
        if let Some(name) = WorkflowName::of_key(key) {
            self.load(name).await?;
        }
        Ok(())
    }

    /// Forgets what is known of runs that started since then, to make it anew.
    pub(crate) fn begin_anew(&mut self, since: OffsetDateTime) {
        for loaded in self.workflows.values_mut().flatten() {
            loaded.state.begin_anew(since);
            loaded.has_new = true;
        }
    }

    async fn load(&mut self, name: WorkflowName) -> Result<Option<&mut Loaded>, FollowError> {
        let key = name.key();
        if !self.workflows.contains_key(&key) {
            let loaded = self.read(name, &key).await?;
            self.workflows.insert(key.clone(), loaded);
        }
        Ok(self.workflows.get_mut(&key).and_then(Option::as_mut))
    }

    async fn read(&mut self, name: WorkflowName, key: &str) -> Result<Option<Loaded>, FollowError> {
        let (store, client) = (self.store, self.client);
        let read_state = store.find(client, DocumentKind::State, key).await?;
        let monitor = store.find(client, DocumentKind::Monitor, key).await?;
        if read_state.is_none() && monitor.is_none() && !self.has_room().await? {
            return Ok(None);
        }
        let state = WorkflowState::read(read_state.as_ref());
        let watched = monitor.map(|read| Watched::read(&read).map(|watched| (read, watched)));
        let watched = watched.and_then(|watched| readable(client, watched));
        let failed = watched.as_ref();
        let failed = failed.map(|(_, watched)| watched.monitor.failed.clone());
        Ok(Some(Loaded {
            name,
            failed: failed.unwrap_or_else(|| FAILED.map(str::to_owned).to_vec()),
            state: readable(client, state).unwrap_or_default(),
            read_state,
            has_new: false,
            watched,
        }))
    }

    /// Whether another workflow of the client can be known.
    async fn has_room(&mut self) -> Result<bool, FollowError> {
        let known = match self.known {
            Some(known) => known,
            None => self.store.count(self.client, DocumentKind::State).await?,
        };
        self.known = Some(known + 1);
        Ok(known < Workflows::MOST_WORKFLOWS as u64)
    }

    /// Looks at what was read, and adds what became of it to `change`. Monitors of a client that `rests` do, too.
    pub(crate) async fn finish(
        self,
        change: &mut ClientChange<'_>,
        moment: Moment,
        rests: bool,
    ) -> Result<(), FollowError> {
        for (key, loaded) in self.workflows {
            let Some(Loaded {
                name,
                read_state,
                mut state,
                has_new,
                watched,
                ..
            }) = loaded
            else {
                continue;
            };
            if has_new {
                let now = moment.now;
                state.trim(now);
                change.add(state.write(key.clone(), read_state.as_ref(), now)?);
            }
            if let Some((read, mut watched)) = watched {
                let Moment { now, blind_until } = moment;
                let next = if rests {
                    change.keep(watched.rest(now), Vec::new()).await?;
                    Some(now + REST)
                } else {
                    let (changes, next) = watched.look(&name, &state, now, blind_until);
                    let told = watched.to_tell(&changes, now);
                    change.keep(changes, told).await?;
                    next
                };
                change.add(watched.write(key, Some(&read), next)?);
            }
        }
        Ok(())
    }
}

/// What cannot be read hides nothing else.
fn readable<T>(client: &ClientId, read: Result<T, WorkflowError>) -> Option<T> {
    read.inspect_err(|error| {
        tracing::error!(%client, error = %Report(error), "a workflow is passed over");
    })
    .ok()
}
