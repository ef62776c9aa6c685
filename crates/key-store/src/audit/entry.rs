use crate::{
    audit::{action::AuditAction, actor::Actor, key_state::json},
    record::key_record::{KeyProof, KeyRecord},
};
use central_logger_keys::{ClientId, Fingerprint, KeyHasher, KeyId, Seal, SealCheck, SealPurpose};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use time::OffsetDateTime;

/// One entry of the audit trail. Each is sealed together with the seal of the one before, so none
/// can be altered, left out or moved unnoticed.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::AuditAction;
/// use central_logger_keyring::KeySelection;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let one = KeySelection::Id(issued.record.id);
/// keyring.revoke(&one, Some(&"leaked".parse()?)).await?.at_commit();
/// let mut trail = Vec::new();
/// keyring.audit(|entry| trail.push(entry)).await?;
/// let told: Vec<_> = trail.iter().map(|entry| (entry.sequence, entry.action)).collect();
/// assert_eq!(told, [(1, AuditAction::Issue), (2, AuditAction::Revoke)]);
/// assert!(trail[1].after.contains(r#""revoked_reason":"leaked""#));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Its place, counted from 1 without gaps.
    pub sequence: u64,
    /// When, in whole milliseconds.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who, from where and over which way.
    #[serde(flatten)]
    pub actor: Actor,
    /// What.
    pub action: AuditAction,
    /// To which key, if it was one.
    pub key_id: Option<KeyId>,
    /// Whose key or logs, unless those of all.
    pub client_id: Option<ClientId>,
    /// What was before, as JSON; nothing for what is new.
    #[serde(serialize_with = "option_as_json")]
    pub before: Option<String>,
    /// What is after it, as JSON.
    #[serde(serialize_with = "as_json")]
    pub after: String,
    /// Over the key as it is after it, the hash included; nothing in entries of programs that did not
    /// seal keys yet.
    #[serde(serialize_with = "option_as_text")]
    pub key_seal: Option<Seal>,
    /// Over all of this and the seal before.
    #[serde(serialize_with = "as_text")]
    pub seal: Seal,
}

/// The end of the audit trail. Every change of keys moves it, so it also tells one state of the keys
/// from another.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditTrail, Head};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// assert_eq!(store.head().await?, Head::default());
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// // … and after a key was issued:
/// assert_eq!(store.head().await?.sequence, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Head {
    /// How many entries there are.
    pub sequence: u64,
    /// The seal of the last one.
    #[serde(serialize_with = "option_as_text")]
    pub seal: Option<Seal>,
}

/// What an entry says.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditAction, audit::Note};
///
/// let note = Note::of_store(AuditAction::Restore, None, "{}".to_owned());
/// assert_eq!(note.key_id, None);
/// ```
#[derive(Debug)]
pub struct Note {
    /// What was done.
    pub action: AuditAction,
    /// The key, if it is of one.
    pub key_id: Option<KeyId>,
    /// The client, if it is of one.
    pub client_id: Option<ClientId>,
    /// The state before, as JSON.
    pub before: Option<String>,
    /// The state after, as JSON.
    pub after: String,
    /// What the key is verified by, if it is of one.
    pub proof: Option<KeyProof>,
}

impl Note {
    /// Of a key.
    pub fn of_key(
        action: AuditAction,
        before: Option<&KeyRecord>,
        after: &KeyRecord,
        proof: &KeyProof,
    ) -> Self {
        Self {
            action,
            key_id: Some(after.id.clone()),
            client_id: after.client().cloned(),
            before: before.map(json),
            after: json(after),
            proof: Some(proof.clone()),
        }
    }

    /// Of no key.
    pub fn of_store(action: AuditAction, before: Option<String>, after: String) -> Self {
        Self {
            action,
            key_id: None,
            client_id: None,
            before,
            after,
            proof: None,
        }
    }

