use crate::{Passphrase, RevealLinks};
use central_logger_key_store::{
    NewKey,
    reveal_link::{LinkedKey, RevealLink},
};
use central_logger_keyring::{KeyringError, Rotation};
use central_logger_keys::{ClientId, KeyId};
use central_logger_operations::{Change, OperationError};
use central_logger_sessions::LinkToken;
use serde::Serialize;
use std::fmt;
use time::{Duration, OffsetDateTime};

/// A reveal link that is to be made.
#[derive(Debug, Clone)]
pub struct NewRevealLink {
    /// What the key is to be.
    pub key: LinkedKey,
    /// How long the link is good; a day unless told otherwise.
    pub valid: Option<Duration>,
    /// What has to be said to get the key, if anything has to be.
    pub passphrase: Option<Passphrase>,
    /// The mail address that the link is sent to, if it is.
    pub mailed_to: Option<String>,
}

/// A reveal link that was made. The URL is shown this once.
#[derive(Serialize)]
pub struct MadeRevealLink {
    /// The public id.
    pub id: KeyId,
    /// The address that the client opens.
    pub url: String,
    /// The time from which the link is refused.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

impl NewRevealLink {
    /// How long a link is good unless told otherwise.
    pub const VALID: Duration = Duration::DAY;
    /// How long it may be good at most.
    pub const VALID_AT_MOST: Duration = Duration::days(30);

    /// A link to a new key.
    pub fn for_key(new: NewKey) -> Self {
        Self::of(LinkedKey::New(new))
    }

    /// A link to the successor of a key. The grace of the rotation begins when the successor is revealed;
    /// until then nothing is changed.
    pub fn for_successor(replaces: KeyId, rotation: Rotation) -> Self {
        Self::of(LinkedKey::Successor {
            replaces,
            grace: rotation.grace,
            expires_at: rotation.expires_at,
        })
    }

    fn of(key: LinkedKey) -> Self {
        Self {
            key,
            valid: None,
            passphrase: None,
            mailed_to: None,
        }
    }

    fn valid(&self) -> Result<Duration, OperationError> {
        match self.valid.unwrap_or(Self::VALID) {
            valid if valid > Duration::ZERO && valid <= Self::VALID_AT_MOST => Ok(valid),
            _ => Err(OperationError::InvalidRevealLink(
                "it is valid for at least 1s and at most 30d",
            )),
        }
    }

    fn expires_at(&self) -> Option<OffsetDateTime> {
        let (LinkedKey::New(NewKey { expires_at, .. }) | LinkedKey::Successor { expires_at, .. }) =
            &self.key;
        expires_at.map(Into::into)
    }
}

impl RevealLinks {
    /// Makes a link by which a client gets a key at `base_url`. There is no key before.
    ///
    /// # Errors
    /// When the caller may not make the key, the times do not fit, the key to be replaced is the provider's, is
    /// not active or was rotated already, or the store fails.
    pub async fn make(
        &self,
        new: NewRevealLink,
        base_url: &str,
    ) -> Result<Change<MadeRevealLink>, OperationError> {
        self.operations.check_provider_writes()?;
        let (valid, now) = (new.valid()?, self.operations.now());
        let (client, key_ends_at) = (self.client(&new.key).await?, new.expires_at());
        let (id, token) = (KeyId::generate()?, LinkToken::generate()?);
        let token_hash = token.hash().to_bytes();
        let mut link = RevealLink::new(id, client, new.key, token_hash, now, valid);
        link.mailed_to = new.mailed_to;
        // A key that has ended cannot be made.
        link.valid_until = key_ends_at.map_or(link.valid_until, |end| end.min(link.valid_until));
        if let Some(passphrase) = &new.passphrase {
            let hashes = self.operations.keyring().hashes();
            let hash = passphrase.hash(hashes, &token_hash).await;
            link.passphrase = Some(hash.map_err(KeyringError::from)?);
        }
        let added = self.operations.keyring().add_reveal_link(link).await?;
        let link = added.at_commit();
        Ok(self.operations.changed(MadeRevealLink {
            url: format!("{base_url}/reveal/{}", token.expose_secret()),
            id: link.id,
            expires_at: link.valid_until,
        }))
    }

    async fn client(&self, key: &LinkedKey) -> Result<ClientId, OperationError> {
        let no_client = OperationError::InvalidRevealLink("it is for a key of a client");
        let owner = match key {
            LinkedKey::New(new) => new.owner.clone(),
            LinkedKey::Successor { replaces, .. } => {
                self.operations.need_client_key(replaces).await?;
                self.operations.keyring().show(replaces).await?.owner
            }
        };
        owner.client().cloned().ok_or(no_client)
    }
}

/// Without the address.
impl fmt::Debug for MadeRevealLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeRevealLink")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
