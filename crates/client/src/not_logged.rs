use std::fmt::Display;

/// Why an entry was not queued.
///
/// # Examples
///
/// ```
/// use central_logger_client::{Client, Entry};
///
/// let client = Client::builder().max_memory(10).build();
/// let full = client.try_log(&Entry::new("done")).unwrap_err();
/// assert!(!full.is_final());
/// assert_eq!(client.stats().dropped, 0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotLogged {
    reason: String,
    is_final: bool,
}

impl NotLogged {
    /// It is of no use to try again.
    pub(crate) fn for_good(reason: impl Display) -> Self {
        Self {
            reason: reason.to_string(),
            is_final: true,
        }
    }

    /// There is no room now.
    pub(crate) fn for_now(reason: impl Display) -> Self {
        Self {
            reason: reason.to_string(),
            is_final: false,
        }
    }

    /// Whether it is of no use to try again: the entry is one that no server takes, or the client is closed. Otherwise
    /// there is no room for it now.
    pub fn is_final(&self) -> bool {
        self.is_final
    }
}
