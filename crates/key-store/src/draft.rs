//! A change as it is being decided, with the entries of the audit trail that tell of it.

use crate::{
    audit::{
        action::AuditAction,
        actor::Actor,
        entry::{AuditEntry, Note},
        state::{EndSeal, StoreState},
    },
    authority::{Authority, Denied, ProviderAuthority, Review, Scene},
    change::{KeyChange, Withdrawal},
    receipt::Receipt,
    record::{
        key_list::UnreadableKey,
        key_maker::KeyMaker,
        key_record::{KeyRecord, StoredKey},
        rate_bucket::RateBucket,
    },
    reveal_link::LinkChange,
};
use central_logger_client_records::{
    ClientBook, ClientChange, ClientPolicy,
    quota::{ClientQuota, Quota},
    settings::{ClientSettings, SettingChange},
};
use central_logger_keys::{ClientId, KeyHasher, KeyId, MisplacedScope, SealPurpose};
use central_logger_times::Timestamp;
use serde_json::json;
use std::sync::Arc;
use time::OffsetDateTime;

/// What seals a change, and whether it may vouch for the end of the trail.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::draft::Sealer;
/// use central_logger_keys::KeyHasher;
/// use std::sync::Arc;
///
/// let without_pepper = Sealer { hasher: Arc::new(KeyHasher::new()), has_pepper: false };
/// assert!(!without_pepper.has_pepper);
/// ```
#[derive(Debug)]
pub struct Sealer {
    /// What the entries are sealed with.
    pub hasher: Arc<KeyHasher>,
    /// Whether it has the pepper of the store.
    pub has_pepper: bool,
}

/// Why a key cannot be added.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::draft::InsertError;
///
/// assert_eq!(
///     InsertError::TooManyMakers.to_string(),
///     "the key would share the limits of more than 16 others"
/// );
/// ```
#[derive(Debug, thiserror::Error)]
pub enum InsertError {
    /// The caller may not make this change.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The owner of the key cannot have one of the scopes.
    #[error(transparent)]
    Scope(#[from] MisplacedScope),
    /// Too many keys have made one another.
    #[error(
        "the key would share the limits of more than {} others",
        RateBucket::MOST
    )]
    TooManyMakers,
}

/// A change as it is being decided.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{
///     Actor, AuditAction, AuditTrail, KeyAdmin, MemoryKeys, audit::Note, draft::{Draft, Sealer},
/// };
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryKeys::new();
/// let (state, actor) = (store.state().await?, Actor::new("alice@ops"));
/// let hasher = Arc::new(central_logger_keys::KeyHasher::new());
/// let sealer = Sealer { hasher, has_pepper: true };
/// let mut draft = Draft::new(&state, &sealer, &actor, time::OffsetDateTime::UNIX_EPOCH);
/// draft.note(Note::of_store(AuditAction::Restore, None, "{}".to_owned()));
/// store.commit(&draft.finish().ok_or("nothing to do")?).await?;
/// assert_eq!(store.head().await?.sequence, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Draft<'a> {
    /// What is to be committed, as far as it is decided.
    pub change: KeyChange,
    identity: &'a str,
    /// What the entries are sealed with.
    pub hasher: Arc<KeyHasher>,
    has_pepper: bool,
    actor: &'a Actor,
    authority: &'a dyn Authority,
    keys: &'a [KeyRecord],
    policy: ClientPolicy,
    has_caller_ended: bool,
    /// When it is made.
    pub now: OffsetDateTime,
}

/// The authority of what a program does by itself.
static HOST: ProviderAuthority = ProviderAuthority {
    maker: KeyMaker::Provider,
};

