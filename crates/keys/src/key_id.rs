use crate::{ClientId, RandomnessError, base62};
use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, format_smolstr};
use std::{fmt, str::FromStr};

/// The public name of a key. It appears in lists, logs and events and gives no access.
///
/// Generated and imported keys have base62 ids; a static key's id is `static-<client id>`, so the
/// accepted alphabet is `[0-9A-Za-z][0-9A-Za-z_-]*`, 1 to 96 characters.
///
/// # Examples
///
/// ```
/// use central_logger_keys::KeyId;
///
/// assert_eq!(KeyId::generate()?.as_str().len(), 12);
/// let client = "acme_corp".parse()?;
/// assert_eq!(KeyId::of_static(&client, 1).as_str(), "static-acme_corp");
/// assert_eq!(KeyId::of_static(&client, 2).as_str(), "static-acme_corp-2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(SmolStr);

/// A text that is not a key id. It does not repeat the text, which may be a pasted secret.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{InvalidKeyId, KeyId};
///
/// assert_eq!("no id".parse::<KeyId>(), Err(InvalidKeyId));
/// assert!(!InvalidKeyId.to_string().contains("no id"), "it might be a secret");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a key id has 1 to 96 letters, digits, '_' and '-' (list shows them)")]
pub struct InvalidKeyId;

impl KeyId {
    /// The longest key id, in bytes.
    pub const MAX_LENGTH: usize = 96;

    /// Characters in the ids made here: 62¹² is about 71 bits, so that ids do not meet by chance.
    pub(crate) const GENERATED_LENGTH: usize = 12;

    /// A new random id of 12 base62 characters.
    ///
    /// # Errors
    /// When the operating system's generator fails.
    pub fn generate() -> Result<Self, RandomnessError> {
        let mut text = String::with_capacity(Self::GENERATED_LENGTH);
        base62::push_random(&mut text, Self::GENERATED_LENGTH)?;
        Ok(Self(text.into()))
    }

    /// The id of a client's static key: `static-<client id>` for the first, with `-2`, `-3` … for
    /// further ones.
    pub fn of_static(client: &ClientId, number: usize) -> Self {
        match number {
            0 | 1 => Self(format_smolstr!("static-{client}")),
            _ => Self(format_smolstr!("static-{client}-{number}")),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyId {
    type Err = InvalidKeyId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if starts_well && text.len() <= Self::MAX_LENGTH && text.bytes().all(alphabet) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidKeyId)
        }
    }
}

impl TryFrom<String> for KeyId {
    type Error = InvalidKeyId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.0.into()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
