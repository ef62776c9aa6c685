use crate::{
    Allowances, Refusal,
    admitted::{Admitted, Grant},
};
use central_logger_key_store::{Actor, ActorKind, KeyRecord, StoredKey, quota::Quota};
use central_logger_keys::{ClientId, KeyEnvironment, KeyId, Scopes};
use central_logger_sessions::Session;
use std::{any::Any, fmt};
use time::OffsetDateTime;

/// Who is calling: proof that a key was verified, or a session found. Only an
/// [`Authenticator`](crate::Authenticator) can make one.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Authenticator, Origin, PresentedCredential, Principal, VerificationRequest};
/// use central_logger_keys::Scope;
/// # use std::sync::Arc;
///
/// /// What only this client's own may see.
/// fn drawer(caller: &Principal) -> String {
///     format!("notes/{}", caller.client_id())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_static_keys::{ApiKeys, StaticKeys};
/// # use central_logger_times::{Clock as _, SystemClock};
/// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// # let store = StaticKeys::new(&keys, SystemClock.now());
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
/// # let presented = PresentedCredential::Key(b"xyz789_real_key");
/// # let request = VerificationRequest { presented, origin: Origin::Unknown, required: None };
/// # let principal = authenticator.authenticate(request).await?;
/// assert_eq!(drawer(&principal), "notes/acme_corp");
/// assert_eq!(principal.key_id().as_str(), "static-acme_corp");
/// assert!(principal.scopes().contains(&Scope::LOGS_READ));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Principal {
    grant: Grant,
    client: ClientId,
}

impl Principal {
    /// Whether this is the key that was verified, and still belongs to the same client.
    pub(crate) fn has_key(&self, held: &StoredKey) -> bool {
        self.grant.key.proof.is_of_same_key(&held.proof)
            && held.record.client() == Some(&self.client)
    }

    /// The client that the key belongs to: the tenant of all that the request does.
    pub fn client_id(&self) -> &ClientId {
        &self.client
    }

    /// The public id of the key, or of the key that the session came from; of a session that came from none
    /// of the client's keys, the id of the session.
    pub fn key_id(&self) -> &KeyId {
        &self.grant.key.record.id
    }

    /// The session, if no key was presented.
    pub fn session(&self) -> Option<&Session> {
        self.grant.session.as_deref()
    }

    /// Who it is, for the audit trail: the key, or the person who has signed in.
    pub fn actor(&self) -> Actor {
        self.grant.actor(ActorKind::Key)
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

    /// What all keys of the client together may do. The requests are counted already.
    pub fn quota(&self) -> Quota {
        self.grant.key.record.quota
    }

    /// What is left of the limits that the request is under, for its response.
    pub fn allowances(&self) -> &Allowances {
        &self.grant.allowances
    }

    /// Returns what the service keeps beside the key, made now if it is not there yet: something of the
    /// key that each request would otherwise make anew, such as the values of headers. It goes when the
    /// key is changed or is no longer in memory. Returns `None` if something of another type is kept
    /// there.
    ///
    /// # Examples
    ///
    /// ```
    /// use central_logger_auth::Principal;
    ///
    /// struct Greeting(String);
    ///
    /// fn greeting(principal: &Principal) -> Option<&str> {
    ///     let make = || Greeting(format!("Hello {}", principal.client_id()));
    ///     principal.beside(make).map(|greeting| &*greeting.0)
    /// }
    /// ```
    pub fn beside<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.grant.key.beside(make)
    }

    /// When the key ends if nothing else happens, if it does: its expiry, or the end of the grace after its
    /// rotation, whichever comes first.
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        self.grant.key.record.ends_at()
    }
}

/// Without what a presented key is compared with.
impl Admitted for Principal {
    type Owner = ClientId;

    fn owner(record: &KeyRecord) -> Result<ClientId, Refusal> {
        record.client().cloned().ok_or(Refusal::ProviderKey)
    }

    fn admitted(grant: Grant, client: ClientId) -> Self {
        Self { grant, client }
    }

    fn key_record(&self) -> &KeyRecord {
        &self.grant.key.record
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("client_id", self.client_id())
            .field("key_id", self.key_id())
            .finish_non_exhaustive()
    }
}
