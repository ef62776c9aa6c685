//! The runs of a workflow as a store keeps them: all that is known in one document, and what was added since in another.
//!
//! The runs of a workflow are much, and few change at a time. So only what was added is written, until that is much,
//! too.

use crate::{
    Content, Document, DocumentKind, Listing, Observation, WorkflowError, WorkflowState,
    WorkflowStore, Write,
    phase::Phase,
    watched::{from_text, to_text},
};
use central_logger_keys::ClientId;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, slice};
use time::OffsetDateTime;

/// The runs of a workflow, with the revisions of the documents that have them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptState {
    state: WorkflowState,
    /// The revision of the document that has all of it.
    whole: Option<i64>,
    /// The revision of the document that has what was added since.
    recent: Option<i64>,
    added: Vec<Added>,
    is_whole_due: bool,
    has_new: bool,
}

/// What an entry says, and whether it says that its run has failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Added(Observation, bool);

/// What was added to a state since it was written for the `to`-th time.
#[derive(Serialize, Deserialize)]
struct Recent<A> {
    to: u64,
    added: A,
}

/// Returns the runs of a workflow of `client`, if any are known.
///
/// # Errors
/// When the document that has all of them cannot be read, or the store is not available or fails.
pub async fn find(
    store: &dyn WorkflowStore,
    client: &ClientId,
    key: &str,
) -> Result<Option<WorkflowState>, WorkflowError> {
    // In this order: what has become part of the whole in between counts once.
    let recent = store.find(client, DocumentKind::Recent, key).await?;
    let Some(whole) = store.find(client, DocumentKind::State, key).await? else {
        return Ok(None);
    };
    Ok(Some(shown(recent.as_ref(), &whole)?))
}

/// Returns the runs of workflows of `client` by their keys.
///
/// # Errors
/// When a document that has all of them cannot be read, or the store is not available or fails.
pub async fn list(
    store: &dyn WorkflowStore,
    client: &ClientId,
    listing: &Listing,
) -> Result<Vec<(String, WorkflowState)>, WorkflowError> {
    // In this order, as above. There is none without the whole, so these are enough.
    let recent = store.list(client, DocumentKind::Recent, listing).await?;
    let wholes = store.list(client, DocumentKind::State, listing).await?;
    let recent = recent.iter().map(|recent| (recent.key.as_str(), recent));
    let recent: HashMap<_, _> = recent.collect();
    let states = wholes.iter().map(|whole| {
        let recent = recent.get(whole.key.as_str()).copied();
        Ok((whole.key.clone(), shown(recent, whole)?))
    });
    states.collect()
}

/// The runs without what was added where that cannot be read: whoever follows the entries logs it.
fn shown(recent: Option<&Document>, whole: &Document) -> Result<WorkflowState, WorkflowError> {
    let kept = KeptState::read(recent, Some(whole));
    let kept = kept.or_else(|_| KeptState::read(None, Some(whole)))?;
    Ok(kept.state)
}

impl KeptState {
    /// How much is added before the whole is written again.
    const MOST_ADDED: usize = 32;

