use crate::hex;
use sha2::{Digest, Sha256};
use std::{fmt, hash, str::FromStr};
use subtle::ConstantTimeEq;

/// SHA-256 of a whole presented key: how a key is found in memory, and what an opaque key's slow
/// hash is taken over.
///
/// It never goes to a store by itself: an opaque key may have been chosen by a person, and a fast
/// digest of it could be guessed from a leaked table.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, KeyDigest};
///
/// assert_eq!(ApiKey::parse("xyz789_real_key")?.digest(), KeyDigest::of(b"xyz789_real_key"));
///
/// // One that `printf abc | sha256sum` has made:
/// let foreign = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
/// assert_eq!(foreign.parse::<KeyDigest>()?, KeyDigest::of(b"abc"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct KeyDigest([u8; 32]);

/// A text that is no SHA-256.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{InvalidKeyDigest, KeyDigest};
///
/// assert_eq!("900150983cd24fb0".parse::<KeyDigest>(), Err(InvalidKeyDigest));
/// assert_eq!(InvalidKeyDigest.to_string(), "a SHA-256 has 64 hexadecimal digits");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 has 64 hexadecimal digits")]
pub struct InvalidKeyDigest;

/// The first 64 bits of a *generated* key's SHA-256, stored beside its Argon2id hash.
///
/// A wrong secret for a known key id differs here and is refused before anything slow runs. Of 256
/// random bits it tells nothing that helps a guess; opaque keys have none.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, Fingerprint, KeyEnvironment, KeyPrefix};
///
/// let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live)?;
/// let stored: Option<[u8; 8]> = key.fingerprint().map(Fingerprint::to_bytes);
/// assert_eq!(stored.map(Fingerprint::from_bytes), key.fingerprint());
/// assert_eq!(ApiKey::parse("xyz789_real_key")?.fingerprint(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 8]);

impl KeyDigest {
    /// The digest of a key's text.
    pub fn of(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 64 bits.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut head = [0; 8];
        head.copy_from_slice(&self.0[..8]);
        Fingerprint(head)
    }
}

/// Reads a SHA-256 that was computed elsewhere, such as in a table of hashes being imported.
impl FromStr for KeyDigest {
    type Err = InvalidKeyDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hex::decode(text).map(Self).ok_or(InvalidKeyDigest)
    }
}

impl PartialEq for KeyDigest {
    fn eq(&self, other: &Self) -> bool {
        // By words: `ct_eq` of two arrays looks at each byte, which a request would feel.
        let (ours, theirs) = (self.0.as_chunks().0, other.0.as_chunks().0);
        let difference = ours
            .iter()
            .zip(theirs)
            .fold(0, |difference, (ours, theirs)| {
                difference | (u64::from_ne_bytes(*ours) ^ u64::from_ne_bytes(*theirs))
            });
        difference.ct_eq(&0).into()
    }
}

impl Eq for KeyDigest {}

impl hash::Hash for KeyDigest {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(..)")
    }
}

impl Fingerprint {
    /// The eight bytes, as a store keeps them.
    pub fn to_bytes(self) -> [u8; 8] {
        self.0
    }

    /// A fingerprint read back from a store.
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }
}
