use crate::record::{
    key_maker::KeyMaker, key_record::KeyRecord, provider_set::ProviderSet, rate_limit::RateLimit,
};
use central_logger_client_records::quota::Quota;
use central_logger_keys::{
    ApiKey, ClientId, KeyEnvironment, KeyId, KeyOwner, Networks, Scope, Scopes,
};
use central_logger_text::PlainText;
use central_logger_times::Timestamp;
use std::sync::Arc;
use time::OffsetDateTime;

/// What is decided about a key that is about to be stored.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::NewKey;
///
/// let new = NewKey {
///     rate_limit: Some("100/s".parse()?),
///     allowed_from: "203.0.113.0/24".parse()?,
///     ..NewKey::for_client("acme_corp".parse()?)
/// };
/// assert_eq!(new.scopes.to_string(), "logs:write logs:read");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Whose key it is to be.
    pub owner: KeyOwner,
    /// The name of the key, for people.
    pub name: Option<PlainText>,
    /// What the key is to allow.
    pub scopes: Scopes,
    /// The label; a generated key made elsewhere keeps the one within it.
    pub environment: KeyEnvironment,
    /// Where the key is to be accepted from; with none, from anywhere.
    pub allowed_from: Networks,
    /// How often the key may be used; with none, as often as anybody likes.
    pub rate_limit: Option<RateLimit>,
    /// The time from which the key is refused; with none, it does not expire.
    pub expires_at: Option<Timestamp>,
    /// A remark.
    pub note: Option<PlainText>,
    /// The target that the key is being handed over to, if it is pending there.
    pub pending_target: Option<String>,
    /// Whether a key made elsewhere may be too easily guessed.
    pub allow_weak: bool,
}

/// A key just made: the only moment at which the key itself is at hand.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::IssuedKey;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let IssuedKey { record, api_key } = issued;
/// let told_once = api_key.expose_secret();
/// assert!(told_once.starts_with("cl_live_"));
/// assert_eq!(api_key.key_id(), Some(&record.id));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct IssuedKey {
    /// What was stored about it.
    pub record: KeyRecord,
    /// The key, to be shown once.
    pub api_key: Arc<ApiKey>,
}

impl NewKey {
    /// A live key with the usual scopes that does not expire.
    pub fn for_client(client: ClientId) -> Self {
        Self::of(client.into(), Scopes::default())
    }

    /// A live key of the provider itself, which looks and changes nothing, and does not expire.
    pub fn for_provider() -> Self {
        let reading = Scopes::from(vec![Scope::PROVIDER_READ]);
        Self::of(KeyOwner::Provider, reading)
    }

    /// A live key, which does not expire.
    pub fn of(owner: KeyOwner, scopes: Scopes) -> Self {
        Self {
            owner,
            name: None,
            scopes,
            environment: KeyEnvironment::Live,
            allowed_from: Networks::default(),
            rate_limit: None,
            expires_at: None,
            note: None,
            pending_target: None,
            allow_weak: false,
        }
    }

    /// Returns the record of a key that the provider made at `created_at`.
    pub fn into_record(self, id: KeyId, created_at: OffsetDateTime) -> KeyRecord {
        let record = KeyRecord {
            id,
            owner: self.owner,
            name: self.name.map(String::from),
            scopes: self.scopes,
            environment: self.environment,
            allowed_from: self.allowed_from,
            rate_limit: self.rate_limit,
            shared_rates: Vec::new(),
            quota: Quota::default(),
            is_active: true,
            is_weak: false,
            created_at,
            last_used_at: None,
            last_used_from: None,
            expires_at: (self.expires_at).map(|end| end.truncate_to_millisecond().get()),
            grace_ends_at: None,
            revoked_at: None,
            revoked_reason: None,
            note: self.note.map(String::from),
            predecessor: None,
            pending_target: self.pending_target,
            made_by: KeyMaker::Provider,
            provider_set: ProviderSet::default(),
        };
        KeyRecord {
            provider_set: ProviderSet::all_of(&record),
            ..record
        }
    }
}
