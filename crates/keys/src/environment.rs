use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The label inside a generated key: `live` or `test`.
///
/// It is for people, secret scanners and gateways; both kinds belong to the same client and reach
/// the same logs.
///
/// # Examples
///
/// ```
/// use central_logger_keys::KeyEnvironment;
///
/// assert_eq!("test".parse(), Ok(KeyEnvironment::Test));
/// assert_eq!(KeyEnvironment::default().as_str(), "live");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyEnvironment {
    /// `live`, the default.
    #[default]
    Live,
    /// `test`.
    Test,
}

/// A text that is neither `live` nor `test`.
///
/// # Examples
///
/// ```
/// use central_logger_keys::KeyEnvironment;
///
/// let error = "staging".parse::<KeyEnvironment>().unwrap_err();
/// assert_eq!(error.to_string(), "a key's environment is 'live' or 'test'");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a key's environment is 'live' or 'test'")]
pub struct InvalidKeyEnvironment;

impl KeyEnvironment {
    /// The label as it stands in a key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

impl FromStr for KeyEnvironment {
    type Err = InvalidKeyEnvironment;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "live" => Ok(Self::Live),
            "test" => Ok(Self::Test),
            _ => Err(InvalidKeyEnvironment),
        }
    }
}

impl fmt::Display for KeyEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