    /// Reads the two documents.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn read(
        recent: Option<&Document>,
        whole: Option<&Document>,
    ) -> Result<Self, WorkflowError> {
        let mut kept = Self {
            state: WorkflowState::read(whole)?,
            whole: whole.map(|whole| whole.revision),
            recent: recent.map(|recent| recent.revision),
            is_whole_due: whole.is_none(),
            ..Self::default()
        };
        if let Some(recent) = recent.filter(|_| whole.is_some()) {
            let recent: Recent<Vec<Added>> = from_text(recent)?;
            // What belongs to an earlier one is part of it.
            if recent.to == kept.state.written {
                kept.replay(recent.added);
            }
        }
        Ok(kept)
    }

    /// What can be read where one of the documents cannot: all without what was added, or else no runs.
    pub fn instead_of(recent: Option<&Document>, whole: Option<&Document>) -> Self {
        Self {
            state: WorkflowState::read(whole).unwrap_or_default(),
            whole: whole.map(|whole| whole.revision),
            recent: recent.map(|recent| recent.revision),
            is_whole_due: true,
            ..Self::default()
        }
    }

    fn replay(&mut self, added: Vec<Added>) {
        for Added(observed, has_failed) in &added {
            let status = observed.status.clone();
            let failed = match has_failed {
                true => slice::from_ref(&status),
                false => &[],
            };
            self.state.add(observed.clone(), failed);
        }
        self.added = added;
        // As it was when these were added, or else a run that was forgotten then comes back.
        if let Some(last_added_at) = self.last_added_at() {
            self.state.trim(last_added_at);
        }
    }

    /// The runs.
    pub fn state(&self) -> &WorkflowState {
        &self.state
    }

    /// Whether it has to be written.
    pub fn has_new(&self) -> bool {
        self.has_new
    }

    /// When the last of the entries was received that were added since the whole was written, if any were.
    pub fn last_added_at(&self) -> Option<OffsetDateTime> {
        let added = self.added.iter();
        added.map(|Added(observed, _)| observed.received_at).max()
    }

    /// Adds what an entry says; `failed` are the statuses that are failures.
    pub fn add(&mut self, observed: Observation, failed: &[String]) {
        self.has_new = true;
        self.is_whole_due |= self.added.len() >= Self::MOST_ADDED;
        if !self.is_whole_due {
            let phase = Phase::of(&observed.status, failed);
            let has_failed = phase == Phase::Ended { failed: true };
            self.added.push(Added(observed.clone(), has_failed));
        }
        self.state.add(observed, failed);
    }

    /// Forgets what is known of runs that started since then, to make it anew from their entries.
    pub fn begin_anew(&mut self, since: OffsetDateTime) {
        self.state.begin_anew(since);
        (self.has_new, self.is_whole_due) = (true, true);
    }

    /// Forgets what is older than is ever asked for, or later than now.
    pub fn trim(&mut self, now: OffsetDateTime) {
        if self.is_ahead(now) {
            // What was added says so again when it is read.
            self.is_whole_due = true;
            self.state.forget_ahead(now);
        }
        self.state.trim(now);
    }

    fn is_ahead(&self, now: OffsetDateTime) -> bool {
        let latest = now + WorkflowState::APART;
        self.state.is_ahead(now) || self.last_added_at().is_some_and(|at| at > latest)
    }

    /// The writes that keep it, and what it is when they are made, if that need not be read again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(
        mut self,
        key: &str,
        now: OffsetDateTime,
    ) -> Result<(Vec<Write>, Option<Self>), WorkflowError> {
        self.has_new = false;
        if self.is_whole_due {
            return self.write_whole(key, now);
        }
        let write = self.recent(key, &self.added)?;
        // The revision of a new document is not known.
        let is_known = self.recent.is_some();
        self.recent = self.recent.map(|revision| revision + 1);
        Ok((vec![write], Some(self).filter(|_| is_known)))
    }

    /// The same, with the whole, as it was `at` that time: it is known for [so long](WorkflowState::KEPT) from then
    /// on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_whole(
        mut self,
        key: &str,
        at: OffsetDateTime,
    ) -> Result<(Vec<Write>, Option<Self>), WorkflowError> {
        self.state.written += 1;
        self.added.clear();
        self.is_whole_due = false;
        let content = Content {
            body: to_text(&self.state)?,
            due_at: Some(at + WorkflowState::KEPT),
        };
        let mut writes = vec![Write {
            kind: DocumentKind::State,
            key: key.to_owned(),
            expected: self.whole,
            content: Some(content),
        }];
        if self.recent.is_some() {
            writes.push(self.recent(key, &[])?);
        }
        let is_known = self.whole.is_some();
        self.whole = self.whole.map(|revision| revision + 1);
        self.recent = self.recent.map(|revision| revision + 1);
        Ok((writes, Some(self).filter(|_| is_known)))
    }

    /// The writes that take it away.
    pub fn delete(&self, key: &str) -> Vec<Write> {
        let documents = [
            (DocumentKind::State, self.whole),
            (DocumentKind::Recent, self.recent),
        ];
        let known = documents.into_iter().filter(|(_, known)| known.is_some());
        let delete = |(kind, expected)| Write {
            kind,
            key: key.to_owned(),
            expected,
            content: None,
        };
        known.map(delete).collect()
    }

    fn recent(&self, key: &str, added: &[Added]) -> Result<Write, WorkflowError> {
        let to = self.state.written;
        Ok(Write {
            kind: DocumentKind::Recent,
            key: key.to_owned(),
            expected: self.recent,
            content: Some(Content::of(to_text(&Recent { to, added })?)),
        })
    }
}
