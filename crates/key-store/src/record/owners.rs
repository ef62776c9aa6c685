use central_logger_keys::{ClientId, KeyOwner};

/// Whose keys a list is to have.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::Owners;
/// use central_logger_keys::{ClientId, KeyOwner};
///
/// let acme: ClientId = "acme_corp".parse()?;
/// assert_eq!(Owners::from(Some(&acme)), Owners::Client(&acme));
/// assert_eq!(Owners::from(None), Owners::Clients);
/// assert!(Owners::Clients.include(&acme.into()));
/// assert!(!Owners::Clients.include(&KeyOwner::Provider));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owners<'a> {
    /// Of all clients and of the provider.
    All,
    /// Of all clients.
    Clients,
    /// Of one client.
    Client(&'a ClientId),
    /// Of the provider.
    Provider,
}

impl Owners<'_> {
    /// Whether an owner is among them.
    pub fn include(self, owner: &KeyOwner) -> bool {
        match self {
            Self::All => true,
            Self::Clients => owner.client().is_some(),
            Self::Client(client) => owner.client() == Some(client),
            Self::Provider => *owner == KeyOwner::Provider,
        }
    }
}

/// One client, or all clients.
impl<'a> From<Option<&'a ClientId>> for Owners<'a> {
    fn from(client: Option<&'a ClientId>) -> Self {
        client.map_or(Self::Clients, Self::Client)
    }
}

/// This owner alone.
impl<'a> From<&'a KeyOwner> for Owners<'a> {
    fn from(owner: &'a KeyOwner) -> Self {
        owner.client().map_or(Self::Provider, Self::Client)
    }
}
