use crate::{Allowances, authenticator::Admitted, cached_key::CachedKey};
use central_logger_key_store::KeyRecord;
use central_logger_keys::{KeyEnvironment, KeyId, Scopes};
use std::{fmt, sync::Arc};
use time::OffsetDateTime;

/// A program of the provider that is calling: proof that a key of the provider was verified. Only an
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
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
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
    key: Arc<CachedKey>,
    allowances: Allowances,
}

impl ProviderPrincipal {
    pub(crate) fn new(key: Arc<CachedKey>, allowances: Allowances) -> Self {
        Self { key, allowances }
    }

    /// Which of the provider's keys was used.
    pub fn key_id(&self) -> &KeyId {
        &self.key.record.id
    }

    /// What is known about the key.
    pub fn record(&self) -> &KeyRecord {
        &self.key.record
    }

    /// What the key allows.
    pub fn scopes(&self) -> &Scopes {
        &self.key.record.scopes
    }

    /// The label of the key.
    pub fn environment(&self) -> KeyEnvironment {
        self.key.record.environment
    }

    /// What the limits leave.
    pub fn allowances(&self) -> &Allowances {
        &self.allowances
    }

    /// When the key ends, if it does.
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        self.key.record.ends_at()
    }
}

impl Admitted for ProviderPrincipal {
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
