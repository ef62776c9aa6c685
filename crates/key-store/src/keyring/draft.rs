use crate::{
    audit::{
        action::AuditAction,
        actor::Actor,
        entry::{AuditEntry, Note},
        state::{EndSeal, StoreState},
    },
    authority::{Authority, ProviderAuthority, Review, Scene},
    change::{KeyChange, Withdrawal},
    keyring::KeyringError,
    quota::{ClientQuota, Quota},
    record::{
        key_list::UnreadableKey,
        key_maker::KeyMaker,
        key_record::{KeyRecord, StoredKey},
        rate_bucket::RateBucket,
    },
};
use central_logger_keys::{KeyHasher, SealPurpose};
use central_logger_times::Timestamp;
use serde_json::json;
use std::sync::Arc;
use time::OffsetDateTime;

/// What seals a change, and whether it may vouch for the end of the trail.
#[derive(Debug)]
pub(crate) struct Sealer {
    pub(crate) hasher: Arc<KeyHasher>,
    pub(crate) has_pepper: bool,
}

/// A change as it is being decided.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) change: KeyChange,
    identity: &'a str,
    pub(crate) hasher: Arc<KeyHasher>,
    has_pepper: bool,
    actor: &'a Actor,
    authority: &'a dyn Authority,
    keys: &'a [KeyRecord],
    pub(crate) now: OffsetDateTime,
}

/// The authority of what a program does by itself.
static HOST: ProviderAuthority = ProviderAuthority {
    maker: KeyMaker::Provider,
};

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
            authority: &HOST,
            keys: &[],
            now,
        }
    }

    /// Has every change reviewed by `authority`, which sees these keys.
    pub(crate) fn reviewed_by(self, authority: &'a dyn Authority, keys: &'a [KeyRecord]) -> Self {
        Self {
            authority,
            keys,
            ..self
        }
    }

    /// Adds a key as far as the authority allows, and gives it.
    pub(crate) fn insert(
        &mut self,
        key: StoredKey,
        action: AuditAction,
    ) -> Result<KeyRecord, KeyringError> {
        let record = self.review(action, None, key.record)?;
        if record.shared_rates.len() > RateBucket::MOST {
            return Err(KeyringError::TooManyMakers);
        }
        record.owner.check(&record.scopes)?;
        let proof = key.proof;
        self.add(
            StoredKey {
                record: record.clone(),
                proof,
            },
            action,
        );
        Ok(record)
    }

    /// Adds a key without a review.
    pub(crate) fn add(&mut self, key: StoredKey, action: AuditAction) {
        self.note(Note::of_key(action, None, &key.record, &key.proof));
        self.change.inserts.push(key);
    }

    /// Changes a key as far as the authority allows, and gives it.
    pub(crate) fn update(
        &mut self,
        key: &StoredKey,
        after: KeyRecord,
        action: AuditAction,
    ) -> Result<KeyRecord, KeyringError> {
        let after = self.review(action, Some(&key.record), after)?;
        if after != key.record {
            self.put(key, after.clone(), action);
        }
        Ok(after)
    }

    /// Changes a key without a review, as a consequence of another change.
    pub(crate) fn put(&mut self, key: &StoredKey, after: KeyRecord, action: AuditAction) {
        let before = Some(&key.record);
        self.note(Note::of_key(action, before, &after, &key.proof));
        self.change.updates.push(after);
    }

    fn review(
        &self,
        action: AuditAction,
        before: Option<&KeyRecord>,
        after: KeyRecord,
    ) -> Result<KeyRecord, KeyringError> {
        let (now, keys) = (self.now, self.keys);
        let reviewed = self.authority.review(&Review {
            action,
            before,
            after: &after,
            scene: Scene { now, keys },
        })?;
        // A new key is the one that was made, and of another no more changes than a store would keep.
        let (id, owner) = (after.id.clone(), after.owner.clone());
        Ok(match before {
            None => KeyRecord {
                id,
                owner,
                ..reviewed
            },
            Some(_) => {
                let mut kept = after;
                kept.change_to(&reviewed);
                kept
            }
        })
    }

    /// Withdraws a key of which nothing but its id is known for certain.
    pub(crate) fn withdraw(
        &mut self,
        key: &UnreadableKey,
        reason: Option<&str>,
    ) -> Result<(), KeyringError> {
        self.authority.review_unreadable(key)?;
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
        Ok(())
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
            let client_id = record.client().cloned();
            self.change.quota = client_id.map(|client_id| ClientQuota { client_id, quota });
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
