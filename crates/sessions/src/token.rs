use crate::FormToken;
use central_logger_keys::RandomnessError;
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// What a browser shows to be in a session: 256 random bits, which only the cookie holds.
///
/// # Examples
///
/// ```
/// use central_logger_sessions::SessionToken;
///
/// let token = SessionToken::generate()?;
/// let in_cookie = token.expose_secret();
/// assert_eq!(in_cookie.parse::<SessionToken>().map(|read| read.hash()), Ok(token.hash()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SessionToken(Secret);

/// What the address of a sign-in link, or of a reveal link, ends with: 256 random bits.
///
/// # Examples
///
/// ```
/// use central_logger_sessions::{InvalidToken, LinkToken};
///
/// let token = LinkToken::generate()?;
/// assert_eq!(token.expose_secret().len(), 64);
/// assert_eq!("7f".parse::<LinkToken>().err(), Some(InvalidToken));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LinkToken(Secret);

/// SHA-256 of a token: what a store keeps of it. Of 256 random bits it tells nothing that helps a guess.
///
/// # Examples
///
/// ```
/// use central_logger_sessions::{SessionToken, TokenHash};
///
/// let hash = SessionToken::generate()?.hash();
/// assert_eq!(TokenHash::from_bytes(hash.to_bytes()), hash);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

/// Error returned when parsing a token fails. The text is not repeated.
///
/// # Examples
///
/// ```
/// use central_logger_sessions::{InvalidToken, SessionToken};
///
/// assert_eq!("guess".parse::<SessionToken>().err(), Some(InvalidToken));
/// assert_eq!(InvalidToken.to_string(), "a token has 64 lower-case hexadecimal digits");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token has 64 lower-case hexadecimal digits")]
pub struct InvalidToken;

struct Secret(String);

impl Secret {
    const BYTES: usize = 32;

    fn generate() -> Result<Self, RandomnessError> {
        let mut bytes = [0; Self::BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(
            bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }

    fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl FromStr for Secret {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        match text.len() == 2 * Self::BYTES && text.bytes().all(is_digit) {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidToken),
        }
    }
}

impl SessionToken {
    /// A new token.
    ///
    /// # Errors
    /// When the operating system's generator fails.
    pub fn generate() -> Result<Self, RandomnessError> {
        Secret::generate().map(Self)
    }

    /// The text, for the cookie alone.
    pub fn expose_secret(&self) -> &str {
        &self.0.0
    }

    /// What a store keeps of it.
    pub fn hash(&self) -> TokenHash {
        self.0.hash()
    }

    /// What forms of the session carry.
    pub fn form_token(&self) -> FormToken {
        FormToken::of(self)
    }
}

impl LinkToken {
    /// A new token.
    ///
    /// # Errors
    /// When the operating system's generator fails.
    pub fn generate() -> Result<Self, RandomnessError> {
        Secret::generate().map(Self)
    }

    /// The text, for the address alone.
    pub fn expose_secret(&self) -> &str {
        &self.0.0
    }

    /// What a store keeps of it.
    pub fn hash(&self) -> TokenHash {
        self.0.hash()
    }
}

impl FromStr for SessionToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        text.parse().map(Self)
    }
}

impl FromStr for LinkToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        text.parse().map(Self)
    }
}

impl TokenHash {
    /// The bytes, as a store keeps them.
    pub fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// A hash read back from a store.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// In hexadecimal digits.
impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Without the secret.
impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

/// Without the secret.
impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_new_each_time_and_shows_itself_nowhere() {
        let [one, other] = [(); 2].map(|()| LinkToken::generate().unwrap());
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert!(!format!("{one:?}").contains(one.expose_secret()));
        let session = SessionToken::generate().unwrap();
        assert!(!format!("{session:?}").contains(session.expose_secret()));
    }

    #[test]
    fn only_one_spelling_of_a_token_is_read() {
        let token = SessionToken::generate().unwrap();
        let text = token.expose_secret();
        assert_eq!(text.parse::<SessionToken>().unwrap().hash(), token.hash());
        for wrong in [
            "",
            &text[1..],
            &format!("{text}0"),
            &"A".repeat(64),
            &"ä".repeat(32),
        ] {
            assert_eq!(wrong.parse::<SessionToken>().err(), Some(InvalidToken));
        }
    }
}
