use crate::{
    Allowances, Principal, ProviderPrincipal, Refusal,
    admitted::{Admitted, Grant},
};
use central_logger_key_store::{Actor, KeyRecord};
use central_logger_keys::{KeyId, KeyOwner, Scopes};
use central_logger_sessions::Session;

/// A client or the provider, for what both may do.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{AnyPrincipal, Gate, Rejection, RequestHead};
///
/// async fn greet(gate: &Gate, request: &impl RequestHead) -> Result<String, Rejection> {
///     Ok(match gate.admit_any(request).await? {
///         AnyPrincipal::Client(caller) => format!("Hello {}", caller.client_id()),
///         AnyPrincipal::Provider(_) => "Welcome home".to_owned(),
///     })
/// }
/// ```
#[derive(Debug, Clone)]
pub enum AnyPrincipal {
    /// A client.
    Client(Principal),
    /// The provider.
    Provider(ProviderPrincipal),
}

impl AnyPrincipal {
    /// For whom it acts.
    pub fn owner(&self) -> KeyOwner {
        match self {
            Self::Client(principal) => principal.client_id().clone().into(),
            Self::Provider(_) => KeyOwner::Provider,
        }
    }

    /// The id of its key; of a session that came from none of the owner's, that of the session.
    pub fn key_id(&self) -> &KeyId {
        match self {
            Self::Client(principal) => principal.key_id(),
            Self::Provider(principal) => principal.key_id(),
        }
    }

    /// What the key or the session allows.
    pub fn scopes(&self) -> &Scopes {
        match self {
            Self::Client(principal) => principal.scopes(),
            Self::Provider(principal) => principal.scopes(),
        }
    }

    /// The session, if no key was presented.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Client(principal) => principal.session(),
            Self::Provider(principal) => principal.session(),
        }
    }

    /// What is known about the key, or a record of the rights that the session has.
    pub fn record(&self) -> &KeyRecord {
        self.key_record()
    }

    /// Who it is, for the audit trail.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Client(principal) => principal.actor(),
            Self::Provider(principal) => principal.actor(),
        }
    }

    /// What is left of the limits that the request is under.
    pub fn allowances(&self) -> &Allowances {
        match self {
            Self::Client(principal) => principal.allowances(),
            Self::Provider(principal) => principal.allowances(),
        }
    }
}

impl Admitted for AnyPrincipal {
    type Owner = KeyOwner;

    fn owner(record: &KeyRecord) -> Result<KeyOwner, Refusal> {
        Ok(record.owner.clone())
    }

    fn admitted(grant: Grant, owner: KeyOwner) -> Self {
        match owner {
            KeyOwner::Client(client) => Self::Client(Principal::admitted(grant, client)),
            KeyOwner::Provider => Self::Provider(ProviderPrincipal::admitted(grant, ())),
        }
    }

    fn key_record(&self) -> &KeyRecord {
        match self {
            Self::Client(principal) => principal.key_record(),
            Self::Provider(principal) => principal.key_record(),
        }
    }
}
