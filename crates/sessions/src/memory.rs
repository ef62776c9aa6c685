use crate::{
    Ended, Receipt, Redemption, Session, SessionStore, SessionStoreError, SignInLink, TokenHash,
    store::MOST,
};
use async_trait::async_trait;
use central_logger_keys::{KeyId, KeyOwner};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// Sessions in the memory of this process.
///
/// # Examples
///
/// ```
/// use central_logger_sessions::{MemorySessions, SessionStore, SessionToken};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let nobody = SessionToken::generate()?;
/// assert_eq!(MemorySessions::new().find(&nobody.hash()).await?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct MemorySessions(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    links: HashMap<TokenHash, SignInLink>,
    sessions: HashMap<TokenHash, Session>,
    receipts: HashMap<String, Receipt>,
}

impl MemorySessions {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn need_room(&self, owner: &KeyOwner, now: OffsetDateTime) -> Result<(), SessionStoreError> {
        let sessions = self.sessions.values();
        let sessions = sessions.filter(|session| session.owner == *owner && session.is_live(now));
        let links = self.links.values();
        let links = links.filter(|link| link.owner == *owner && link.is_good(now));
        match sessions.count() + links.count() < MOST {
            true => Ok(()),
            false => Err(SessionStoreError::Full),
        }
    }

    fn keep(&mut self, receipt: Option<&Receipt>) -> Result<(), SessionStoreError> {
        let Some(receipt) = receipt else {
            return Ok(());
        };
        let known = self.receipts.get(&receipt.id);
        if known.is_some_and(|known| known.is_remembered(receipt.at)) {
            return Err(SessionStoreError::Repeated);
        }
        self.receipts.insert(receipt.id.clone(), receipt.clone());
        Ok(())
    }
}

#[async_trait]
impl SessionStore for MemorySessions {
    async fn add_link(
        &self,
        link: &SignInLink,
        token: &TokenHash,
        receipt: Option<&Receipt>,
    ) -> Result<(), SessionStoreError> {
        let mut kept = self.kept();
        kept.need_room(&link.owner, link.created_at)?;
        kept.keep(receipt)?;
        kept.links.insert(*token, link.clone());
        Ok(())
    }

    async fn receipt(&self, id: &str) -> Result<Option<Receipt>, SessionStoreError> {
        Ok(self.kept().receipts.get(id).cloned())
    }

    async fn find_link(&self, token: &TokenHash) -> Result<Option<SignInLink>, SessionStoreError> {
        Ok(self.kept().links.get(token).cloned())
    }

    async fn redeem(&self, redemption: &Redemption) -> Result<Option<Session>, SessionStoreError> {
        let mut kept = self.kept();
        let link = kept.links.get_mut(&redemption.link);
        let Some(link) = link.filter(|link| link.is_good(redemption.at)) else {
            return Ok(None);
        };
        link.used_at = Some(redemption.at);
        let session = redemption.session_of(link);
        kept.sessions.insert(redemption.session, session.clone());
        Ok(Some(session))
    }

    async fn add(
        &self,
        session: &Session,
        token: &TokenHash,
        receipt: Option<&Receipt>,
    ) -> Result<(), SessionStoreError> {
        let mut kept = self.kept();
        kept.need_room(&session.owner, session.created_at)?;
        kept.keep(receipt)?;
        kept.sessions.insert(*token, session.clone());
        Ok(())
    }

    async fn find(&self, token: &TokenHash) -> Result<Option<Session>, SessionStoreError> {
        Ok(self.kept().sessions.get(token).cloned())
    }

    async fn find_by_id(&self, id: &KeyId) -> Result<Option<Session>, SessionStoreError> {
        let kept = self.kept();
        let mut sessions = kept.sessions.values();
        Ok(sessions.find(|session| session.id == *id).cloned())
    }

    async fn touch(
        &self,
        id: &KeyId,
        at: OffsetDateTime,
        idle_ends_at: OffsetDateTime,
    ) -> Result<(), SessionStoreError> {
        let mut kept = self.kept();
        let mut sessions = kept.sessions.values_mut();
        let session = sessions.find(|session| session.id == *id && session.last_used_at < at);
        if let Some(session) = session {
            (session.last_used_at, session.idle_ends_at) = (at, idle_ends_at);
        }
        Ok(())
    }

    async fn list(
        &self,
        owner: Option<&KeyOwner>,
        now: OffsetDateTime,
    ) -> Result<Vec<Session>, SessionStoreError> {
        let kept = self.kept();
        let sessions = kept.sessions.values().filter(|session| {
            session.is_live(now) && owner.is_none_or(|owner| session.owner == *owner)
        });
        let mut sessions: Vec<_> = sessions.cloned().collect();
        sessions.sort_by(|one, other| {
            (one.created_at, one.id.as_str()).cmp(&(other.created_at, other.id.as_str()))
        });
        Ok(sessions)
    }

    async fn end(&self, id: &KeyId) -> Result<Option<Session>, SessionStoreError> {
        let mut kept = self.kept();
        let mut ended = kept.sessions.extract_if(|_, session| session.id == *id);
        Ok(ended.next().map(|(_, session)| session))
    }

    async fn end_all(&self, owner: &KeyOwner) -> Result<Ended, SessionStoreError> {
        let mut kept = self.kept();
        let links = kept.links.len();
        let is_kept = |link: &SignInLink| link.owner != *owner || link.used_at.is_some();
        kept.links.retain(|_, link| is_kept(link));
        let links = links - kept.links.len();
        let ended = kept
            .sessions
            .extract_if(|_, session| session.owner == *owner);
        let sessions = ended.map(|(_, session)| session.id).collect();
        Ok(Ended { sessions, links })
    }

    async fn purge(&self, before: OffsetDateTime) -> Result<(), SessionStoreError> {
        let mut kept = self.kept();
        kept.links.retain(|_, link| link.valid_until > before);
        kept.sessions.retain(|_, session| session.end() > before);
        Ok(())
    }
}
