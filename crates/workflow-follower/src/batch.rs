//! The workflows of one client that a look changes.

use crate::{FollowError, remembered::States};
use central_logger_keys::ClientId;
use central_logger_log_store::StoredLog;
use central_logger_text::Report;
use central_logger_workflows::{
    ClientChange, Document, DocumentKind, FAILED, Observation, Watched, WorkflowError,
    WorkflowName, WorkflowStore, Workflows, kept_state::KeptState,
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
/// How many documents are read at a time: one may take a few hundred kilobytes.
const AT_A_TIME: usize = 50;

/// Documents that were read, and what became of them.
pub(crate) struct Batch<'a> {
    store: &'a dyn WorkflowStore,
    client: &'a ClientId,
    /// States that need not be read.
    remembered: States,
    /// By key; nothing for workflows that are too many.
    workflows: BTreeMap<String, Option<Loaded>>,
    /// How many workflows of the client there are, when that was asked.
    known: Option<u64>,
}

struct Loaded {
    name: WorkflowName,
    kept: KeptState,
    /// The statuses that are failures.
    failed: Vec<String>,
    watched: Option<(Document, Watched)>,
}

impl<'a> Batch<'a> {
    /// What is read of a workflow.
    const KINDS: [DocumentKind; 3] = [
        DocumentKind::Monitor,
        DocumentKind::Recent,
        DocumentKind::State,
    ];

    pub(crate) fn new(
        store: &'a dyn WorkflowStore,
        client: &'a ClientId,
        remembered: States,
    ) -> Self {
        Self {
            store,
            client,
            remembered,
            workflows: BTreeMap::new(),
            known: None,
        }
    }

    /// Adds what entries say.
    pub(crate) async fn add(
        &mut self,
        observed: Vec<(WorkflowName, Observation)>,
    ) -> Result<(), FollowError> {
        let unread = self.unread(observed.iter().map(|(name, _)| name));
        self.load(unread).await?;
        for (name, observed) in observed {
            if let Some(Some(loaded)) = self.workflows.get_mut(&name.key()) {
                loaded.kept.add(observed, &loaded.failed);
            }
        }
        Ok(())
    }

    /// Reads workflows that have to be looked at.
    pub(crate) async fn load_keys(&mut self, keys: &[String]) -> Result<(), FollowError> {
        let names = keys.iter().filter_map(|key| WorkflowName::of_key(key));
        let names: Vec<_> = names.collect();
        let unread = self.unread(names.iter());
        self.load(unread).await
    }

    /// How many workflows were read.
    pub(crate) fn len(&self) -> usize {
        self.workflows.len()
    }

    /// Forgets what is known of runs that started since then, to make it anew.
    pub(crate) fn begin_anew(&mut self, since: OffsetDateTime) {
        for loaded in self.workflows.values_mut().flatten() {
            loaded.kept.begin_anew(since);
        }
    }

    /// What was not changed, when nothing was.
    pub(crate) fn into_remembered(self) -> States {
        self.remembered
    }

