use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::{fmt, str::FromStr};

/// Who owns a key and the logs sent with it: 1 to 64 characters of `[a-z0-9][a-z0-9_-]*`.
///
/// Upper case is kept out so that `Acme` and `acme` cannot be two clients. The alphabet also makes
/// an id safe as a quoted SQL literal, which `SET LOCAL` needs because it takes no parameter.
///
/// # Examples
///
/// ```
/// use central_logger_keys::ClientId;
///
/// let client: ClientId = "acme_corp".parse()?;
/// assert_eq!(client.as_str(), "acme_corp");
/// assert!("Acme Corp.".parse::<ClientId>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientId(SmolStr);

/// A text that is not a client id.
///
/// # Examples
///
/// ```
/// use central_logger_keys::ClientId;
///
/// let error = "Acme Corp.".parse::<ClientId>().unwrap_err();
/// assert!(error.to_string().ends_with("(for example acme_corp)"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a client id has 1 to 64 characters, a-z, 0-9, '_' and '-', and begins with a letter or digit (for example acme_corp)"
)]
pub struct InvalidClientId;

impl ClientId {
    /// The longest client id, in bytes.
    pub const MAX_LENGTH: usize = 64;

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = InvalidClientId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let starts_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        let alphabet = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if starts_well && text.len() <= Self::MAX_LENGTH && text.bytes().all(alphabet) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidClientId)
        }
    }
}

impl TryFrom<String> for ClientId {
    type Error = InvalidClientId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ClientId> for String {
    fn from(id: ClientId) -> Self {
        id.0.into()
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_alphabet_is_lower_case_and_bounded() {
        for good in ["a", "acme_corp", "0-9_x", &"a".repeat(64)] {
            assert!(good.parse::<ClientId>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "Acme",
            "_a",
            "-a",
            "a b",
            "a'b",
            "é",
            "a\n",
            &"a".repeat(65),
        ] {
            assert!(bad.parse::<ClientId>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_id_is_safe_inside_a_quoted_sql_literal(text in any::<String>()) {
            if let Ok(id) = text.parse::<ClientId>() {
                prop_assert!(!id.as_str().contains(['\'', '\\', '\0', '"']));
                prop_assert_eq!(id.as_str(), text);
            }
        }
    }
}
