use central_logger_keys::ApiKey;
use std::fmt;
use zeroize::Zeroizing;

/// A text that is secret: what a target holds, a token, a password. It cannot be printed.
///
/// # Examples
///
/// ```
/// use central_logger_delivery::Secret;
///
/// let secret = Secret::from("xyz789_real_key".to_owned());
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert_eq!(secret.expose(), "xyz789_real_key");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Returns the text.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns whether it is this key.
    pub fn is_key(&self, key: &ApiKey) -> bool {
        self.0.as_str() == key.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
