//! Requests under a session. The store is asked about each, so that an ended session is refused from the
//! commit on; the key that a session came from is looked at as any key is.

use crate::{
    Authenticator, PresentedCredential, Refusal, VerificationRequest,
    admitted::{Admitted, Grant},
    cached_key::CachedKey,
    events::AuthEvent,
};
use central_logger_key_store::{KeyProof, KeyRecord, KeyStatus, KeyStoreError, NewKey, StoredKey};
use central_logger_keys::{KeyDigest, KeyOwner, Scope, Scopes};
use central_logger_sessions::{Session, SessionStoreError, SessionToken};
use central_logger_text::Report;
use std::sync::Arc;
use time::OffsetDateTime;

/// What a session allows.
struct Rights {
    /// The rights as the record of a key, so that sessions are treated as keys are.
    key: Arc<CachedKey>,
    /// The key in whose limits its requests count.
    counted: Arc<CachedKey>,
}

impl Authenticator {
    /// Judges a request with the token of a session.
    pub(crate) async fn judge_session<P: Admitted>(
        &self,
        request: VerificationRequest<'_>,
    ) -> Result<P, Refusal> {
        let mut known = None;
        let outcome = self.admit_session::<P>(&request, &mut known).await;
        let key = known.as_ref().map(|key| &key.record);
        self.tell(&AuthEvent {
            at: self.clock.now(),
            address: request.origin.nearest(),
            claimed_id: key.map(|key| &key.id),
            key,
            outcome: outcome.as_ref().map(drop),
        });
        outcome
    }

    async fn admit_session<P: Admitted>(
        &self,
        request: &VerificationRequest<'_>,
        known: &mut Option<Arc<CachedKey>>,
    ) -> Result<P, Refusal> {
        let session = self.live_session(request.presented).await?;
        let rights = self.rights(&session).await?;
        let key = known.insert(rights.key);
        let (owner, allowances) = self.admit::<P>(key, &rights.counted, request).await?;
        self.touch(&session).await;
        let grant = Grant {
            key: Arc::clone(key),
            allowances,
            session: Some(Arc::new(session)),
        };
        Ok(P::admitted(grant, owner))
    }

    async fn live_session(&self, presented: PresentedCredential<'_>) -> Result<Session, Refusal> {
        let (PresentedCredential::Key(token), Some(store)) = (presented, &self.sessions) else {
            return Err(Refusal::SessionEnded);
        };
        let token = str::from_utf8(token).ok();
        let token = token.and_then(|token| token.parse::<SessionToken>().ok());
        let token = token.ok_or(Refusal::SessionEnded)?;
        let found = store.find(&token.hash()).await;
        let found = found.map_err(|error| Refusal::Store(unavailable(error)))?;
        let is_live = |session: &Session| session.is_live(self.clock.now());
        found.filter(is_live).ok_or(Refusal::SessionEnded)
    }

    /// What a session allows now, as its key and its client's quota have it.
    async fn rights(&self, session: &Session) -> Result<Rights, Refusal> {
        let key = self
            .key_of(session)
            .await
            .map_err(|error| match error.into() {
                Refusal::Invalid(_) => Refusal::SessionEnded,
                refusal => refusal,
            })?;
        match key {
            KeyOfSession::Ended => Err(Refusal::SessionEnded),
            KeyOfSession::Own(key) => Ok(Rights {
                key: rights_within(session, &key.record),
                counted: key,
            }),
            KeyOfSession::None => {
                let key = self.rights_beside_keys(session).await?;
                Ok(Rights {
                    counted: Arc::clone(&key),
                    key,
                })
            }
        }
    }

