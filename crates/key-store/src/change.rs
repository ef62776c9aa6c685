use crate::{
    Actor, AuditAction, AuditEntry, ClientQuota, Committed, EndSeal, Head, KeyList, KeyRecord,
    KeySelection, KeyStoreError, Keyring, KeyringError, Quota, RetentionChange, StoreState,
    StoredKey, UnreadableKey,
    audit::Note,
    tending::{PepperNeed, Sealer},
};
use central_logger_keys::{KeyHash, KeyHasher, KeyId, PepperId, SealPurpose};
use central_logger_times::Timestamp;
use serde_json::json;
use std::{
    future::ready,
    sync::{Arc, PoisonError},
};
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
/// let change = KeyChange { base: elsewhere, ..KeyChange::default() };
/// let refused = store.commit(&change).await;
/// assert!(matches!(refused, Err(KeyStoreError::Stale)), "it was decided upon another state");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct KeyChange {
    /// The state of the store that it was decided upon.
    pub base: Head,
    /// New keys.
    pub inserts: Vec<StoredKey>,
    /// Keys that exist, of which `is_active`, `grace_ends_at`, `revoked_at` and `revoked_reason` are
    /// to be as given here.
    pub updates: Vec<KeyRecord>,
    /// Keys that exist and get another hash.
    pub rehashes: Vec<Rehash>,
    /// Keys whose rows cannot be read, to be withdrawn all the same.
    pub withdrawals: Vec<Withdrawal>,
    /// The quota that a client is to have instead of its present one.
    pub quota: Option<ClientQuota>,
    /// How long logs are to be kept instead.
    pub retention: Option<RetentionChange>,
    /// The pepper that keys are hashed with from now on, if any.
    pub pepper: Option<PepperId>,
    /// The seal of the end of the trail that is to be kept instead of the present one.
    pub end: Option<EndSeal>,
    /// Whether the trail has a word on every key from now on.
    pub is_taken_up: bool,
    /// Whether it is acknowledged that the store was set back: the time of that is kept.
    pub accepts_restore: bool,
    /// What the audit trail gains: an entry for each key above, for each key of the client with that
    /// quota, and for what is kept.
    pub audit: Vec<AuditEntry>,
}

/// Another hash of the same key.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyChange, Rehash};
/// use central_logger_keys::{ApiKey, KeyEnvironment, KeyHasher, KeyPrefix};
///
/// let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live)?;
/// let id = key.key_id().ok_or("generated keys have one")?.clone();
/// let rehash = Rehash { id, new: KeyHasher::new().hash_generated(&key)? };
/// let change = KeyChange { rehashes: vec![rehash], ..KeyChange::default() };
/// assert!(change.inserts.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehash {
    /// Of which key.
    pub id: KeyId,
    /// Its hash from now on.
    pub new: KeyHash,
}

/// A key whose row cannot be read, to be withdrawn.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::Withdrawal;
/// use central_logger_times::{Clock, SystemClock};
///
/// let reason = Some("cannot be read".to_owned());
/// let withdrawal = Withdrawal { id: "4fzyo82mvyi1".to_owned(), at: SystemClock.now(), reason };
/// assert_eq!(withdrawal.id.len(), 12);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Its id, as it is stored.
    pub id: String,
    /// What `revoked_at` is to be.
    pub at: OffsetDateTime,
    /// What `revoked_reason` is to be.
    pub reason: Option<String>,
}

impl KeyChange {
    /// Refuses times that could not be stored or shown everywhere: see [`Timestamp`].
    ///
    /// # Errors
    /// When there is one.
    pub fn check_times(&self) -> Result<(), KeyStoreError> {
        let records = self.inserts.iter().map(|key| &key.record);
        let of_keys = records.chain(&self.updates).flat_map(|record| {
            [
                Some(record.created_at),
                record.last_used_at,
                record.expires_at,
                record.grace_ends_at,
                record.revoked_at,
            ]
        });
        let of_withdrawals = self.withdrawals.iter().map(|key| Some(key.at));
        let of_entries = self.audit.iter().map(|entry| Some(entry.at));
        for time in of_keys.chain(of_withdrawals).chain(of_entries).flatten() {
            Timestamp::try_from(time).map_err(|error| KeyStoreError::Failed(Box::new(error)))?;
        }
        Ok(())
    }

