use super::{beyond, ended, unknown};
use central_logger_key_store::{
    KeyMaker, KeyRecord, KeyStatus,
    authority::{Authority, Denied, ProviderAuthority, Review},
    record::UnreadableKey,
};
use central_logger_keys::{KeyOwner, Scope, Scopes};

/// What a program or a person of the provider may do: as much as the key or the session.
///
/// # Examples
///
/// ```
/// use central_logger_operations::rights::ProviderRights;
///
/// let rights = ProviderRights {
///     maker: "4fzyo82mvyi1".parse()?,
///     scopes: "provider:read provider:write".parse()?,
/// };
/// assert_eq!(rights.maker.to_string(), "4fzyo82mvyi1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderRights {
    /// Who makes the keys that are made: the key, or the provider where a session came from none.
    pub maker: KeyMaker,
    /// The scopes.
    pub scopes: Scopes,
}

/// The authority of the provider over keys of clients, by a key of the provider. It makes no keys of the
/// provider, so that a key cannot make another like it.
#[derive(Debug)]
pub(crate) struct ProviderKeyAuthority {
    rights: ProviderRights,
    provider: ProviderAuthority,
    owner: KeyOwner,
}

impl ProviderRights {
    /// Checks that the key has a scope.
    pub(crate) fn check(&self, scope: Scope) -> Result<(), Denied> {
        match self.scopes.contains(&scope) {
            true => Ok(()),
            false => Err(beyond(format!("This needs a key with the scope {scope}"))),
        }
    }
}

impl ProviderKeyAuthority {
    pub(crate) fn new(rights: ProviderRights) -> Self {
        Self {
            provider: ProviderAuthority {
                maker: rights.maker.clone(),
            },
            rights,
            owner: KeyOwner::Provider,
        }
    }
}

impl Authority for ProviderKeyAuthority {
    fn review(&self, review: &Review<'_>) -> Result<KeyRecord, Denied> {
        self.rights.check(Scope::PROVIDER_WRITE)?;
        if review.after.client().is_none() {
            return Err(unknown());
        }
        if let Some(id) = self.rights.maker.key() {
            let key = review.scene.keys.iter().find(|key| key.id == *id);
            let status = key.map(|key| key.status(review.scene.now));
            if status != Some(KeyStatus::Active) {
                return Err(ended());
            }
        }
        self.provider.review(review)
    }

    fn review_unreadable(&self, _: &UnreadableKey) -> Result<(), Denied> {
        self.rights.check(Scope::PROVIDER_WRITE)
    }

    fn is_provider(&self) -> bool {
        true
    }

    fn needs_keys_of(&self) -> Option<&KeyOwner> {
        Some(&self.owner)
    }
}
