use crate::{PepperId, RandomnessError};
use argon2::{Params, password_hash::phc::PasswordHash};
use std::{fmt, str::FromStr};

/// An Argon2id hash as a PHC string, the only form in which a key is stored.
///
/// `Debug` does not show it: of a key that a person chose, even the slow hash is worth guarding.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, KeyEnvironment, KeyHash, KeyHasher, KeyPrefix};
///
/// let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live)?;
/// let hash = KeyHasher::new().hash_generated(&key)?;
/// assert!(hash.as_phc().starts_with("$argon2id$v=19$m=256,t=1,p=1$"));
/// assert_eq!(hash.as_phc().parse::<KeyHash>()?, hash);
/// assert_eq!(format!("{hash:?}"), "KeyHash(..)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct KeyHash(String);

/// A text that is not an Argon2id PHC string.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{InvalidKeyHash, KeyHash};
///
/// assert_eq!("$2b$10$aBcrypt".parse::<KeyHash>(), Err(InvalidKeyHash));
/// assert_eq!(InvalidKeyHash.to_string(), "not an Argon2id PHC string");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an Argon2id PHC string")]
pub struct InvalidKeyHash;

/// The one salt with which a store hashes its opaque keys.
///
/// An opaque key has no id within it, so it is found by its hash, and that must come out the same
/// each time. A store makes its salt once; it is no secret.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, KeyHasher, StoreSalt};
///
/// let salt = StoreSalt::generate()?;
/// let reread = StoreSalt::from_bytes(salt.to_bytes());
/// let hasher = KeyHasher::new();
/// let key = ApiKey::parse("xyz789_real_key")?.digest();
/// assert_eq!(hasher.hash_opaque(&key, salt)?, hasher.hash_opaque(&key, reread)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreSalt([u8; 16]);

impl KeyHash {
    /// The PHC string, for storing.
    pub fn as_phc(&self) -> &str {
        &self.0
    }

    pub(crate) fn new(phc: &PasswordHash) -> Self {
        Self(phc.to_string())
    }

    pub(crate) fn parts(&self) -> Result<(PasswordHash, Params), InvalidKeyHash> {
        let phc = PasswordHash::new(&self.0).map_err(|_| InvalidKeyHash)?;
        let params = Params::try_from(&phc).map_err(|_| InvalidKeyHash)?;
        Ok((phc, params))
    }

    /// Which pepper went into this hash, if any did.
    pub fn pepper_id(&self) -> Option<PepperId> {
        let (_, params) = self.parts().ok()?;
        PepperId::from_slice(params.keyid())
    }
}

impl FromStr for KeyHash {
    type Err = InvalidKeyHash;

    fn from_str(phc: &str) -> Result<Self, Self::Err> {
        let hash = Self(phc.to_owned());
        let (parsed, _) = hash.parts()?;
        let complete = parsed.algorithm.as_str() == "argon2id"
            && parsed.salt.is_some()
            && parsed.hash.is_some();
        if complete {
            Ok(hash)
        } else {
            Err(InvalidKeyHash)
        }
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(..)")
    }
}

impl StoreSalt {
    /// A new random salt.
    ///
    /// # Errors
    /// When the operating system's generator fails.
    pub fn generate() -> Result<Self, RandomnessError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// A salt read back from a store.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The sixteen bytes, as a store keeps them.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}
