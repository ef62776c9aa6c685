//! The part of the audit trail that a client may see.

use crate::{OperationError, Operations};
use central_logger_key_store::{ActorKind, AuditAction, AuditEntry, Via};
use central_logger_keys::{ClientId, KeyId, KeyOwner};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Members of states that tell of keys that are not the client's, or how the provider arranges things.
const NOT_FOR_CLIENTS: [&str; 3] = ["made_by", "provider_set", "shared_rates"];

/// An entry of the audit trail, as its client may see it: people and keys of the provider have no names, and
/// neither its place in the trail nor its seal tells how much others do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnAuditEntry {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who.
    pub actor: OwnAuditActor,
    /// From which network, if it was the client itself.
    pub network: Option<String>,
    /// Over which way.
    pub via: Option<&'static str>,
    /// What.
    pub action: AuditAction,
    /// To which key, if it was one.
    pub key_id: Option<KeyId>,
    /// The client.
    pub client_id: Option<ClientId>,
    /// What was before.
    pub before: Option<Value>,
    /// What is after it.
    pub after: Value,
}

/// Who did something to a key of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnAuditActor {
    /// `key`, `session`, `server`, or `provider`.
    pub kind: &'static str,
    /// The id of the client's own key or session.
    pub id: Option<String>,
    /// The name of the client's own key or person.
    pub name: Option<String>,
}

/// Entries of the audit trail about one client, in order.
#[derive(Debug, Serialize)]
pub struct OwnAuditEntries {
    /// The entries.
    pub entries: Vec<OwnAuditEntry>,
    /// How many entries there are until here, if there are more.
    pub next_cursor: Option<String>,
}

impl Operations {
    /// Returns the entries about the keys and sessions of the calling client after the first `after`, at most
    /// `limit` of them.
    ///
    /// # Errors
    /// When the caller is no client, or a store fails.
    pub async fn own_audit(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<OwnAuditEntries, OperationError> {
        let client = self.caller.check_client()?;
        let mut entries = self.keyring.audit_of(client, after, limit + 1).await?;
        let has_more = entries.len() > limit;
        entries.truncate(limit);
        let next = after + entries.len() as u64;
        let own = self.own_sessions(client, &entries).await?;
        let entries = entries.into_iter().map(|entry| shown(entry, &own));
        Ok(OwnAuditEntries {
            entries: entries.collect(),
            next_cursor: has_more.then(|| next.to_string()),
        })
    }

    /// Tells sessions of the client from others. Of those that have ended nothing is known.
    async fn own_sessions(
        &self,
        client: &ClientId,
        entries: &[AuditEntry],
    ) -> Result<BTreeMap<String, bool>, OperationError> {
        let owner = KeyOwner::from(client.clone());
        let mut own = BTreeMap::new();
        for entry in entries {
            let id = entry.actor.id().unwrap_or_default();
            if entry.actor.kind() != Some(ActorKind::Session) || own.contains_key(id) {
                continue;
            }
            let is_own = match id.parse::<KeyId>() {
                Ok(key) => {
                    let session = self.stores.sessions.find_by_id(&key).await?;
                    session.is_some_and(|session| session.owner == owner)
                }
                Err(_) => false,
            };
            own.insert(id.to_owned(), is_own);
        }
        Ok(own)
    }
}

fn shown(entry: AuditEntry, own_sessions: &BTreeMap<String, bool>) -> OwnAuditEntry {
    let by = &entry.actor;
    let is_own = match by.kind() {
        Some(ActorKind::Key) => true,
        Some(ActorKind::Session) => {
            let id = by.id().unwrap_or_default();
            entry.action == AuditAction::SignIn || own_sessions.get(id) == Some(&true)
        }
        _ => false,
    };
    let own = |text: Option<&str>| text.filter(|_| is_own).map(str::to_owned);
    OwnAuditEntry {
        at: entry.at,
        actor: OwnAuditActor {
            kind: match by.kind() {
                Some(kind @ (ActorKind::Key | ActorKind::Session | ActorKind::Server)) => {
                    kind.as_str()
                }
                _ => "provider",
            },
            id: own(by.id()),
            name: own(Some(by.name())),
        },
        network: own(by.network()),
        via: by.via().map(Via::as_str),
        before: entry.before.map(|before| for_client(&before, entry.action)),
        after: for_client(&entry.after, entry.action),
        action: entry.action,
        key_id: entry.key_id,
        client_id: entry.client_id,
    }
}

fn for_client(state: &str, action: AuditAction) -> Value {
    let mut state: Value = serde_json::from_str(state).unwrap_or_default();
    if let Some(members) = state.as_object_mut() {
        members.retain(|name, _| !NOT_FOR_CLIENTS.contains(&name.as_str()));
        if action.is_of_sessions() {
            // It may be a key of the provider.
            members.remove("key_id");
        }
    }
    state
}
