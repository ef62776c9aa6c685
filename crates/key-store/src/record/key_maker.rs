use central_logger_keys::{InvalidKeyId, KeyId};
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// Who made a key.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::KeyMaker;
///
/// let maker: KeyMaker = "4fzyo82mvyi1".parse()?;
/// assert_eq!(maker, KeyMaker::Key("4fzyo82mvyi1".parse()?));
/// assert_eq!(KeyMaker::default().to_string(), "provider");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum KeyMaker {
    /// The provider, by a command on a host.
    #[default]
    Provider,
    /// A request with this key, or in a session that came from it.
    Key(KeyId),
    /// A session that came from no key.
    Session(String),
}

/// Error returned when parsing a [`KeyMaker`] fails.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyMaker, record::InvalidKeyMaker};
///
/// assert_eq!("session:".parse::<KeyMaker>(), Err(InvalidKeyMaker));
/// assert_eq!(InvalidKeyMaker.to_string(), "a maker is provider, a key id or session:ID");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a maker is provider, a key id or session:ID")]
pub struct InvalidKeyMaker;

const PROVIDER: &str = "provider";
const SESSION: &str = "session:";

impl KeyMaker {
    /// Returns the key, if it is one.
    pub fn key(&self) -> Option<&KeyId> {
        match self {
            Self::Key(id) => Some(id),
            Self::Provider | Self::Session(_) => None,
        }
    }
}

impl FromStr for KeyMaker {
    type Err = InvalidKeyMaker;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == PROVIDER {
            return Ok(Self::Provider);
        }
        let Some(session) = text.strip_prefix(SESSION) else {
            return Ok(Self::Key(text.parse()?));
        };
        // Ids of sessions are like those of keys.
        session.parse::<KeyId>()?;
        Ok(Self::Session(session.to_owned()))
    }
}

impl From<InvalidKeyId> for InvalidKeyMaker {
    fn from(_: InvalidKeyId) -> Self {
        Self
    }
}

impl fmt::Display for KeyMaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider => f.write_str(PROVIDER),
            Self::Key(id) => id.fmt(f),
            Self::Session(id) => write!(f, "{SESSION}{id}"),
        }
    }
}

impl Serialize for KeyMaker {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maker_is_written_as_it_is_read() {
        for text in ["provider", "4fzyo82mvyi1", "session:s4fzyo82mvyi"] {
            assert_eq!(text.parse::<KeyMaker>().unwrap().to_string(), text);
        }
        for text in ["", "@provider", "session:", "session:a b", "a b"] {
            assert_eq!(text.parse::<KeyMaker>(), Err(InvalidKeyMaker), "{text}");
        }
    }
}