    fn unread<'n>(
        &self,
        names: impl Iterator<Item = &'n WorkflowName>,
    ) -> Vec<(String, WorkflowName)> {
        let names = names.map(|name| (name.key(), name));
        let unread = names.filter(|(key, _)| !self.workflows.contains_key(key));
        let unread: BTreeMap<_, _> = unread.collect();
        let owned = unread.into_iter().map(|(key, name)| (key, name.clone()));
        owned.collect()
    }

    async fn load(&mut self, names: Vec<(String, WorkflowName)>) -> Result<(), FollowError> {
        for names in names.chunks(AT_A_TIME) {
            let keys: Vec<_> = names.iter().map(|(key, _)| key.clone()).collect();
            let (remembered, new): (Vec<_>, Vec<_>) = keys
                .into_iter()
                .partition(|key| self.remembered.contains_key(key));
            let mut found = self.find(&[DocumentKind::Monitor], &remembered).await?;
            found.extend(self.find(&Self::KINDS, &new).await?);
            for (key, name) in names {
                let take = |kind| found.remove(&(kind, key.clone()));
                let [monitor, recent, whole] = Self::KINDS.map(take);
                let remembered = self.remembered.remove(key);
                let is_unknown = remembered.is_none() && whole.is_none() && monitor.is_none();
                let loaded = if is_unknown && !self.has_room().await? {
                    None
                } else {
                    let read = || self.read_state(recent.as_ref(), whole.as_ref());
                    let kept = remembered.unwrap_or_else(read);
                    Some(self.loaded(name.clone(), kept, monitor))
                };
                self.workflows.insert(key.clone(), loaded);
            }
        }
        Ok(())
    }

    async fn find(
        &self,
        kinds: &[DocumentKind],
        keys: &[String],
    ) -> Result<BTreeMap<(DocumentKind, String), Document>, FollowError> {
        if keys.is_empty() {
            return Ok(BTreeMap::new());
        }
        let found = self.store.find_many(self.client, kinds, keys).await?;
        let found = found.into_iter();
        let by_key = found.map(|(kind, found)| ((kind, found.key.clone()), found));
        Ok(by_key.collect())
    }

    fn read_state(&self, recent: Option<&Document>, whole: Option<&Document>) -> KeptState {
        let read = readable(self.client, KeptState::read(recent, whole));
        read.unwrap_or_else(|| KeptState::instead_of(recent, whole))
    }

    fn loaded(&self, name: WorkflowName, kept: KeptState, monitor: Option<Document>) -> Loaded {
        let watched = monitor.map(|read| Watched::read(&read).map(|watched| (read, watched)));
        let watched = watched.and_then(|watched| readable(self.client, watched));
        let failed = watched.as_ref();
        let failed = failed.map(|(_, watched)| watched.monitor.failed.clone());
        Loaded {
            name,
            kept,
            failed: failed.unwrap_or_else(|| FAILED.map(str::to_owned).to_vec()),
            watched,
        }
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
    /// Returns the states that need not be read again when the change is made.
    pub(crate) async fn finish(
        self,
        change: &mut ClientChange<'_>,
        moment: Moment,
        rests: bool,
    ) -> Result<States, FollowError> {
        let (mut states, now) = (self.remembered, moment.now);
        let (mut changes, mut told) = (Vec::new(), Vec::new());
        for (key, loaded) in self.workflows {
            let Some(loaded) = loaded else { continue };
            let (name, mut kept) = (loaded.name, loaded.kept);
            if kept.has_new() {
                kept.trim(now);
            }
            if let Some((read, mut watched)) = loaded.watched {
                let next = if rests {
                    changes.extend(watched.rest(now));
                    Some(now + REST)
                } else {
                    let blind_until = moment.blind_until;
                    let (seen, next) = watched.look(&name, kept.state(), now, blind_until);
                    told.extend(watched.to_tell(&seen, now));
                    changes.extend(seen);
                    next
                };
                change.add(watched.write(key.clone(), Some(&read), next)?);
            }
            let kept = match kept.has_new() {
                true => {
                    let (writes, kept) = kept.write(&key, now)?;
                    writes.into_iter().for_each(|write| change.add(write));
                    kept
                }
                false => Some(kept),
            };
            states.extend(kept.map(|kept| (key, kept)));
        }
        change.keep(changes, told).await?;
        Ok(states)
    }
}

/// What entries say of runs, which is little of what they are.
pub(crate) fn observed(logs: &[StoredLog]) -> Vec<(WorkflowName, Observation)> {
    logs.iter().filter_map(Observation::of).collect()
}

/// What cannot be read hides nothing else.
pub(crate) fn readable<T>(client: &ClientId, read: Result<T, WorkflowError>) -> Option<T> {
    read.inspect_err(|error| {
        tracing::error!(%client, error = %Report(error), "a workflow is passed over");
    })
    .ok()
}