    /// The state of the store once the change is made.
    pub fn head(&self) -> Head {
        self.audit.last().map_or(self.base, AuditEntry::head)
    }
}

/// A change as it is being decided.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) change: KeyChange,
    identity: &'a str,
    pub(crate) hasher: Arc<KeyHasher>,
    has_pepper: bool,
    actor: &'a Actor,
    pub(crate) now: OffsetDateTime,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(
        state: &'a StoreState,
        sealer: &Sealer,
        actor: &'a Actor,
        now: OffsetDateTime,
    ) -> Self {
        let change = KeyChange {
            base: state.head,
            pepper: state.pepper,
            is_taken_up: state.is_taken_up,
            ..KeyChange::default()
        };
        Self {
            change,
            identity: &state.identity,
            hasher: Arc::clone(&sealer.hasher),
            has_pepper: sealer.has_pepper,
            actor,
            now,
        }
    }

    pub(crate) fn insert(&mut self, key: StoredKey, action: AuditAction) {
        self.note(Note::of_key(action, None, &key.record, &key.proof));
        self.change.inserts.push(key);
    }

    pub(crate) fn update(&mut self, key: &StoredKey, after: KeyRecord, action: AuditAction) {
        let before = Some(&key.record);
        self.note(Note::of_key(action, before, &after, &key.proof));
        self.change.updates.push(after);
    }

    /// Withdraws a key of which nothing but its id is known for certain.
    pub(crate) fn withdraw(&mut self, key: &UnreadableKey, reason: Option<&str>) {
        let revoked_at = Timestamp::clamped(self.now);
        let after = json!({
            "revoked_at": revoked_at, "revoked_reason": reason, "unreadable": key.reason,
        });
        self.note(Note {
            action: AuditAction::Revoke,
            key_id: key.key_id(),
            client_id: key.client_id.clone(),
            before: None,
            after: after.to_string(),
            proof: None,
        });
        self.change.withdrawals.push(Withdrawal {
            id: key.id.clone(),
            at: revoked_at.get(),
            reason: reason.map(str::to_owned),
        });
    }

    /// Gives the client of these keys, which are all of its, another quota.
    pub(crate) fn set_quota(&mut self, keys: &[StoredKey], quota: Quota) {
        for StoredKey { record, proof } in keys {
            let after = KeyRecord {
                quota,
                ..record.clone()
            };
            let action = AuditAction::Quota;
            self.note(Note::of_key(action, Some(record), &after, proof));
            let client_id = record.client_id.clone();
            self.change.quota = Some(ClientQuota { client_id, quota });
        }
    }

    /// Adds an entry to the audit trail, and gives it.
    pub(crate) fn note(&mut self, note: Note) -> AuditEntry {
        let head = self.change.head();
        let entry = AuditEntry::next(&head, &self.hasher, self.now, self.actor, note);
        self.change.audit.push(entry.clone());
        entry
    }

    /// The change, unless there is nothing to do.
    pub(crate) fn finish(mut self) -> Option<KeyChange> {
        let head = self.change.head();
        // Who lacks the pepper leaves the seal of an earlier end.
        if self.has_pepper {
            let text = StoreState::end_text(self.identity, &head, self.change.pepper);
            self.change.end = Some(EndSeal {
                sequence: head.sequence,
                seal: self.hasher.seal(SealPurpose::Head, &text),
            });
        }
        (!self.change.audit.is_empty()).then_some(self.change)
    }
}

/// Each failed attempt means that somebody else has got further.
const MAX_ATTEMPTS: usize = 1000;