    /// The key that a session came from, if it is one of its owner.
    async fn key_of(&self, session: &Session) -> Result<KeyOfSession, KeyStoreError> {
        let Some(id) = &session.key_id else {
            return Ok(KeyOfSession::None);
        };
        for source in &self.sources {
            let Some(key) = source.held(id, &*self.clock).await? else {
                continue;
            };
            let record = &key.record;
            return Ok(match record.status(self.clock.now()) {
                KeyStatus::Active if record.owner == session.owner => KeyOfSession::Own(key),
                // By a link that the provider's key has made for a client.
                KeyStatus::Active if record.owner == KeyOwner::Provider => KeyOfSession::None,
                _ => KeyOfSession::Ended,
            });
        }
        Ok(KeyOfSession::Ended)
    }

    /// The rights of a session that came from none of its owner's keys.
    async fn rights_beside_keys(&self, session: &Session) -> Result<Arc<CachedKey>, KeyStoreError> {
        let mut record = match &session.owner {
            KeyOwner::Client(client) => NewKey::for_client(client.clone()),
            KeyOwner::Provider => NewKey::for_provider(),
        }
        .into_record(session.id.clone(), session.created_at);
        if let (Some(client), Some(source)) = (session.owner.client(), self.sources.first()) {
            record.quota = source.store.client_quota(client).await?;
        }
        record.scopes = session.scopes.clone();
        record.expires_at = Some(session.ends_at);
        Ok(rights_as(session, record))
    }

    async fn touch(&self, session: &Session) {
        let now = self.clock.now();
        let (Some(end), Some(store)) = (session.prolonged(now), &self.sessions) else {
            return;
        };
        if let Err(error) = store.touch(&session.id, now, end).await {
            tracing::warn!(error = %Report(&error), "the last use of a session is not written down");
        }
    }

    /// Whether a session of earlier has not ended and allows what is required. It does not count as a use.
    pub(crate) async fn is_session_still_good(
        &self,
        session: &Session,
        required: Option<Scope>,
    ) -> Result<bool, KeyStoreError> {
        let Some(store) = &self.sessions else {
            return Ok(false);
        };
        let found = store.find_by_id(&session.id).await.map_err(unavailable)?;
        let Some(session) = found.filter(|session| session.is_live(self.clock.now())) else {
            return Ok(false);
        };
        let allows = |scopes: &Scopes| required.as_ref().is_none_or(|scope| scopes.contains(scope));
        Ok(match self.key_of(&session).await? {
            KeyOfSession::Ended => false,
            KeyOfSession::None => allows(&session.scopes),
            KeyOfSession::Own(key) => allows(&session.scopes) && allows(&key.record.scopes),
        })
    }
}

enum KeyOfSession {
    /// The session came from a key that is not good any more.
    Ended,
    /// A good key of the same owner.
    Own(Arc<CachedKey>),
    /// None, or a good one of the provider for somebody of a client.
    None,
}

/// The rights of a session within those of its key.
fn rights_within(session: &Session, key: &KeyRecord) -> Arc<CachedKey> {
    let scopes = session.scopes.iter();
    let scopes = scopes.filter(|scope| key.scopes.contains(scope));
    let ends_at = earlier(session.ends_at, key.ends_at());
    let record = KeyRecord {
        scopes: scopes.cloned().collect(),
        expires_at: Some(ends_at),
        ..key.clone()
    };
    rights_as(session, record)
}

fn earlier(one: OffsetDateTime, other: Option<OffsetDateTime>) -> OffsetDateTime {
    other.map_or(one, |other| one.min(other))
}

/// Nothing that is presented can be its key.
fn rights_as(session: &Session, record: KeyRecord) -> Arc<CachedKey> {
    let digest = KeyDigest::of(session.id.as_str().as_bytes());
    let proof = KeyProof::Static { digest };
    CachedKey::new(StoredKey { record, proof })
}

fn unavailable(error: SessionStoreError) -> KeyStoreError {
    match error {
        SessionStoreError::Unavailable(error) => KeyStoreError::Unavailable(error),
        error => KeyStoreError::Failed(Box::new(error)),
    }
}
