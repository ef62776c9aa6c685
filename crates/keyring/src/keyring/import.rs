use crate::keyring::{Keyring, KeyringError, tending::PepperNeed};
use central_logger_key_store::{AuditAction, KeyRecord, NewKey};
use central_logger_keys::{ApiKey, KeyDigest, KeyForm, KeyOwner, Verification};
use std::{fmt, sync::Arc};

/// A key that was made elsewhere.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::NewKey;
/// use central_logger_keyring::ExternalKey;
/// use central_logger_keys::{ApiKey, KeyDigest};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// let acme = || Ok::<_, Box<dyn std::error::Error>>(NewKey::for_client("acme_corp".parse()?));
/// // The other service has kept the SHA-256 alone; then the client sends the key itself.
/// let digest = KeyDigest::of(b"from-the-other-service");
/// keyring.import(ExternalKey::Digest(digest), acme()?).await?;
/// let key = ExternalKey::from(ApiKey::parse("from-the-other-service")?);
/// assert!(keyring.preview_import(&key, &acme()?).await?.is_some(), "the same key");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub enum ExternalKey {
    /// The key itself.
    Key(Arc<ApiKey>),
    /// Its SHA-256, which is all that some services keep.
    Digest(KeyDigest),
}

/// What became of a key that was made elsewhere.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::NewKey;
/// use central_logger_keyring::Imported;
/// use central_logger_keys::ApiKey;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// let new = NewKey::for_client("acme_corp".parse()?);
/// let key = || ApiKey::parse("from-the-other-service");
/// let first = keyring.import(key()?, new.clone()).await?;
/// assert!(matches!(first, Imported::New(record) if record.owner == new.owner));
/// assert!(matches!(keyring.import(key()?, new).await?, Imported::Known(_)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// It is stored now.
    New(KeyRecord),
    /// It was stored before, for the same client, and was left as it is.
    Known(KeyRecord),
}

impl Keyring {
    /// Stores what verifies a key that was made elsewhere. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the key has a typo, is too easily guessed and that is not allowed, belongs to another
    /// client, or is the provider's and no generated one; when the expiry has passed, or the store fails.
    pub async fn import(
        &self,
        key: impl Into<ExternalKey>,
        mut new: NewKey,
    ) -> Result<Imported, KeyringError> {
        let key = key.into();
        if let Some(known) = self.preview_import(&key, &new).await? {
            return Ok(Imported::Known(known));
        }
        if let ExternalKey::Key(key) = &key
            && let KeyForm::Generated { environment, .. } = key.form()
        {
            new.environment = *environment;
        }
        let record = self.insert(key, new, AuditAction::Import).await?;
        Ok(Imported::New(record))
    }

    /// Tells what [`import`](Self::import) would do: the record under which the key is stored
    /// already, or nothing when it would be stored now.
    ///
    /// # Errors
    /// As `import`, but for the expiry.
    pub async fn preview_import(
        &self,
        key: &ExternalKey,
        new: &NewKey,
    ) -> Result<Option<KeyRecord>, KeyringError> {
        match self.recognise(key).await? {
            Some(known) if known.owner != new.owner => Err(KeyringError::BelongsToOther {
                id: known.id,
                owner: known.owner,
            }),
            None if new.owner == KeyOwner::Provider && !key.is_generated() => {
                Err(KeyringError::OpaqueProviderKey)
            }
            None if key.is_weak() && !new.allow_weak => Err(KeyringError::Weak),
            known => Ok(known),
        }
    }

    /// The stored record of a key at hand, if this very key is stored: an id that exists with
    /// another secret is not it.
    pub(crate) async fn recognise(
        &self,
        key: &ExternalKey,
    ) -> Result<Option<KeyRecord>, KeyringError> {
        self.sealer(&self.store.state().await?, PepperNeed::Needed)?;
        if let ExternalKey::Key(key) = key {
            match key.form() {
                KeyForm::Mistyped => return Err(KeyringError::Mistyped),
                KeyForm::Generated { id, .. } => {
                    let Some(found) = self.store.find(id).await? else {
                        return Ok(None);
                    };
                    let Some(stored) = found.proof.hash().cloned() else {
                        return Ok(None);
                    };
                    let key = Arc::clone(key);
                    let verified = self.hashes.run(move |hasher| hasher.verify(&key, &stored));
                    let same = verified.await? != Verification::Mismatch;
                    return Ok(same.then_some(found.record));
                }
                KeyForm::Opaque => {}
            }
        }
        let Some(salt) = self.store.opaque_salt().await? else {
            return Ok(None);
        };
        for hash in self.hashes.opaque_hashes(key.digest(), salt).await? {
            if let Some(found) = self.store.find_opaque(&hash).await? {
                return Ok(Some(found.record));
            }
        }
        Ok(None)
    }
}

impl ExternalKey {
    pub(crate) fn digest(&self) -> KeyDigest {
        match self {
            Self::Key(key) => key.digest(),
            Self::Digest(digest) => *digest,
        }
    }

    pub(crate) fn is_generated(&self) -> bool {
        match self {
            Self::Key(key) => matches!(key.form(), KeyForm::Generated { .. }),
            Self::Digest(_) => false,
        }
    }

    /// Of a digest nobody can tell.
    pub(crate) fn is_weak(&self) -> bool {
        match self {
            Self::Key(key) => key.is_weak(),
            Self::Digest(_) => false,
        }
    }
}

impl From<ApiKey> for ExternalKey {
    fn from(key: ApiKey) -> Self {
        Self::Key(Arc::new(key))
    }
}

impl fmt::Debug for ExternalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.debug_tuple("Key").field(key).finish(),
            Self::Digest(_) => f.write_str("Digest(..)"),
        }
    }
}