impl Keyring {
    /// Changes the keys of a selection.
    pub(crate) async fn change<T>(
        &self,
        need: PepperNeed,
        selection: &KeySelection,
        decide: impl Fn(&mut Draft<'_>, &[StoredKey]) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        let select = || self.select_readable(selection);
        self.attempt(need, select, |draft, keys| decide(draft, keys))
            .await
    }

    /// Changes one key.
    pub(crate) async fn change_one<T>(
        &self,
        need: PepperNeed,
        id: &KeyId,
        decide: impl Fn(&mut Draft<'_>, &StoredKey) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        let selection = KeySelection::Id(id.clone());
        self.change(need, &selection, |draft, keys| match keys {
            [key] => decide(draft, key),
            _ => Err(KeyringError::UnknownKey(id.clone())),
        })
        .await
    }

    /// Adds keys, whatever there is.
    pub(crate) async fn add(&self, decide: impl Fn(&mut Draft<'_>)) -> Result<(), KeyringError> {
        let added = self.attempt(
            PepperNeed::Needed,
            || ready(Ok(())),
            |draft, ()| {
                decide(draft);
                Ok(())
            },
        );
        added.await?.at_commit();
        Ok(())
    }

    /// Makes a change, on a store that is made ready for it.
    pub(crate) async fn attempt<R, T, F: Future<Output = Result<R, KeyringError>>>(
        &self,
        need: PepperNeed,
        read: impl Fn() -> F,
        decide: impl Fn(&mut Draft<'_>, &R) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        match self.tend().await {
            // Nothing keeps access from being taken away. A store that fails is told of below.
            Err(_) if need == PepperNeed::Spared => {}
            tended => tended?,
        }
        self.decide(need, read, decide).await
    }

    /// Reads, decides and commits, and does so again when others made a change in between.
    pub(crate) async fn decide<R, T, F: Future<Output = Result<R, KeyringError>>>(
        &self,
        need: PepperNeed,
        read: impl Fn() -> F,
        decide: impl Fn(&mut Draft<'_>, &R) -> Result<T, KeyringError>,
    ) -> Result<Committed<T>, KeyringError> {
        let committed = |done, head| Committed::new(done, Arc::clone(&self.store), head);
        for _ in 0..MAX_ATTEMPTS {
            // The head first: what is read after it is at least as new.
            let state = self.store.state().await?;
            let sealer = self.sealer(&state, need)?;
            let present = read().await?;
            let mut draft = Draft::new(&state, &sealer, &self.actor, self.clock.now());
            let decided = decide(&mut draft, &present)?;
            let Some(change) = draft.finish() else {
                // What was read may be newer than that head.
                return Ok(committed(decided, self.store.head().await?));
            };
            match self.store.commit(&change).await {
                Ok(()) => {
                    let head = change.head();
                    let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
                    *noted = Some(head);
                    return Ok(committed(decided, head));
                }
                Err(KeyStoreError::Stale) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(KeyringError::Contended)
    }

    /// What is selected and can be read: something, or else there is an error.
    async fn select_readable(
        &self,
        selection: &KeySelection,
    ) -> Result<Vec<StoredKey>, KeyringError> {
        let keys = self.select(selection).await?;
        match keys.unreadable.into_iter().next() {
            Some(key) if keys.records.is_empty() => Err(KeyStoreError::from(key).into()),
            _ => Ok(keys.records),
        }
    }

    /// What is selected, whether it can be read or not.
    pub(crate) async fn select(
        &self,
        selection: &KeySelection,
    ) -> Result<KeyList<StoredKey>, KeyringError> {
        match selection {
            KeySelection::Id(id) => match self.store.find(id).await {
                Ok(Some(key)) => Ok(vec![key].into()),
                Ok(None) => Err(KeyringError::UnknownKey(id.clone())),
                Err(KeyStoreError::Unreadable(key)) => Ok(KeyList {
                    records: Vec::new(),
                    unreadable: vec![*key],
                }),
                Err(error) => Err(error.into()),
            },
            KeySelection::Client(client) => match self.store.stored(Some(client)).await? {
                keys if keys.is_empty() => Err(KeyringError::NoKeys(client.clone())),
                keys => Ok(keys),
            },
        }
    }
}
