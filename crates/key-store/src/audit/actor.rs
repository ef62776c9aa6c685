use central_logger_text::is_obeyed;
use serde::Serialize;

/// Who changes keys: for the audit trail, in at most 128 characters.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::Actor;
///
/// assert_eq!(Actor::new("alice@ops\n").as_str(), "alice@ops");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Actor(String);

impl Actor {
    /// The longest name, in characters.
    const MAX_LENGTH: usize = 128;

    /// An actor of this name, such as `operator@host`; what cannot be printed is left out.
    pub fn new(name: &str) -> Self {
        let printable = name.chars().filter(|character| !is_obeyed(*character));
        Self(printable.take(Self::MAX_LENGTH).collect())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