impl<'a> Draft<'a> {
    /// Returns a change of a store in this state, of nothing yet.
    pub fn new(
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
            policy: ClientPolicy::default(),
            has_caller_ended: false,
            now,
        }
    }

    /// Has every change reviewed by `authority`, which sees these keys and this policy, and whether who asks
    /// [has ended](Authority::has_ended).
    pub fn reviewed_by(
        self,
        authority: &'a dyn Authority,
        keys: &'a [KeyRecord],
        policy: ClientPolicy,
        has_caller_ended: bool,
    ) -> Self {
        Self {
            authority,
            keys,
            policy,
            has_caller_ended,
            ..self
        }
    }

    /// Adds a key as far as the authority allows, and gives it.
    ///
    /// # Errors
    /// When the authority denies it, or it would have what no key may have.
    pub fn insert(
        &mut self,
        key: StoredKey,
        action: AuditAction,
    ) -> Result<KeyRecord, InsertError> {
        let record = self.review(action, None, key.record)?;
        if record.shared_rates.len() > RateBucket::MOST {
            return Err(InsertError::TooManyMakers);
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
    pub fn add(&mut self, key: StoredKey, action: AuditAction) {
        self.note(Note::of_key(action, None, &key.record, &key.proof));
        self.change.inserts.push(key);
    }

    /// Changes a key as far as the authority allows, and gives it.
    ///
    /// # Errors
    /// When the authority denies it.
    pub fn update(
        &mut self,
        key: &StoredKey,
        after: KeyRecord,
        action: AuditAction,
    ) -> Result<KeyRecord, Denied> {
        let after = self.review(action, Some(&key.record), after)?;
        if after != key.record {
            self.put(key, after.clone(), action);
        }
        Ok(after)
    }

    /// Changes a key without a review, as a consequence of another change.
    pub fn put(&mut self, key: &StoredKey, after: KeyRecord, action: AuditAction) {
        let before = Some(&key.record);
        self.note(Note::of_key(action, before, &after, &key.proof));
        self.change.updates.push(after);
    }

    /// Has the authority review a change, and returns what it allows.
    ///
    /// # Errors
    /// When the authority denies it.
    pub fn review(
        &self,
        action: AuditAction,
        before: Option<&KeyRecord>,
        after: KeyRecord,
    ) -> Result<KeyRecord, Denied> {
        let scene = Scene {
            now: self.now,
            keys: self.keys,
            policy: self.policy,
            has_caller_ended: self.has_caller_ended,
        };
        let reviewed = self.authority.review(&Review {
            action,
            before,
            after: &after,
            scene,
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
    ///
    /// # Errors
    /// When the authority denies it.
    pub fn withdraw(&mut self, key: &UnreadableKey, reason: Option<&str>) -> Result<(), Denied> {
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

    /// Gives a client, all of whose keys these are, another quota. Servers that remember a key learn of it by
    /// the entry about the key.
    pub fn set_quota(
        &mut self,
        client: &ClientId,
        keys: &[StoredKey],
        before: Quota,
        quota: Quota,
    ) {
        let action = AuditAction::Quota;
        for StoredKey { record, proof } in keys {
            let after = KeyRecord {
                quota,
                ..record.clone()
            };
            self.note(Note::of_key(action, Some(record), &after, proof));
        }
        if keys.is_empty() {
            let state = |quota: Quota| json!(quota).to_string();
            self.note(Note {
                client_id: Some(client.clone()),
                ..Note::of_store(action, Some(state(before)), state(quota))
            });
        }
        let client_id = client.clone();
        self.change.quota = Some(ClientQuota { client_id, quota });
    }

    /// Makes a change of what is kept.
    pub fn set_retention(&mut self, before: &ClientSettings, change: SettingChange) {
        let mut after = before.clone();
        after.apply(&change);
        let client = change.client_id.as_ref();
        let state =
            |retention: &ClientSettings| json!({"keep": retention.said_of(client)}).to_string();
        self.note(Note {
            client_id: client.cloned(),
            ..Note::of_store(AuditAction::Retention, Some(state(before)), state(&after))
        });
        self.change.retention = Some(change);
    }

    /// Makes a change of what is recorded.
    pub fn record(&mut self, before: &ClientBook, change: ClientChange) {
        let mut after = before.clone();
        after.apply(&change);
        let client = change.client();
        // Nothing is before what is new.
        let is_new = client.is_some_and(|client| !before.records.contains_key(client));
        let said_before = (!is_new).then(|| before.said_of(client));
        self.note(Note {
            client_id: client.cloned(),
            ..Note::of_store(AuditAction::Client, said_before, after.said_of(client))
        });
        self.change.client = Some(change);
    }

    /// Has the change remembered as the outcome of a request.
    pub fn remembered_as(mut self, receipt: Option<Receipt>) -> Self {
        self.change.receipt = receipt;
        self
    }

    /// The keys that are made or, if none is, those that are changed.
    fn outcome(&self) -> Vec<KeyId> {
        let made = self.change.inserts.iter().map(|key| &key.record.id);
        let changed = self.change.updates.iter().map(|record| &record.id);
        let withdrawn = self.change.withdrawals.iter();
        let withdrawn = withdrawn.filter_map(|withdrawal| withdrawal.id.parse().ok());
        if let Some(LinkChange::Add(link)) = &self.change.links {
            return vec![link.id.clone()];
        }
        match self.change.inserts.is_empty() {
            false => made.cloned().collect(),
            true => changed.cloned().chain(withdrawn).collect(),
        }
    }

    /// Adds an entry to the audit trail, and gives it.
    pub fn note(&mut self, note: Note) -> AuditEntry {
        let head = self.change.head();
        let entry = AuditEntry::next(&head, &self.hasher, self.now, self.actor, note);
        self.change.audit.push(entry.clone());
        entry
    }

    /// The change, unless there is nothing to do.
    pub fn finish(mut self) -> Option<KeyChange> {
        let head = self.change.head();
        // Who lacks the pepper leaves the seal of an earlier end.
        if self.has_pepper {
            let text = StoreState::end_text(self.identity, &head, self.change.pepper);
            self.change.end = Some(EndSeal {
                sequence: head.sequence,
                seal: self.hasher.seal(SealPurpose::Head, &text),
            });
        }
        let keys = self.outcome();
        if let Some(receipt) = &mut self.change.receipt {
            receipt.keys = keys;
        }
        let is_change = !self.change.audit.is_empty() || self.change.receipt.is_some();
        is_change.then_some(self.change)
    }
}
