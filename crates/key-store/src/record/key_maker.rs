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
///
/// let person: KeyMaker = "session:s4fzyo82mvyi:4fzyo82mvyi1".parse()?;
/// assert_eq!(person.key(), maker.key(), "it goes with the key by which the person has come in");
/// assert_eq!(person.as_named(), maker);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum KeyMaker {
    /// The provider, by a command on a host or in a session of its own that came from no key.
    #[default]
    Provider,
    /// A request with this key, or in a session of the same owner that came from it.
    Key(KeyId),
    /// A person of a client, in a session that came from none of the client's keys.
    Session {
        /// The session.
        id: KeyId,
        /// The key of the provider that made the link to the session, if one did. It is boxed, since few keys have
        /// such a maker, and all have room for one.
        key: Option<Box<KeyId>>,
    },
}

/// Error returned when parsing a [`KeyMaker`] fails.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyMaker, record::InvalidKeyMaker};
///
/// assert_eq!("session:".parse::<KeyMaker>(), Err(InvalidKeyMaker));
/// let expected = "a maker is provider, a key id, session:ID or session:ID:KEY_ID";
/// assert_eq!(InvalidKeyMaker.to_string(), expected);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a maker is provider, a key id, session:ID or session:ID:KEY_ID")]
pub struct InvalidKeyMaker;

const PROVIDER: &str = "provider";
const SESSION: &str = "session:";

impl KeyMaker {
    /// Returns the key that what was made goes back to: the maker itself, or that of the link to its session.
    pub fn key(&self) -> Option<&KeyId> {
        match self {
            Self::Key(id) => Some(id),
            Self::Session { key, .. } => key.as_deref(),
            Self::Provider => None,
        }
    }

    /// Returns the maker as it is named to others: a key, or the provider, who has let in whoever is in a session
    /// without one. Ids of sessions are for the audit trail.
    #[must_use]
    pub fn as_named(&self) -> Self {
        match self.key() {
            Some(id) => Self::Key(id.clone()),
            None => Self::Provider,
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
        // Ids of sessions are like those of keys, and have no colon.
        let (id, key) = match session.split_once(':') {
            Some((id, key)) => (id, Some(Box::new(key.parse::<KeyId>()?))),
            None => (session, None),
        };
        let id = id.parse::<KeyId>()?;
        Ok(Self::Session { id, key })
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
            Self::Session { id, key: None } => write!(f, "{SESSION}{id}"),
            Self::Session { id, key: Some(key) } => write!(f, "{SESSION}{id}:{key}"),
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
        for text in [
            "provider",
            "4fzyo82mvyi1",
            "session:s4fzyo82mvyi",
            "session:s4fzyo82mvyi:4fzyo82mvyi1",
        ] {
            assert_eq!(text.parse::<KeyMaker>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "@provider",
            "session:",
            "session:a b",
            "session::b",
            "session:a:",
            "session:a:b:c",
            "a b",
        ] {
            assert_eq!(text.parse::<KeyMaker>(), Err(InvalidKeyMaker), "{text}");
        }
    }

    #[test]
    fn a_maker_is_named_by_a_key_or_as_the_provider() {
        for (text, named) in [
            ("provider", "provider"),
            ("4fzyo82mvyi1", "4fzyo82mvyi1"),
            ("session:s4fzyo82mvyi", "provider"),
            ("session:s4fzyo82mvyi:4fzyo82mvyi1", "4fzyo82mvyi1"),
        ] {
            let maker: KeyMaker = text.parse().unwrap();
            assert_eq!(maker.as_named().to_string(), named, "{text}");
        }
    }
}
