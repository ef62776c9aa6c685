use crate::paging::CreationPlace;
use central_logger_keys::{ClientId, KeyId, KeyOwner, Scopes};
use central_logger_sessions::Session;
use central_logger_text::PlainText;
use serde::Serialize;
use time::OffsetDateTime;

/// What is shown of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionView {
    /// The public id.
    pub session_id: KeyId,
    /// The client, or `None` for the provider.
    pub client_id: Option<ClientId>,
    /// Who it is.
    pub name: Option<String>,
    /// What the session allows, as far as its key does.
    pub scopes: Scopes,
    /// The key with which it ends.
    pub key_id: Option<KeyId>,
    /// Whether a person of the provider has begun it, to see what the client sees.
    pub by_provider: bool,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last used, up to a minute late.
    #[serde(with = "time::serde::rfc3339")]
    pub last_used_at: OffsetDateTime,
    /// When it ends, unless it is used before.
    #[serde(with = "time::serde::rfc3339")]
    pub idle_ends_at: OffsetDateTime,
    /// When it ends in any case.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

/// Sessions, the oldest first.
#[derive(Debug, Serialize)]
pub struct SessionList {
    /// The sessions.
    pub sessions: Vec<SessionView>,
}

/// A page of sessions, the oldest first.
#[derive(Debug, Serialize)]
pub struct SessionPage {
    /// The sessions.
    pub sessions: Vec<SessionView>,
    /// What to ask for to get the next page, if there is one.
    pub next_cursor: Option<CreationPlace>,
}

impl SessionView {
    /// Returns for whom the person acts.
    pub fn owner(&self) -> KeyOwner {
        match &self.client_id {
            Some(client) => client.clone().into(),
            None => KeyOwner::Provider,
        }
    }
}

impl From<Session> for SessionView {
    fn from(session: Session) -> Self {
        Self {
            session_id: session.id,
            client_id: session.owner.client().cloned(),
            name: session.name.map(|name| PlainText::as_str(&name).to_owned()),
            scopes: session.scopes,
            key_id: session.key_id,
            by_provider: session.by_provider,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            idle_ends_at: session.idle_ends_at,
            expires_at: session.ends_at,
        }
    }
}
