//! The part of the audit trail that a client may see.

use crate::{OperationError, Operations};
use central_logger_key_store::{ActorKind, AuditAction, AuditEntry, Via};
use central_logger_keys::{ClientId, KeyId};
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeSet, mem};
use time::OffsetDateTime;

/// Members of states that tell of keys that are not the client's, or how the provider arranges things.
const NOT_FOR_CLIENTS: [&str; 3] = ["made_by", "provider_set", "shared_rates"];

/// How many entries before a page are looked through for where sessions have begun.
const LOOKED_THROUGH: u64 = 1000;

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
        let own = self.own_sessions(client, after, &entries).await?;
        let entries = entries.into_iter().map(|entry| shown(entry, &own));
        Ok(OwnAuditEntries {
            entries: entries.collect(),
            next_cursor: has_more.then(|| next.to_string()),
        })
    }

    /// The ids of sessions of people of the client, among those that have made these entries. Those that have ended
    /// are known by where they have begun in the client's part of the trail, if that is not far before: what
    /// cannot be told to be the client's own may be the provider's.
    async fn own_sessions(
        &self,
        client: &ClientId,
        after: u64,
        entries: &[AuditEntry],
    ) -> Result<BTreeSet<String>, OperationError> {
        let mut begun = Beginnings::sought_by(entries);
        begun.look_in(entries);
        for id in mem::take(&mut begun.sought) {
            let kept = match id.parse::<KeyId>() {
                Ok(session) => self.stores.sessions.find_by_id(&session).await?,
                Err(_) => None,
            };
            match kept {
                None => begun.sought.insert(id),
                Some(session) if session.owner.client() == Some(client) && !session.by_provider => {
                    begun.own.insert(id)
                }
                Some(_) => continue,
            };
        }
        let start = after.saturating_sub(LOOKED_THROUGH);
        if !begun.sought.is_empty() && start < after {
            let count = usize::try_from(after - start).unwrap_or(usize::MAX);
            begun.look_in(&self.keyring.audit_of(client, start, count).await?);
        }
        Ok(begun.own)
    }
}

/// Where sessions have begun.
#[derive(Default)]
struct Beginnings {
    /// The ids of those that are not found yet.
    sought: BTreeSet<String>,
    /// The ids of those that people of the client have begun.
    own: BTreeSet<String>,
}

impl Beginnings {
    fn sought_by(entries: &[AuditEntry]) -> Self {
        let actors = entries.iter().map(|entry| &entry.actor);
        let sessions = actors.filter(|actor| actor.kind() == Some(ActorKind::Session));
        Self {
            sought: sessions
                .filter_map(|actor| actor.id().map(str::to_owned))
                .collect(),
            ..Self::default()
        }
    }

    fn look_in(&mut self, entries: &[AuditEntry]) {
        let sign_ins = entries
            .iter()
            .filter(|entry| entry.action == AuditAction::SignIn);
        for entry in sign_ins {
            let state: Value = serde_json::from_str(&entry.after).unwrap_or_default();
            let id = state["session_id"].as_str().unwrap_or_default();
            if self.sought.remove(id) && !may_be_of_provider(&state) {
                self.own.insert(id.to_owned());
            }
        }
    }
}

/// Whether a session or a link may be that of a person of the provider, who sees what the client sees.
fn may_be_of_provider(state: &Value) -> bool {
    // Older entries about sessions do not tell.
    state["by_provider"] != Value::Bool(false)
}

fn shown(entry: AuditEntry, own_sessions: &BTreeSet<String>) -> OwnAuditEntry {
    let by = &entry.actor;
    let kind = match by.kind() {
        Some(ActorKind::Session) if own_sessions.contains(by.id().unwrap_or_default()) => {
            ActorKind::Session.as_str()
        }
        Some(kind @ (ActorKind::Key | ActorKind::Server)) => kind.as_str(),
        _ => "provider",
    };
    let is_own = [ActorKind::Key, ActorKind::Session].map(ActorKind::as_str);
    let is_own = is_own.contains(&kind);
    let own = |text: Option<&str>| text.filter(|_| is_own).map(str::to_owned);
    OwnAuditEntry {
        at: entry.at,
        actor: OwnAuditActor {
            kind,
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
    let is_of_provider = may_be_of_provider(&state);
    if let Some(members) = state.as_object_mut() {
        members.retain(|name, _| !NOT_FOR_CLIENTS.contains(&name.as_str()));
        if action.is_of_sessions() {
            // It may be a key of the provider.
            members.remove("key_id");
        }
        if action.is_of_sessions() && is_of_provider {
            members.remove("name");
        }
    }
    state
}
