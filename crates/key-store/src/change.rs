use crate::{
    Actor, AuditAction, AuditEntry, ClientQuota, Committed, Head, KeyRecord, KeySelection,
    KeyStoreError, Keyring, KeyringError, Quota, RetentionChange, StoredKey, audit::Note,
};
use central_logger_keys::{KeyHasher, KeyId};
use std::{future::ready, sync::Arc};
use time::OffsetDateTime;

/// A change of keys, to be made whole or not at all. [`Keyring`](crate::Keyring) makes them.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{Head, KeyAdmin, KeyChange, KeyStoreError, MemoryKeys};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryKeys::new();
/// let elsewhere = Head { sequence: 7, seal: None };
/// let (inserts, updates, audit) = (Vec::new(), Vec::new(), Vec::new());
/// let (quota, retention) = (None, None);
/// let change = KeyChange { base: elsewhere, inserts, updates, quota, retention, audit };
/// let refused = store.commit(&change).await;
/// assert!(matches!(refused, Err(KeyStoreError::Stale)), "it was decided upon another state");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct KeyChange {
    /// The state of the store that it was decided upon.
    pub base: Head,
    /// New keys.
    pub inserts: Vec<StoredKey>,
    /// Keys that exist, of which `is_active`, `grace_ends_at`, `revoked_at` and `revoked_reason` are
    /// to be as given here.
    pub updates: Vec<KeyRecord>,
    /// The quota that a client is to have instead of its present one.
    pub quota: Option<ClientQuota>,
    /// How long logs are to be kept instead.
    pub retention: Option<RetentionChange>,
    /// What the audit trail gains: an entry for each key above, for each key of the client with that
    /// quota, and for what is kept.
    pub audit: Vec<AuditEntry>,
}

impl KeyChange {
    /// The state of the store once the change is made.
    pub fn head(&self) -> Head {
        self.audit.last().map_or(self.base, AuditEntry::head)
    }
}

/// A change as it is being decided.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) change: KeyChange,
    hasher: &'a KeyHasher,
    actor: &'a Actor,
    pub(crate) now: OffsetDateTime,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(
        base: Head,
        hasher: &'a KeyHasher,
        actor: &'a Actor,
        now: OffsetDateTime,
    ) -> Self {
        let change = KeyChange {
            base,
            inserts: Vec::new(),
            updates: Vec::new(),
            quota: None,
            retention: None,
            audit: Vec::new(),
        };
        Self {
            change,
            hasher,
            actor,
            now,
        }
    }

    pub(crate) fn insert(&mut self, key: StoredKey, action: AuditAction) {
        self.note(Note::of_key(action, None, &key.record));
        self.change.inserts.push(key);
    }

    pub(crate) fn update(&mut self, before: &KeyRecord, after: KeyRecord, action: AuditAction) {
        self.note(Note::of_key(action, Some(before), &after));
        self.change.updates.push(after);
    }

    /// Gives the client of these keys, which are all of its, another quota.
    pub(crate) fn set_quota(&mut self, keys: &[KeyRecord], quota: Quota) {
        for before in keys {
            let after = KeyRecord {
                quota,
                ..before.clone()
            };
            self.note(Note::of_key(AuditAction::Quota, Some(before), &after));
            let client_id = before.client_id.clone();
            self.change.quota = Some(ClientQuota { client_id, quota });
        }
    }

    /// Adds an entry to the audit trail, and gives it.
    pub(crate) fn note(&mut self, note: Note) -> AuditEntry {
        let head = self.change.head();
        let entry = AuditEntry::next(&head, self.hasher, self.now, self.actor, note);
        self.change.audit.push(entry.clone());
        entry
    }

    /// The change, unless there is nothing to do.
    pub(crate) fn finish(self) -> Option<KeyChange> {
        (!self.change.audit.is_empty()).then_some(self.change)
    }
}

/// Each failed attempt means that somebody else has got further.
const MAX_ATTEMPTS: usize = 1000;

impl Keyring {
    /// Changes the keys of a selection.
    pub(crate) async fn change<T>(
        &self,
        selection: &KeySelection,
        decide: impl Fn(&mut Draft<'_>, &[KeyRecord]) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        self.attempt(|| self.select(selection), |draft, keys| decide(draft, keys))
            .await
    }

    /// Changes one key.
    pub(crate) async fn change_one<T>(
        &self,
        id: &KeyId,
        decide: impl Fn(&mut Draft<'_>, &KeyRecord) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        let selection = KeySelection::Id(id.clone());
        self.change(&selection, |draft, records| match records {
            [record] => decide(draft, record),
            _ => Err(KeyringError::UnknownKey(id.clone())),
        })
        .await
    }

    /// Adds keys, whatever there is.
    pub(crate) async fn add(&self, decide: impl Fn(&mut Draft<'_>)) -> Result<(), KeyringError> {
        let added = self.attempt(
            || ready(Ok(())),
            |draft, ()| {
                decide(draft);
                Ok(())
            },
        );
        added.await?.at_commit();
        Ok(())
    }

    /// Reads, decides and commits, and does so again when others made a change in between.
    pub(crate) async fn attempt<R, T, F: Future<Output = Result<R, KeyringError>>>(
        &self,
        read: impl Fn() -> F,
        decide: impl Fn(&mut Draft<'_>, &R) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        let committed = |done, head| Committed::new(done, Arc::clone(&self.store), head);
        for _ in 0..MAX_ATTEMPTS {
            // The head first: what is read after it is at least as new.
            let head = self.store.head().await?;
            let present = read().await?;
            let mut draft = Draft::new(head, self.hashes.hasher(), &self.actor, self.clock.now());
            let decided = decide(&mut draft, &present)?;
            let Some(change) = draft.finish() else {
                // What was read may be newer than that head.
                return Ok(committed(decided, self.store.head().await?));
            };
            match self.store.commit(&change).await {
                Ok(()) => return Ok(committed(decided, change.head())),
                Err(KeyStoreError::Stale) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(KeyringError::Contended)
    }

    async fn select(&self, selection: &KeySelection) -> Result<Vec<KeyRecord>, KeyringError> {
        match selection {
            KeySelection::Id(id) => Ok(vec![self.show(id).await?]),
            KeySelection::Client(client) => match self.store.list(Some(client)).await? {
                records if records.is_empty() => Err(KeyringError::NoKeys(client.clone())),
                records => Ok(records),
            },
        }
    }
}
