use super::{SessionOperations, SessionView, repeats::naming};
use crate::OperationError;
use central_logger_key_store::{
    Actor, ActorKind, AuditAction, KeyRecord, KeyStatus, TransitionError,
};
use central_logger_keyring::KeyringError;
use central_logger_keys::KeyId;
use central_logger_sessions::{LinkToken, Redemption, Session, SessionLengths, SessionToken};
use central_logger_text::PlainText;
use serde_json::{Value, json};

/// A session that has begun, and its token, for the cookie alone.
#[derive(Debug)]
pub struct Begun {
    /// The session.
    pub session: SessionView,
    /// What the browser is to show.
    pub token: SessionToken,
}

impl SessionOperations {
    /// Begins a session with the rights of a key, which was verified, and for no longer than it lasts.
    ///
    /// # Errors
    /// [`KeyringError::AlreadyDone`] with the id of the session when it was begun before, for the same request.
    /// [`TransitionError::Disabled`] when the key was disabled meanwhile. When the owner has too many sessions, or
    /// the store fails.
    pub async fn begin(
        &self,
        key: &KeyRecord,
        lengths: SessionLengths,
    ) -> Result<Begun, OperationError> {
        let receipt = self.new_receipt().await?;
        let (token, now) = (SessionToken::generate()?, self.clock.now());
        let (owner, scopes) = (key.owner.clone(), key.scopes.clone());
        let name = key.name.as_deref().and_then(|name| name.parse().ok());
        let mut session = Session::beginning(KeyId::generate()?, owner, scopes, now, lengths);
        (session.name, session.key_id) = (name, Some(key.id.clone()));
        session.ends_at = key
            .ends_at()
            .map_or(session.ends_at, |end| end.min(session.ends_at));
        // First, so that there is no session that the trail does not tell of.
        let what = told(&session);
        self.record(AuditAction::SignIn, &session.owner, &what)
            .await?;
        let receipt = receipt.map(|receipt| naming(receipt, &session.id));
        let added = self
            .store
            .add(&session, &token.hash(), receipt.as_ref())
            .await;
        self.once(added).await?;
        self.end_if_disabled(&session, &key.id).await?;
        let session = session.into();
        Ok(Begun { session, token })
    }

    /// Ends a session of a key that was disabled while the session began: the others were ended before.
    async fn end_if_disabled(&self, session: &Session, key: &KeyId) -> Result<(), OperationError> {
        let is_disabled = match self.keyring.show(key).await {
            Ok(key) => key.status(self.clock.now()) == KeyStatus::Disabled,
            // A static key is not stored.
            Err(KeyringError::UnknownKey(_)) => false,
            Err(error) => return Err(error.into()),
        };
        if !is_disabled {
            return Ok(());
        }
        match self.end(&session.id).await {
            // Who has disabled the key may have ended it, too.
            Ok(_) | Err(OperationError::UnknownSession(_)) => {}
            Err(error) => return Err(error),
        }
        Err(KeyringError::Transition(TransitionError::Disabled(key.clone())).into())
    }

    /// Uses a link up for a session; nothing if the link is not good any more. Of any number that come at
    /// once, one gets the session. The audit trail names the person, who came from `network`.
    ///
    /// # Errors
    /// When the store fails. Then there is no session, and the link may be used up.
    pub async fn redeem(
        &self,
        link: &LinkToken,
        lengths: SessionLengths,
        network: Option<&str>,
    ) -> Result<Option<Begun>, OperationError> {
        if !self.is_good(link).await? {
            return Ok(None);
        }
        let token = SessionToken::generate()?;
        let redemption = Redemption::new(link, &token, self.clock.now(), lengths)?;
        let Some(session) = self.store.redeem(&redemption).await? else {
            return Ok(None);
        };
        let (person, what) = (self.in_the_name_of(&session, network), told(&session));
        let recorded = person.record(AuditAction::SignIn, &session.owner, &what);
        if let Err(error) = recorded.await {
            self.store.end(&session.id).await?;
            return Err(error);
        }
        let session = session.into();
        Ok(Some(Begun { session, token }))
    }

    /// The same operations, of a person who has signed in.
    fn in_the_name_of(&self, session: &Session, network: Option<&str>) -> Self {
        let name = session.name.as_ref().map_or("", PlainText::as_str);
        let mut actor = Actor::of(ActorKind::Session, Some(session.id.as_str()), name);
        if let Some(network) = network {
            actor = actor.from_network(network);
        }
        Self {
            keyring: self.keyring.clone().in_the_name_of(actor),
            ..self.clone()
        }
    }
}

/// What the audit trail tells of a session.
fn told(session: &Session) -> Value {
    json!({
        "session_id": session.id, "name": session.name.as_ref().map(PlainText::as_str),
        "scopes": session.scopes, "key_id": session.key_id, "by_provider": session.by_provider,
    })
}
