use super::SessionOperations;
use crate::OperationError;
use central_logger_key_store::AuditAction;
use central_logger_keys::{KeyId, KeyOwner};
use central_logger_sessions::Ended;
use serde::Serialize;
use serde_json::json;

/// Sessions that were ended.
#[derive(Debug, Serialize)]
pub struct EndedSessions {
    /// The ids of the sessions.
    pub ended: Vec<KeyId>,
    /// How many links were withdrawn before anybody used them.
    pub links: usize,
    /// How long all servers took to apply it: they ask about each request under a session.
    pub waited_ms: u64,
}

impl SessionOperations {
    /// Ends a session. No server accepts a request under it any more.
    ///
    /// # Errors
    /// When there is no such session, or the store fails.
    pub async fn end(&self, id: &KeyId) -> Result<EndedSessions, OperationError> {
        let ended = self.store.end(id).await?;
        let session = ended.ok_or_else(|| OperationError::UnknownSession(id.clone()))?;
        let sessions = vec![session.id];
        self.record_end(&session.owner, Ended { sessions, links: 0 })
            .await
    }

    /// Ends all sessions of an owner and withdraws its links.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn end_all(&self, owner: &KeyOwner) -> Result<EndedSessions, OperationError> {
        let ended = self.store.end_all(owner).await?;
        self.record_end(owner, ended).await
    }

    /// Ends the sessions that came from a key of `owner`.
    pub(crate) async fn end_of_key(
        &self,
        owner: &KeyOwner,
        key: &KeyId,
    ) -> Result<(), OperationError> {
        let listed = self.store.list(Some(owner), self.clock.now()).await?;
        let of_key = listed
            .iter()
            .filter(|session| session.key_id.as_ref() == Some(key));
        let mut sessions = Vec::new();
        for session in of_key {
            sessions.extend(self.store.end(&session.id).await?.map(|ended| ended.id));
        }
        let ended = Ended { sessions, links: 0 };
        self.record_end(owner, ended).await.map(drop)
    }

    async fn record_end(
        &self,
        owner: &KeyOwner,
        ended: Ended,
    ) -> Result<EndedSessions, OperationError> {
        if !ended.is_nothing() {
            let what = json!({"sessions": ended.sessions, "links": ended.links});
            self.record(AuditAction::SignOut, owner, &what).await?;
        }
        Ok(EndedSessions {
            ended: ended.sessions,
            links: ended.links,
            waited_ms: 0,
        })
    }
}
