//! What keeps a store and its audit trail up to date with what the program knows: the pepper that keys
//! are hashed with, and a word of the trail on every key.

use crate::keyring::{Keyring, KeyringError, committed::Committed};
use central_logger_key_store::{
    AuditAction, AuditEntry, Head, KeyStoreError, Owners, StoredKey,
    audit::{Note, StoreState},
    change::Rehash,
    draft::{Draft, Sealer},
};
use central_logger_keys::{KeyHash, KeyHasher, KeyId, PepperId};
use serde_json::json;
use std::{future::ready, sync::Arc};

/// A change that cannot be vouched for: the store's pepper is not known here.
///
/// # Examples
///
/// ```
/// use central_logger_keyring::WrongPepper;
///
/// assert!(WrongPepper::TEXT.contains("set LOGGER_PEPPER_FILE"));
/// assert_eq!(WrongPepper.to_string(), WrongPepper::TEXT);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", Self::TEXT)]
pub struct WrongPepper;

impl WrongPepper {
    /// What is said of it everywhere.
    pub const TEXT: &'static str = "keys are hashed with a pepper that is not configured, so they cannot be verified: \
         set LOGGER_PEPPER_FILE or LOGGER_PEPPER_PREVIOUS_FILE to it";
}

/// Whether a change may be made without the store's pepper. What takes access away may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PepperNeed {
    Needed,
    Spared,
}

/// How many keys are taken up in one step.
const STEP: usize = 500;

impl Keyring {
    /// Makes the store ready for changes: turns to the pepper of this program once every server has it,
    /// and gives the trail of an older program a word on every key.
    ///
    /// # Errors
    /// When the pepper of the store is not known here, or the store fails.
    pub async fn tend(&self) -> Result<(), KeyringError> {
        let state = self.store.state().await?;
        self.sealer(&state, PepperNeed::Needed)?;
        if !state.is_taken_up {
            self.take_up().await?;
        }
        match self.hashes.configured().first().copied() {
            Some(wanted) if state.pepper != Some(wanted) && self.all_want(wanted).await? => {
                self.turn_to(wanted).await
            }
            _ => Ok(()),
        }
    }

    /// Puts `new` in the place of the key's hash, if that is still `old` and the store uses the pepper
    /// of the new one: the same key, hashed with another pepper or other costs. A hash that is not the
    /// one that the audit trail knows stays, for it to be found.
    ///
    /// # Errors
    /// When the pepper of the store is not known here, or the store fails.
    pub async fn rehash(
        &self,
        id: &KeyId,
        old: &KeyHash,
        new: &KeyHash,
    ) -> Result<(), KeyringError> {
        let rehashed = self.decide(
            PepperNeed::Needed,
            async || Ok((self.store.find(id).await?, self.store.last_entry(id).await?)),
            |draft, (found, word): &(Option<StoredKey>, Option<AuditEntry>)| {
                if let (Some(key), Some(word)) = (found, word)
                    && key.proof.hash() == Some(old)
                    && draft.change.pepper == new.pepper_id()
                    && !word.is_contradicted_by(&draft.hasher, &key.proof)
                {
                    rehash(draft, key, new.clone());
                }
                Ok(())
            },
        );
        rehashed.await?.at_commit();
        Ok(())
    }

    /// Notes that the store was set back, as to a backup, and that this is known.
    ///
    /// # Errors
    /// When the pepper of the store is not known here, or the store fails.
    pub async fn accept_restore(&self) -> Result<Committed<()>, KeyringError> {
        self.attempt(
            PepperNeed::Needed,
            async || Ok(()),
            |draft, ()| {
                let after = json!({"head": draft.change.base.sequence}).to_string();
                draft.note(Note::of_store(AuditAction::Restore, None, after));
                draft.change.accepts_restore = true;
                Ok(())
            },
        )
        .await
    }

    pub(crate) fn sealer(
        &self,
        state: &StoreState,
        need: PepperNeed,
    ) -> Result<Sealer, KeyringError> {
        match self.hashes.turn_to(state.pepper) {
            Some(hasher) => Ok(Sealer {
                hasher,
                has_pepper: true,
            }),
            None if need == PepperNeed::Needed => Err(WrongPepper.into()),
            None => Ok(Sealer {
                hasher: Arc::new(KeyHasher::new()),
                has_pepper: false,
            }),
        }
    }

    /// Whether every server would hash with that pepper. Those that merely know it may have yet another
    /// in mind, and two that differ would turn the store to and fro.
    async fn all_want(&self, pepper: PepperId) -> Result<bool, KeyringError> {
        let leases = self.store.live_leases().await?;
        Ok(leases
            .iter()
            .all(|lease| lease.peppers.first() == Some(&pepper)))
    }

