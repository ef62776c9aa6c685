use crate::{ClientId, InvalidClientId, Scope, Scopes};
use std::{fmt, str::FromStr};

/// Who owns a key: one client, or the provider itself.
///
/// Keys of the provider are for its own programs, and have scopes of their own. The text of an owner is the
/// id of the client, or `@provider`, which is no client id.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ClientId, KeyOwner, Scope};
///
/// let acme: ClientId = "acme_corp".parse()?;
/// let owner = KeyOwner::from(acme.clone());
/// assert_eq!(owner.client(), Some(&acme));
/// assert!(owner.may_have(&Scope::LOGS_READ) && !owner.may_have(&Scope::PROVIDER_READ));
/// assert_eq!("@provider".parse(), Ok(KeyOwner::Provider));
/// assert_eq!(KeyOwner::Provider.client(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyOwner {
    /// A client.
    Client(ClientId),
    /// The provider.
    Provider,
}

/// A scope on a key whose owner cannot have it.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{KeyOwner, MisplacedScope, Scope, Scopes};
///
/// let error = KeyOwner::Provider.check(&Scopes::default()).unwrap_err();
/// assert_eq!(error, MisplacedScope::OfClients(Scope::LOGS_WRITE));
/// assert_eq!(error.to_string(), "the scope logs:write is for keys of clients only");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MisplacedScope {
    /// A scope of clients on a key of the provider.
    #[error("the scope {0} is for keys of clients only")]
    OfClients(Scope),
    /// A scope of the provider on a key of a client.
    #[error("the scope {0} is for keys of the provider only")]
    OfProvider(Scope),
}

impl KeyOwner {
    const PROVIDER: &str = "@provider";

    /// Returns the client, if it is one.
    pub fn client(&self) -> Option<&ClientId> {
        match self {
            Self::Client(client) => Some(client),
            Self::Provider => None,
        }
    }

    /// Returns the text of the owner.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Client(client) => client.as_str(),
            Self::Provider => Self::PROVIDER,
        }
    }

    /// Whether a key of this owner may have a scope.
    pub fn may_have(&self, scope: &Scope) -> bool {
        scope.is_of_provider() == (*self == Self::Provider)
    }

    /// Checks that a key of this owner may have all of these scopes.
    ///
    /// # Errors
    /// When it may not have one of them.
    pub fn check(&self, scopes: &Scopes) -> Result<(), MisplacedScope> {
        let misplaced = scopes.iter().find(|scope| !self.may_have(scope)).cloned();
        match (misplaced, self) {
            (None, _) => Ok(()),
            (Some(scope), Self::Client(_)) => Err(MisplacedScope::OfProvider(scope)),
            (Some(scope), Self::Provider) => Err(MisplacedScope::OfClients(scope)),
        }
    }
}

impl From<ClientId> for KeyOwner {
    fn from(client: ClientId) -> Self {
        Self::Client(client)
    }
}

impl FromStr for KeyOwner {
    type Err = InvalidClientId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            Self::PROVIDER => Ok(Self::Provider),
            client => client.parse().map(Self::Client),
        }
    }
}

/// The owner, for people.
impl fmt::Display for KeyOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(client) => write!(f, "the client {client}"),
            Self::Provider => f.write_str("the provider"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_owner_reads_back_and_is_no_other_client() {
        let acme: ClientId = "provider".parse().unwrap();
        for owner in [KeyOwner::Provider, acme.into()] {
            assert_eq!(owner.as_str().parse(), Ok(owner));
        }
        assert!(KeyOwner::PROVIDER.parse::<ClientId>().is_err());
        for text in ["", "@", "@Provider", "@provider ", "@acme", "Acme"] {
            assert!(text.parse::<KeyOwner>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_owner_has_scopes_that_the_other_cannot_have() {
        let acme = KeyOwner::Client("acme".parse().unwrap());
        let orders: Scope = "orders:read".parse().unwrap();
        for scope in Scope::OWN.iter().chain([&orders]) {
            assert!(acme.may_have(scope) && !KeyOwner::Provider.may_have(scope));
        }
        for scope in Scope::OF_PROVIDER {
            assert!(!acme.may_have(&scope) && KeyOwner::Provider.may_have(&scope));
            let mixed = Scopes::from(vec![Scope::LOGS_READ, scope.clone()]);
            assert_eq!(acme.check(&mixed), Err(MisplacedScope::OfProvider(scope)));
            let refused = MisplacedScope::OfClients(Scope::LOGS_READ);
            assert_eq!(KeyOwner::Provider.check(&mixed), Err(refused));
        }
    }
}
