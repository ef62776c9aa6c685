use central_logger_hash_pool::{HashPool, HashPoolError};
use central_logger_keys::{KeyDigest, KeyHash, StoreSalt};
use std::{fmt, str::FromStr};

/// What the client has to say to get its key, told on another way than the link.
#[derive(Clone)]
pub struct Passphrase(String);

/// Error returned when parsing a passphrase fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a passphrase has 1 to {} characters, and no control characters",
    Passphrase::AT_MOST
)]
pub struct InvalidPassphrase;

impl Passphrase {
    /// How long it may be, in characters.
    pub const AT_MOST: usize = 256;

    /// What a store keeps of it: Argon2id, at the cost of keys that a person may have chosen.
    pub(crate) async fn hash(
        &self,
        hashes: &HashPool,
        token_hash: &[u8; 32],
    ) -> Result<KeyHash, HashPoolError> {
        hashes.hash_opaque(self.digest(), salt(token_hash)).await
    }

    pub(crate) async fn fits(
        &self,
        stored: &KeyHash,
        hashes: &HashPool,
        token_hash: &[u8; 32],
    ) -> Result<bool, HashPoolError> {
        let hashes = hashes
            .opaque_hashes(self.digest(), salt(token_hash))
            .await?;
        Ok(hashes.contains(stored))
    }

    fn digest(&self) -> KeyDigest {
        KeyDigest::of(self.0.as_bytes())
    }
}

/// Each link has a salt of its own, which nobody has to guess: its token is random.
fn salt(token_hash: &[u8; 32]) -> StoreSalt {
    let mut salt = [0; 16];
    salt.copy_from_slice(&token_hash[..16]);
    StoreSalt::from_bytes(salt)
}

impl FromStr for Passphrase {
    type Err = InvalidPassphrase;

    fn from_str(text: &str) -> Result<Self, InvalidPassphrase> {
        let is_long = text.chars().nth(Self::AT_MOST).is_some();
        match text.is_empty() || is_long || text.chars().any(char::is_control) {
            true => Err(InvalidPassphrase),
            false => Ok(Self(text.to_owned())),
        }
    }
}

/// Without the secret.
impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_a_line_that_is_not_shown() {
        for text in [
            "a",
            "correct horse battery staple",
            "größer",
            &"x".repeat(256),
        ] {
            let passphrase: Passphrase = text.parse().unwrap();
            assert!(!format!("{passphrase:?}").contains(text) || text == "a");
        }
        for text in ["", "a\nb", "a\0", &"x".repeat(257)] {
            assert_eq!(text.parse::<Passphrase>().err(), Some(InvalidPassphrase));
        }
    }
}
