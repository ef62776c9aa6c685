use crate::MappingError;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt::{self, Write};

/// The secret of a mapping: 256 random bits in hexadecimal. It is kept as it is, since signatures are computed
/// with it, and shown once.
///
/// # Examples
///
/// ```
/// use central_logger_intake_mappings::MappingSecret;
///
/// let secret = MappingSecret::generate()?;
/// assert!(!secret.has_signed(b"{}", "sha256=00"));
/// assert_eq!(format!("{secret:?}"), "MappingSecret(..)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MappingSecret(String);

impl MappingSecret {
    /// A new secret.
    ///
    /// # Errors
    /// When the operating system's generator fails.
    pub fn generate() -> Result<Self, MappingError> {
        random::<32>().map(Self)
    }

    /// The text, for the one time that it is shown.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }

    /// Whether `signature` is `sha256=` and the HMAC-SHA256 of the body in hexadecimal, as GitHub's
    /// [documentation](https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries) has
    /// it. The comparison takes the same time wherever they differ.
    pub fn has_signed(&self, body: &[u8], signature: &str) -> bool {
        let Some(signature) = signature.trim().strip_prefix("sha256=").and_then(bytes) else {
            return false;
        };
        // A key of HMAC may have any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else {
            return false;
        };
        mac.update(body);
        mac.verify_slice(&signature).is_ok()
    }
}

impl fmt::Debug for MappingSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MappingSecret(..)")
    }
}

/// Random bytes in hexadecimal.
pub(crate) fn random<const BYTES: usize>() -> Result<String, MappingError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|_| MappingError::NoRandomness)?;
    let mut text = String::with_capacity(2 * BYTES);
    for byte in bytes {
        // Writing to a text never fails.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits = hexadecimal.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let pairs = (0..64).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of GitHub's documentation.
    #[test]
    fn signatures_are_those_of_github() {
        let secret = MappingSecret("It's a Secret to Everybody".to_owned());
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert!(secret.has_signed(b"Hello, World!", signature));
        assert!(secret.has_signed(
            b"Hello, World!",
            &signature.to_uppercase().replace("SHA", "sha")
        ));
        assert!(!secret.has_signed(b"Hello, World?", signature));
        for other in [
            "",
            "sha256=",
            "sha1=757107",
            &signature[7..],
            "sha256=é",
            &signature[..70],
        ] {
            assert!(!secret.has_signed(b"Hello, World!", other), "{other}");
        }
    }
}