    async fn turn_to(&self, pepper: PepperId) -> Result<(), KeyringError> {
        let turned = self.decide(
            PepperNeed::Needed,
            || ready(Ok(())),
            |draft, ()| {
                turn_to(draft, pepper);
                Ok(())
            },
        );
        turned.await?.at_commit();
        self.hashes.turn_to(Some(pepper));
        Ok(())
    }

    /// Gives the trail a word on every key, some at a time.
    async fn take_up(&self) -> Result<(), KeyringError> {
        loop {
            let state = self.store.state().await?;
            if state.is_taken_up {
                return Ok(());
            }
            match self.take_up_from(state).await {
                Err(KeyringError::Store(KeyStoreError::Stale)) => {}
                done => return done,
            }
        }
    }

    async fn take_up_from(&self, mut state: StoreState) -> Result<(), KeyringError> {
        let reached = self.last_taken_up(&state.head).await?;
        let mut keys = self.store.stored(Owners::All).await?.records;
        let retention = self.store.retention().await?;
        let all = keys.len();
        // The trail of an older program may have been written without the pepper of the servers.
        let pepper = state.pepper.or_else(|| pepper_of(&keys));
        let hasher = self.hashes.turn_to(pepper).ok_or(WrongPepper)?;
        let sealer = Sealer {
            hasher,
            has_pepper: true,
        };
        keys.sort_by(|one, other| one.record.id.cmp(&other.record.id));
        keys.retain(|key| Some(&key.record.id) > reached.as_ref());
        let mut steps = keys.chunks(STEP).peekable();
        loop {
            let step = steps.next().unwrap_or_default();
            let mut draft = Draft::new(&state, &sealer, &self.actor, self.clock.now());
            if let Some(pepper) = pepper {
                turn_to(&mut draft, pepper);
            }
            for StoredKey { record, proof } in step {
                draft.note(Note::of_key(AuditAction::Baseline, None, record, proof));
            }
            let is_last = steps.peek().is_none();
            if is_last {
                let after = json!({"keys": all, "retention": retention}).to_string();
                draft.note(Note::of_store(AuditAction::Baseline, None, after));
                draft.change.is_taken_up = true;
            }
            let Some(change) = draft.finish() else {
                return Ok(());
            };
            self.store.commit(&change).await?;
            if is_last {
                return Ok(());
            }
            (state.head, state.pepper) = (change.head(), change.pepper);
        }
    }

    /// The last key that was taken up already.
    async fn last_taken_up(&self, head: &Head) -> Result<Option<KeyId>, KeyringError> {
        let (mut reached, mut last) = (0, None);
        while reached < head.sequence {
            let page = self.store.audit(reached, STEP).await?;
            let Some(end) = page.last() else {
                break;
            };
            reached = end.sequence;
            let taken_up = page
                .into_iter()
                .filter(|entry| entry.action == AuditAction::Baseline);
            last = taken_up.filter_map(|entry| entry.key_id).max().or(last);
        }
        Ok(last)
    }
}

/// The pepper of the newest key that is not revoked.
fn pepper_of(keys: &[StoredKey]) -> Option<PepperId> {
    let held = keys.iter().filter(|key| key.record.revoked_at.is_none());
    let newest = held.max_by_key(|key| key.record.created_at);
    newest.and_then(|key| key.proof.hash()?.pepper_id())
}

/// Seals with another pepper from here on, unless it does already.
fn turn_to(draft: &mut Draft<'_>, pepper: PepperId) {
    if draft.change.pepper == Some(pepper) {
        return;
    }
    let Some(hasher) = draft.hasher.using(Some(pepper)) else {
        return;
    };
    let name = |pepper: Option<PepperId>| {
        let id = pepper.map(|pepper| pepper.to_string());
        json!({"pepper": id}).to_string()
    };
    let before = name(draft.change.pepper);
    draft.hasher = Arc::new(hasher);
    draft.change.pepper = Some(pepper);
    let after = name(Some(pepper));
    draft.note(Note::of_store(AuditAction::Pepper, Some(before), after));
}

fn rehash(draft: &mut Draft<'_>, key: &StoredKey, new: KeyHash) {
    let mut after = key.clone();
    if !after.proof.set_hash(new.clone()) {
        return;
    }
    let (before, record) = (Some(&key.record), &after.record);
    draft.note(Note::of_key(
        AuditAction::Rehash,
        before,
        record,
        &after.proof,
    ));
    draft.change.rehashes.push(Rehash {
        id: key.record.id.clone(),
        new,
    });
}
