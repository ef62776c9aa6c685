use crate::{
    Allowances, Refusal,
    admitted::{Admitted, Grant},
};
use central_logger_key_store::{Actor, ActorKind, KeyRecord};
use central_logger_keys::{KeyEnvironment, KeyId, KeyOwner, Scopes};
use central_logger_sessions::Session;
use std::fmt;
use time::OffsetDateTime;

/// A program of the provider that is calling: proof that a key of the provider was verified, or a
/// session of the provider found. Only an
/// [`Authenticator`](crate::Authenticator) can make one.
///
/// It has no client, so what is done for a client cannot be done for it.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Authenticator, Origin, PresentedCredential, VerificationRequest};
/// use central_logger_key_store::NewKey;
/// use central_logger_keys::Scope;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// let issued = keyring.issue(&Default::default(), NewKey::for_provider()).await?;
/// let request = VerificationRequest {
///     presented: PresentedCredential::Key(issued.api_key.expose_secret().as_bytes()),
///     origin: Origin::Unknown,
///     required: Some(Scope::PROVIDER_READ),
/// };
/// let authenticator = Authenticator::new(store);
/// let program = authenticator.authenticate_provider(request.clone()).await?;
/// assert_eq!(program.key_id(), &issued.record.id);
/// assert!(authenticator.authenticate(request).await.is_err(), "it is no client");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ProviderPrincipal {
    grant: Grant,
}

impl ProviderPrincipal {
    /// Which of the provider's keys was used, or the session came from; of a session that came from none, the
    /// id of the session.
    pub fn key_id(&self) -> &KeyId {
        &self.grant.key.record.id
    }

    /// The session, if no key was presented.
    pub fn session(&self) -> Option<&Session> {
        self.grant.session.as_deref()
    }

    /// Who it is, for the audit trail: the key, or the person who has signed in.
    pub fn actor(&self) -> Actor {
        self.grant.actor(ActorKind::ProviderKey)
    }

    /// What is known about the key.
    pub fn record(&self) -> &KeyRecord {
        &self.grant.key.record
    }

    /// What the key allows.
    pub fn scopes(&self) -> &Scopes {
        &self.grant.key.record.scopes
    }

    /// The label of the key.
    pub fn environment(&self) -> KeyEnvironment {
        self.grant.key.record.environment
    }

    /// What the limits leave.
    pub fn allowances(&self) -> &Allowances {
        &self.grant.allowances
    }

    /// When the key ends, if it does.
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        self.grant.key.record.ends_at()
    }
}

impl Admitted for ProviderPrincipal {
    type Owner = ();

    fn owner(record: &KeyRecord) -> Result<(), Refusal> {
        match record.owner {
            KeyOwner::Provider => Ok(()),
            KeyOwner::Client(_) => Err(Refusal::ClientKey),
        }
    }

    fn admitted(grant: Grant, (): ()) -> Self {
        Self { grant }
    }

    fn key_record(&self) -> &KeyRecord {
        self.record()
    }
}

impl fmt::Debug for ProviderPrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderPrincipal")
            .field("key_id", self.key_id())
            .finish_non_exhaustive()
    }
}
