use crate::hex;
use base64ct::{Base64Unpadded, Encoding};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

/// A server-side secret mixed into every key hash and kept out of the database, so that a stolen
/// database alone does not allow guessing.
///
/// # Examples
///
/// ```
/// use central_logger_keys::Pepper;
///
/// let file = b"32 bytes or more, out of the database\n";
/// let pepper = Pepper::new(file)?;
/// assert_eq!(pepper.id(), Pepper::new(file.trim_ascii())?.id());
/// assert_eq!(format!("{pepper:?}"), "Pepper(..)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Pepper {
    secret: Zeroizing<Vec<u8>>,
    id: PepperId,
}

/// Names a pepper inside the hashes made with it (the `keyid` of the PHC string), so that after a
/// change it is known which hashes still hang on the old one.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, KeyEnvironment, KeyHasher, KeyPrefix, Pepper};
///
/// let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live)?;
/// let pepper = Pepper::new(b"32 bytes or more, out of the database")?;
/// let hasher = KeyHasher::with_pepper(pepper.clone(), None);
/// assert_eq!(hasher.hash_generated(&key)?.pepper_id(), Some(pepper.id()));
/// assert_eq!(KeyHasher::new().hash_generated(&key)?.pepper_id(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PepperId([u8; 8]);

/// A text that names no pepper.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{InvalidPepperId, Pepper, PepperId};
///
/// let id = Pepper::new(b"32 bytes or more, out of the database")?.id();
/// assert_eq!(id.to_string().parse(), Ok(id));
/// assert_eq!("salt".parse::<PepperId>(), Err(InvalidPepperId));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the id of a pepper has 16 hexadecimal digits")]
pub struct InvalidPepperId;

/// A pepper too short to be one.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{InvalidPepper, Pepper};
///
/// assert_eq!(Pepper::new(b"too short").err(), Some(InvalidPepper));
/// assert!(InvalidPepper.to_string().starts_with("a pepper has at least 32 bytes"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pepper has at least 32 bytes (for example: openssl rand -base64 48 > pepper)")]
pub struct InvalidPepper;

impl Pepper {
    /// The least number of bytes. With fewer, its id, which stands in the database, might let it
    /// be guessed.
    pub const MIN_LENGTH: usize = 32;

    /// A pepper from the bytes of its file, white space around them left out.
    ///
    /// # Errors
    /// When fewer than [`MIN_LENGTH`](Self::MIN_LENGTH) bytes remain.
    pub fn new(bytes: &[u8]) -> Result<Self, InvalidPepper> {
        let secret = bytes.trim_ascii();
        if secret.len() < Self::MIN_LENGTH {
            return Err(InvalidPepper);
        }
        let digest = Sha256::new()
            .chain_update(b"central-logger pepper id\0")
            .chain_update(secret)
            .finalize();
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        Ok(Self {
            secret: Zeroizing::new(secret.to_vec()),
            id: PepperId(id),
        })
    }

    /// The name that hashes made with this pepper carry.
    pub fn id(&self) -> PepperId {
        self.id
    }

    pub(crate) fn expose_secret(&self) -> &[u8] {
        &self.secret
    }
}

impl PepperId {
    /// How hashes in a store name the pepper, to look for them there.
    ///
    /// # Examples
    ///
    /// ```
    /// use central_logger_keys::{ApiKey, KeyHasher, Pepper, StoreSalt};
    ///
    /// let pepper = Pepper::new(b"32 bytes or more, out of the database")?;
    /// let digest = ApiKey::parse("xyz789_real_key")?.digest();
    /// let hasher = KeyHasher::with_pepper(pepper.clone(), None);
    /// let hash = hasher.hash_opaque(&digest, StoreSalt::generate()?)?;
    /// assert!(hash.as_phc().contains(&pepper.id().in_phc()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn in_phc(&self) -> String {
        format!("keyid={}", Base64Unpadded::encode_string(&self.0))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// As hexadecimal digits.
impl fmt::Display for PepperId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl FromStr for PepperId {
    type Err = InvalidPepperId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hex::decode(text).map(Self).ok_or(InvalidPepperId)
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(..)")
    }
}
