use std::{fmt, str::FromStr};

/// The brand at the head of new keys: `[a-z][a-z0-9]{0,15}`, `cl` unless told otherwise.
///
/// Any brand is accepted on reading, so that a provider may change it without breaking old keys.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, KeyEnvironment, KeyPrefix};
///
/// let prefix: KeyPrefix = "acme".parse()?;
/// let key = ApiKey::generate(&prefix, KeyEnvironment::Test)?;
/// assert!(key.expose_secret().starts_with("acme_test_"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPrefix(String);

/// A text that is not a key prefix.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{InvalidKeyPrefix, KeyPrefix};
///
/// assert_eq!("Acme".parse::<KeyPrefix>(), Err(InvalidKeyPrefix));
/// assert!(InvalidKeyPrefix.to_string().ends_with("(for example cl)"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key prefix has 1 to 16 characters, a-z and 0-9, and begins with a letter (for example cl)"
)]
pub struct InvalidKeyPrefix;

impl KeyPrefix {
    /// The prefix as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_valid(text: &str) -> bool {
        let alphabet = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.len() <= 16
            && text.bytes().all(alphabet)
    }
}

impl Default for KeyPrefix {
    fn default() -> Self {
        Self("cl".to_owned())
    }
}

impl FromStr for KeyPrefix {
    type Err = InvalidKeyPrefix;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if Self::is_valid(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidKeyPrefix)
        }
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
