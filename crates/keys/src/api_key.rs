use crate::{Fingerprint, KeyDigest, KeyEnvironment, KeyId, KeyPrefix, base62};
use std::fmt;
use zeroize::Zeroizing;

/// A whole API key: the secret that a client presents.
///
/// It is zeroized when dropped and cannot be printed: there is no `Display`, and `Debug` shows the
/// public key id at most. [`expose_secret`](Self::expose_secret) is the one way to the text.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, KeyEnvironment, KeyForm, KeyPrefix};
///
/// let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live)?;
/// assert!(matches!(ApiKey::parse(key.expose_secret())?.form(), KeyForm::Generated { .. }));
/// assert!(matches!(ApiKey::parse("made-by-somebody-else")?.form(), KeyForm::Opaque));
/// assert!(!format!("{key:?}").contains(key.expose_secret()), "its secret is not printed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ApiKey {
    text: Zeroizing<String>,
    form: KeyForm,
}

/// What the text of a key tells about it, without a store.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, KeyEnvironment, KeyForm, KeyPrefix};
///
/// let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Test)?;
/// assert!(matches!(key.form(), KeyForm::Generated { environment: KeyEnvironment::Test, .. }));
/// let secret = key.expose_secret();
/// assert_eq!(*ApiKey::parse(&secret[..secret.len() - 1])?.form(), KeyForm::Mistyped);
/// assert_eq!(*ApiKey::parse("xyz789_real_key")?.form(), KeyForm::Opaque);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyForm {
    /// `<prefix>_<live|test>_<key id>_<secret><checksum>` with a checksum that fits.
    Generated {
        /// The public id within the key.
        id: KeyId,
        /// The label within the key.
        environment: KeyEnvironment,
    },
    /// Shaped like a generated key, but the checksum does not fit or a part is cut: a typo.
    Mistyped,
    /// Anything else: made by other means, without structure.
    Opaque,
}

/// A text that can be no key at all. It never repeats the text.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, ParseKeyError};
///
/// assert_eq!(ApiKey::parse("").err(), Some(ParseKeyError::Empty));
/// let error = ApiKey::parse("two words").unwrap_err();
/// assert_eq!(error.to_string(), "a key has visible ASCII characters only, no spaces");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseKeyError {
    /// Nothing there.
    #[error("the key is empty")]
    Empty,
    /// Longer than [`ApiKey::MAX_LENGTH`].
    #[error("the key has more than 256 characters")]
    TooLong,
    /// A space, a control character or a byte outside ASCII.
    #[error("a key has visible ASCII characters only, no spaces")]
    NotVisibleAscii,
}

/// The operating system's random generator failed.
///
/// # Examples
///
/// ```
/// use central_logger_keys::RandomnessError;
///
/// let error = RandomnessError::from(getrandom::Error::UNSUPPORTED);
/// assert_eq!(error.to_string(), "the operating system's random generator failed");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random generator failed")]
pub struct RandomnessError(#[from] getrandom::Error);

/// 62⁴³ exceeds 2²⁵⁶, so 43 digits carry at least 256 bits.
const SECRET_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;

/// From here on a last part is taken for the secret of a generated key, perhaps a cut one; shorter
/// ones, as in `my_test_key_1`, are somebody's own.
const MISTYPED_FROM: usize = 40;

impl ApiKey {
    /// The longest key, in characters (which are bytes, as a key is ASCII).
    pub const MAX_LENGTH: usize = 256;

    /// A new key of 256 random bits with a new key id.
    ///
    /// # Errors
    /// When the operating system's generator fails.
    pub fn generate(
        prefix: &KeyPrefix,
        environment: KeyEnvironment,
    ) -> Result<Self, RandomnessError> {
        Self::with_id(prefix, environment, KeyId::generate()?)
    }

    /// A key that bears the id of another one and a secret of its own, as an attacker would make it.
    ///
    /// # Errors
    /// When the operating system's generator fails.
    #[cfg(feature = "testing")]
    pub fn forged(id: KeyId) -> Result<Self, RandomnessError> {
        Self::with_id(&KeyPrefix::default(), KeyEnvironment::Live, id)
    }

    fn with_id(
        prefix: &KeyPrefix,
        environment: KeyEnvironment,
        id: KeyId,
    ) -> Result<Self, RandomnessError> {
        // Reserved whole at once: growing would leave copies of the secret behind in freed memory.
        let mut text = Zeroizing::new(String::with_capacity(Self::MAX_LENGTH));
        text.push_str(prefix.as_str());
        text.push('_');
        text.push_str(environment.as_str());
        text.push('_');
        text.push_str(id.as_str());
        text.push('_');
        base62::push_random(&mut text, SECRET_LENGTH)?;
        let checksum = base62::six_digits(crc32fast::hash(text.as_bytes()));
        text.extend(checksum.map(char::from));
        Ok(Self {
            text,
            form: KeyForm::Generated { id, environment },
        })
    }

    /// Takes a presented text for a key and tells its [form](KeyForm).
    ///
    /// # Errors
    /// When it is empty, longer than 256 characters, or not visible ASCII throughout.
    pub fn parse(text: &str) -> Result<Self, ParseKeyError> {
        if text.is_empty() {
            return Err(ParseKeyError::Empty);
        }
        if text.len() > Self::MAX_LENGTH {
            return Err(ParseKeyError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ParseKeyError::NotVisibleAscii);
        }
        Ok(Self {
            text: Zeroizing::new(text.to_owned()),
            form: KeyForm::of(text),
        })
    }

    /// The secret text, to be shown once to its owner or compared; never to be logged.
    pub fn expose_secret(&self) -> &str {
        &self.text
    }

    /// What the text tells.
    pub fn form(&self) -> &KeyForm {
        &self.form
    }

    /// The public id, which only generated keys carry within themselves.
    pub fn key_id(&self) -> Option<&KeyId> {
        match &self.form {
            KeyForm::Generated { id, .. } => Some(id),
            KeyForm::Mistyped | KeyForm::Opaque => None,
        }
    }

    /// SHA-256 of the whole key.
    pub fn digest(&self) -> KeyDigest {
        KeyDigest::of(self.text.as_bytes())
    }

    /// 64 bits of the digest, for generated keys only: see [`Fingerprint`].
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.key_id().map(|_| self.digest().fingerprint())
    }
}

impl KeyForm {
    fn of(text: &str) -> Self {
        let mut parts = text.split('_');
        let (Some(prefix), Some(label), Some(id), Some(tail), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Self::Opaque;
        };
        let Ok(environment) = label.parse::<KeyEnvironment>() else {
            return Self::Opaque;
        };
        let shaped = KeyPrefix::is_valid(prefix)
            && base62::is_base62(id)
            && base62::is_base62(tail)
            && tail.len() >= MISTYPED_FROM;
        if !shaped {
            return Self::Opaque;
        }
        if tail.len() < SECRET_LENGTH + CHECKSUM_LENGTH {
            return Self::Mistyped;
        }
        let (body, checksum) = text.split_at(text.len() - CHECKSUM_LENGTH);
        match id.parse() {
            Ok(id)
                if checksum.as_bytes() == base62::six_digits(crc32fast::hash(body.as_bytes())) =>
            {
                Self::Generated { id, environment }
            }
            _ => Self::Mistyped,
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            KeyForm::Generated { id, .. } => write!(f, "ApiKey({id})"),
            KeyForm::Mistyped => f.write_str("ApiKey(mistyped)"),
            KeyForm::Opaque => f.write_str("ApiKey(opaque)"),
        }
    }
}
