use super::{ClientRights, beyond, client::lowest, codes, unknown};
use central_logger_key_store::{
    AuditAction, KeyRecord,
    authority::{Authority, Denied, Review},
    record::UnreadableKey,
};
use central_logger_keys::KeyOwner;

/// The authority of a client over its own keys: nobody gains by it.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::NewKey;
/// use central_logger_operations::rights::{ClientAuthority, ClientRights};
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store, hashes, clock, actor);
/// let new = || Ok::<_, Box<dyn std::error::Error>>(NewKey::for_client("acme_corp".parse()?));
/// let writing = NewKey { scopes: "logs:write keys:manage".parse()?, ..new()? };
/// let maker = keyring.issue(&Default::default(), writing).await?.record;
/// let rights = ClientRights::of_key(&maker).ok_or("it is a key of a client")?;
///
/// let keyring = keyring.with_authority(Arc::new(ClientAuthority::new(rights)));
/// let denied = keyring.issue(&Default::default(), new()?).await.unwrap_err();
/// assert!(denied.to_string().starts_with("This needs a key with the scope logs:read"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ClientAuthority {
    pub(super) rights: ClientRights,
    owner: KeyOwner,
}

impl ClientAuthority {
    /// The authority of these rights.
    pub fn new(rights: ClientRights) -> Self {
        Self {
            owner: rights.client.clone().into(),
            rights,
        }
    }
}

impl Authority for ClientAuthority {
    fn review(&self, review: &Review<'_>) -> Result<KeyRecord, Denied> {
        let after = review.after;
        if after.owner != self.owner {
            return Err(unknown());
        }
        if !review.scene.policy.self_service {
            return Err(Denied::new(
                codes::NO_SELF_SERVICE,
                "The provider has switched off that this client changes its keys itself: ask the provider",
            ));
        }
        let rights = self.rights.at(&review.scene)?;
        match (review.action, review.before) {
            (AuditAction::Issue, None) => rights.make(after, &review.scene),
            (AuditAction::Revoke | AuditAction::Disable, Some(_)) => Ok(after.clone()),
            (AuditAction::Rotate, Some(before)) => {
                rights.check_holds(before)?;
                Ok(after.clone())
            }
            (AuditAction::Enable, Some(before)) => rights.enable(before, after),
            (AuditAction::Extend, Some(before)) => rights.extend(before, after),
            (AuditAction::Update, Some(before)) => rights.update(before, after),
            _ => Err(Denied::new(
                codes::FORBIDDEN,
                "A client may not do this: ask the provider",
            )),
        }
    }

    fn review_unreadable(&self, key: &UnreadableKey) -> Result<(), Denied> {
        match key.client_id.as_ref() == self.owner.client() {
            true => Ok(()),
            false => Err(unknown()),
        }
    }

    fn is_provider(&self) -> bool {
        false
    }

    fn needs_keys_of(&self) -> Option<&KeyOwner> {
        Some(&self.owner)
    }
}

impl ClientRights {
    fn enable(&self, before: &KeyRecord, after: &KeyRecord) -> Result<KeyRecord, Denied> {
        self.check_holds(before)?;
        self.check_end(before)?;
        match before.provider_set.inactive {
            true => Err(set_by_provider(
                "The provider has disabled this key: ask the provider to enable it",
            )),
            false => Ok(after.clone()),
        }
    }

    fn extend(&self, before: &KeyRecord, after: &KeyRecord) -> Result<KeyRecord, Denied> {
        self.check_holds(before)?;
        self.check_end(before)?;
        // Cut to the end of the caller, but never to before what it was.
        let cut = match self.ends_at {
            Some(own) => after.grace_ends_at.min(Some(own)).max(before.grace_ends_at),
            None => after.grace_ends_at,
        };
        Ok(KeyRecord {
            grace_ends_at: cut,
            ..after.clone()
        })
    }

    fn update(&self, before: &KeyRecord, after: &KeyRecord) -> Result<KeyRecord, Denied> {
        self.check_holds(before)?;
        self.check_end(before)?;
        if after.allowed_from != before.allowed_from {
            self.check_networks(&after.allowed_from)?;
            let is_narrower = after.allowed_from.is_within(&before.allowed_from);
            if before.provider_set.networks && !is_narrower {
                return Err(set_by_provider(
                    "The provider has set allow_ip of this key: it can only be narrowed",
                ));
            }
        }
        if after.rate_limit != before.rate_limit {
            self.check_new_rate(before, after)?;
        }
        Ok(after.clone())
    }

    fn check_new_rate(&self, before: &KeyRecord, after: &KeyRecord) -> Result<(), Denied> {
        self.check_rate(after.rate_limit.or(lowest(&after.shared_rates)))?;
        let is_raised = match (before.rate_limit, after.rate_limit) {
            (Some(before), Some(after)) => !after.is_at_most(before),
            (Some(_), None) => true,
            (None, _) => false,
        };
        if is_raised && before.provider_set.rate {
            return Err(set_by_provider(
                "The provider has set the rate of this key: it can only be lowered",
            ));
        }
        // Else the two keys together could be used more often than both before.
        let counts_in_own = |bucket| before.rates_to_share().contains(bucket);
        if is_raised && !self.rates.iter().all(counts_in_own) {
            return Err(beyond(
                "A key with a rate raises the rate only of keys that it has made: use a key without one",
            ));
        }
        Ok(())
    }
}

fn set_by_provider(message: &str) -> Denied {
    Denied::new(codes::PROVIDER_SET, message)
}
