use crate::{MappingError, secret::random};
use central_logger_keys::ClientId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The id of a mapping, which stands in the address of its hook: the client, a dot, and 128 random bits in
/// hexadecimal. So it names its client, and nobody finds one by trying.
///
/// # Examples
///
/// ```
/// use central_logger_intake_mappings::MappingId;
///
/// let id = MappingId::generate(&"acme_corp".parse()?)?;
/// assert_eq!(id.client().as_str(), "acme_corp");
/// assert_eq!(id.to_string().parse::<MappingId>()?, id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MappingId {
    client: ClientId,
    random: String,
}

/// A text that is not the id of a mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the id of a mapping is that of its client, a dot and 32 hexadecimal digits")]
pub struct InvalidMappingId;

impl MappingId {
    const DIGITS: usize = 32;

    /// A new id.
    ///
    /// # Errors
    /// When the operating system's generator fails.
    pub fn generate(client: &ClientId) -> Result<Self, MappingError> {
        Ok(Self {
            client: client.clone(),
            random: random::<{ Self::DIGITS / 2 }>()?,
        })
    }

    /// Whose mapping it is.
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// The random part, of which a part tells mappings apart in lists.
    pub fn random(&self) -> &str {
        &self.random
    }
}

impl FromStr for MappingId {
    type Err = InvalidMappingId;

    fn from_str(text: &str) -> Result<Self, InvalidMappingId> {
        let (client, random) = text.split_once('.').ok_or(InvalidMappingId)?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        match random.len() == Self::DIGITS && random.bytes().all(is_digit) {
            true => Ok(Self {
                client: client.parse().map_err(|_| InvalidMappingId)?,
                random: random.to_owned(),
            }),
            false => Err(InvalidMappingId),
        }
    }
}

impl TryFrom<String> for MappingId {
    type Error = InvalidMappingId;

    fn try_from(text: String) -> Result<Self, InvalidMappingId> {
        text.parse()
    }
}

impl From<MappingId> for String {
    fn from(id: MappingId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for MappingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.client, self.random)
    }
}