    fn key_text(&self) -> Vec<u8> {
        let (key_id, client_id) = (self.key_id.as_ref(), self.client_id.as_ref());
        key_text(key_id, client_id, self.proof.as_ref(), &self.after)
    }
}

/// What the seal of a key is taken over: what it is verified by, and the state that an entry tells.
pub(crate) fn key_text(
    id: Option<&KeyId>,
    client: Option<&ClientId>,
    proof: Option<&KeyProof>,
    state: &str,
) -> Vec<u8> {
    let hash = proof.and_then(KeyProof::hash).map(|hash| hash.as_phc());
    let fingerprint = proof.and_then(KeyProof::fingerprint);
    let fingerprint = fingerprint.map(Fingerprint::to_bytes);
    let text = serde_json::json!([id, client, hash, fingerprint, state]);
    text.to_string().into_bytes()
}

impl AuditEntry {
    /// The entry after `head`, sealed.
    pub(crate) fn next(
        head: &Head,
        hasher: &KeyHasher,
        at: OffsetDateTime,
        actor: &Actor,
        note: Note,
    ) -> Self {
        let key_seal = hasher.seal(SealPurpose::Key, &note.key_text());
        let mut entry = Self {
            sequence: head.sequence + 1,
            at,
            actor: actor.clone(),
            action: note.action,
            key_id: note.key_id,
            client_id: note.client_id,
            before: note.before,
            after: note.after,
            key_seal: Some(key_seal),
            seal: key_seal,
        };
        let text = entry.sealed_text(head.seal.as_ref());
        entry.seal = hasher.seal(SealPurpose::Entry, &text);
        entry
    }

    /// The end of a trail whose last entry this is.
    pub fn head(&self) -> Head {
        Head {
            sequence: self.sequence,
            seal: Some(self.seal),
        }
    }

    /// Whether what verifies the key is not what this entry has sealed.
    pub fn is_contradicted_by(&self, hasher: &KeyHasher, proof: &KeyProof) -> bool {
        let (id, client) = (self.key_id.as_ref(), self.client_id.as_ref());
        let text = key_text(id, client, Some(proof), &self.after);
        self.key_seal.is_some_and(|seal| {
            hasher.check_seal(SealPurpose::Key, &text, &seal) == SealCheck::Broken
        })
    }

    pub(crate) fn sealed_text(&self, before: Option<&Seal>) -> Vec<u8> {
        let milliseconds = self.at.unix_timestamp_nanos() / 1_000_000;
        let mut text = serde_json::json!([
            before.map(Seal::to_string),
            self.sequence,
            i64::try_from(milliseconds).unwrap_or(i64::MAX),
            self.actor.name(),
            self.action,
            self.key_id,
            self.client_id,
            self.before,
            self.after,
        ]);
        // Entries of programs that did not seal keys yet end here.
        if let (Some(seal), Some(parts)) = (self.key_seal, text.as_array_mut()) {
            parts.push(seal.to_string().into());
        }
        // And those of programs that recorded the name of an actor alone, here.
        if let (Some(origin), Some(parts)) = (self.actor.sealed_origin(), text.as_array_mut()) {
            parts.push(origin);
        }
        text.to_string().into_bytes()
    }
}

/// What cannot be read as JSON any more, because somebody altered it, is shown as text.
fn as_json<S: Serializer>(state: &str, to: S) -> Result<S::Ok, S::Error> {
    match serde_json::from_str::<&RawValue>(state) {
        Ok(json) => json.serialize(to),
        Err(_) => state.serialize(to),
    }
}

fn option_as_json<S: Serializer>(state: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
    match state {
        Some(state) => as_json(state, to),
        None => to.serialize_none(),
    }
}

fn as_text<S: Serializer>(seal: &Seal, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(seal)
}

fn option_as_text<S: Serializer>(seal: &Option<Seal>, to: S) -> Result<S::Ok, S::Error> {
    match seal {
        Some(seal) => to.collect_str(seal),
        None => to.serialize_none(),
    }
}
