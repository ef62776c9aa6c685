use crate::record::{key_record::KeyRecord, life_cycle::TransitionError, rate_limit::RateLimit};
use central_logger_client_records::Patch;
use central_logger_keys::Networks;
use central_logger_text::PlainText;

/// What is to change of a key that exists.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyUpdate, Patch};
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
/// let update = KeyUpdate { rate: Patch::Set("100/s".parse()?), ..KeyUpdate::default() };
/// let updated = keyring.update(&issued.record.id, &update).await?;
/// updated.everywhere().await?; // every server counts by the new rate
/// assert_eq!(updated.at_commit().rate_limit, Some("100/s".parse()?));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyUpdate {
    /// The name.
    pub name: Patch<PlainText>,
    /// The remark.
    pub note: Patch<PlainText>,
    /// The networks; without any, the key is accepted from anywhere.
    pub networks: Patch<Networks>,
    /// The rate; without one, the key may be used as often as anybody likes.
    pub rate: Patch<RateLimit>,
}

impl KeyRecord {
    /// Updated. A key that is revoked stays as it is.
    ///
    /// # Errors
    /// When it is revoked.
    pub fn updated(&self, update: &KeyUpdate) -> Result<Self, TransitionError> {
        if self.revoked_at.is_some() {
            return Err(TransitionError::Revoked(self.id.clone()));
        }
        let text = |patch: &Patch<PlainText>, present: &Option<String>| match patch {
            Patch::Keep => present.clone(),
            Patch::Clear => None,
            Patch::Set(text) => Some(text.as_str().to_owned()),
        };
        let networks = update.networks.clone();
        let networks = networks.applied_to(Some(self.allowed_from.clone()));
        Ok(Self {
            name: text(&update.name, &self.name),
            note: text(&update.note, &self.note),
            allowed_from: networks.unwrap_or_default(),
            rate_limit: update.rate.applied_to(self.rate_limit),
            ..self.clone()
        })
    }
}
