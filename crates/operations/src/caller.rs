use crate::{
    keys::KeyRequest,
    rights::{ClientAuthority, ClientRights, ProviderKeyAuthority, ProviderRights, codes},
};
use central_logger_key_store::{
    Actor, NewKey,
    authority::{Authority, Denied, ProviderAuthority},
};
use central_logger_keys::{ClientId, Scope};
use std::sync::Arc;

/// Who asks for an operation. What a caller may do is decided by its kind, here and in
/// [`rights`](crate::rights) and nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Caller {
    /// The provider on a host, who may do everything. The audit trail names the actor.
    Provider(Actor),
    /// A program of the provider, with a key of the provider.
    ProviderKey {
        /// Whom the audit trail names.
        actor: Actor,
        /// What its key allows.
        rights: ProviderRights,
    },
    /// A client, who may look at its own keys, and change them within its rights.
    Client {
        /// Whom the audit trail names.
        actor: Actor,
        /// What its key or session allows.
        rights: ClientRights,
    },
}

impl Caller {
    /// Returns the name under which the audit trail and acknowledgements record the caller.
    pub(crate) fn actor(&self) -> &Actor {
        match self {
            Self::Provider(actor)
            | Self::ProviderKey { actor, .. }
            | Self::Client { actor, .. } => actor,
        }
    }

    /// Returns what reviews the changes of keys that the caller asks for.
    pub(crate) fn authority(&self) -> Arc<dyn Authority> {
        match self {
            Self::Provider(_) => Arc::new(ProviderAuthority::default()),
            Self::ProviderKey { rights, .. } => Arc::new(ProviderKeyAuthority::new(rights.clone())),
            Self::Client { rights, .. } => Arc::new(ClientAuthority::new(rights.clone())),
        }
    }

    /// Returns the client, if it is one: it sees nothing of others.
    pub(crate) fn client(&self) -> Option<&ClientId> {
        match self {
            Self::Client { rights, .. } => Some(&rights.client),
            Self::Provider(_) | Self::ProviderKey { .. } => None,
        }
    }

    /// Refuses who is no client.
    pub(crate) fn check_client(&self) -> Result<&ClientId, Denied> {
        let denied = || Denied::new(codes::FORBIDDEN, "This needs a key of a client");
        self.client().ok_or_else(denied)
    }

    /// Refuses who may not look at all clients.
    pub(crate) fn check_provider_reads(&self) -> Result<(), Denied> {
        self.check_provider(Scope::PROVIDER_READ)
    }

    /// Refuses who may not change all clients.
    pub(crate) fn check_provider_writes(&self) -> Result<(), Denied> {
        self.check_provider(Scope::PROVIDER_WRITE)
    }

    fn check_provider(&self, scope: Scope) -> Result<(), Denied> {
        match self {
            Self::Provider(_) => Ok(()),
            Self::ProviderKey { rights, .. } => rights.check(scope),
            Self::Client { .. } => Err(Denied::new(
                codes::FORBIDDEN,
                "This needs a key of the provider",
            )),
        }
    }

    /// Returns a new key as the caller asks for it.
    pub(crate) fn new_key(&self, request: KeyRequest) -> Result<NewKey, Denied> {
        match self {
            Self::Provider(_) | Self::ProviderKey { .. } => Ok(request.into_new_key()),
            Self::Client { rights, .. } => rights.new_key(request),
        }
    }
}
