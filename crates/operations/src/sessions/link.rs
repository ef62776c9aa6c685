use super::{SessionOperations, repeats::naming};
use crate::OperationError;
use central_logger_key_store::{AuditAction, KeyStatus, authority::Denied};
use central_logger_keyring::KeyringError;
use central_logger_keys::{KeyId, KeyOwner, Scope, Scopes};
use central_logger_sessions::{LinkToken, SignInLink};
use central_logger_text::PlainText;
use serde::Serialize;
use serde_json::json;
use time::{Duration, OffsetDateTime};

/// A sign-in link that is to be made.
#[derive(Debug, Clone)]
pub struct NewSignInLink {
    /// For whom the person will act.
    pub owner: KeyOwner,
    /// Who it is for.
    pub name: Option<PlainText>,
    /// What the session will allow; without any, to read: logs, or what the provider may read.
    pub scopes: Option<Scopes>,
    /// Whether a person of the provider uses it, to see what the client sees.
    pub by_provider: bool,
    /// How long the link is good; a quarter of an hour unless told otherwise.
    pub valid: Option<Duration>,
}

/// Who makes a link over HTTP: a key, or a person who has signed in.
#[derive(Debug, Clone, Copy)]
pub struct LinkMaker<'a> {
    /// The owner of the key or of the session.
    pub owner: &'a KeyOwner,
    /// What the key or the session allows.
    pub scopes: &'a Scopes,
    /// The key, or the one that the session came from.
    pub key_id: Option<&'a KeyId>,
}

/// A sign-in link that was made. The URL is shown this once.
#[derive(Debug, Serialize)]
pub struct MadeLink {
    /// The address that the person opens.
    pub url: String,
    /// The time from which the link is refused.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

impl NewSignInLink {
    /// How long a link is good unless told otherwise.
    pub const VALID: Duration = Duration::minutes(15);
    /// How long it may be good at most.
    pub const VALID_AT_MOST: Duration = Duration::DAY;
    /// How long a name may be, in characters.
    pub const NAME_AT_MOST: usize = 128;

    /// A link for somebody of this owner.
    pub fn for_owner(owner: KeyOwner) -> Self {
        Self {
            owner,
            name: None,
            scopes: None,
            by_provider: false,
            valid: None,
        }
    }

    fn scopes(&self) -> Result<Scopes, OperationError> {
        let reading = || match self.owner {
            KeyOwner::Client(_) => Scopes::from(vec![Scope::LOGS_READ]),
            KeyOwner::Provider => Scopes::from(vec![Scope::PROVIDER_READ]),
        };
        let scopes = self.scopes.clone().unwrap_or_else(reading);
        self.owner.check(&scopes).map_err(KeyringError::from)?;
        match scopes.is_empty() {
            true => Err(OperationError::InvalidLink("it needs a scope")),
            false => Ok(scopes),
        }
    }

    /// How long the link is good.
    ///
    /// # Errors
    /// When that is too short or too long.
    pub fn valid_for(&self) -> Result<Duration, OperationError> {
        match self.valid.unwrap_or(Self::VALID) {
            valid if valid > Duration::ZERO && valid <= Self::VALID_AT_MOST => Ok(valid),
            _ => Err(OperationError::InvalidLink(
                "it is valid for at least 1s and at most 24h",
            )),
        }
    }
}

impl SessionOperations {
    /// Makes a link by which a person signs in at `base_url`. It has no more scopes than a maker of the same
    /// owner, and ends with the maker's key.
    ///
    /// # Errors
    /// [`KeyringError::AlreadyDone`] when the link was made before, for the same request. When the owner or
    /// the maker cannot have one of the scopes, the name or the time is too long, the owner
    /// has too many sessions and links, or the store fails.
    pub async fn make_link(
        &self,
        new: NewSignInLink,
        by: Option<LinkMaker<'_>>,
        base_url: &str,
    ) -> Result<MadeLink, OperationError> {
        let (scopes, valid) = (new.scopes()?, new.valid_for()?);
        let own = by.filter(|maker| *maker.owner == new.owner);
        if let Some(scope) = own.and_then(|maker| scopes.first_beyond(maker.scopes)) {
            let message = format!("This needs the scope {scope}, which the link is to have");
            return Err(KeyringError::from(Denied::new("missing_scope", message)).into());
        }
        let length = |name: &PlainText| name.as_str().chars().count();
        if new.name.as_ref().map_or(0, length) > NewSignInLink::NAME_AT_MOST {
            return Err(OperationError::InvalidLink(
                "its name has at most 128 characters",
            ));
        }
        let receipt = self.new_receipt().await?;
        let (token, now) = (LinkToken::generate()?, self.clock.now());
        let link = SignInLink {
            id: KeyId::generate()?,
            owner: new.owner,
            name: new.name,
            scopes,
            key_id: by.and_then(|maker| maker.key_id.cloned()),
            by_provider: new.by_provider,
            created_at: now,
            valid_until: now + valid,
            used_at: None,
        };
        // First, so that there is no link that the trail does not tell of.
        let what = json!({
            "link_id": link.id, "name": link.name.as_ref().map(PlainText::as_str),
            "scopes": link.scopes, "key_id": link.key_id, "by_provider": link.by_provider,
        });
        self.record(AuditAction::Link, &link.owner, &what).await?;
        let receipt = receipt.map(|receipt| naming(receipt, &link.id));
        let hash = token.hash();
        let added = self.store.add_link(&link, &hash, receipt.as_ref()).await;
        self.once(added).await?;
        Ok(MadeLink {
            url: format!("{base_url}/sign-in/{}", token.expose_secret()),
            expires_at: link.valid_until,
        })
    }

    /// Whether a link is good, without using it up. One whose key has ended is not.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_good(&self, token: &LinkToken) -> Result<bool, OperationError> {
        let now = self.clock.now();
        let found = self.store.find_link(&token.hash()).await?;
        let Some(link) = found.filter(|link| link.is_good(now)) else {
            return Ok(false);
        };
        let Some(key) = &link.key_id else {
            return Ok(true);
        };
        match self.keyring.show(key).await {
            Ok(key) => Ok(key.status(now) == KeyStatus::Active),
            Err(KeyringError::UnknownKey(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
