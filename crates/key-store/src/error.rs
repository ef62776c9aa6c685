use crate::record::key_list::UnreadableKey;
use central_logger_keys::{ClientId, KeyId};
use std::error::Error;

/// Why a store did not do what it was asked.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyStore, KeyStoreError, UnreachableKeys};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let error = UnreachableKeys.ready().await.unwrap_err();
/// assert!(matches!(error, KeyStoreError::Unavailable(_)), "trying again may help");
/// assert_eq!(error.to_string(), "the key store is not available");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyStoreError {
    /// A key of that id exists.
    #[error("a key with the id {0} exists already")]
    IdExists(KeyId),
    /// The same opaque key is stored under another id.
    #[error("the same key is stored already")]
    KeyExists,
    /// Another client has the external id.
    #[error("the external id is that of {0} already")]
    ExternalIdExists(ClientId),
    /// The store cannot be reached or does not answer in time; trying again may help. It has told the
    /// log why.
    #[error("the key store is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The change was handed over and not confirmed: it may have been made, or may be made yet.
    #[error(
        "whether the change was made is not known: the database has not confirmed it in time. Look \
         with `list` or `audit` when it answers again, and repeat the command if it was not made"
    )]
    OutcomeUnknown(#[source] Box<dyn Error + Send + Sync>),
    /// Somebody else changed keys in the meantime: decide anew.
    #[error("keys were changed by somebody else at the same time")]
    Stale,
    /// The row of the key cannot be read.
    #[error("the row of the key {} cannot be read: {}", .0.id, .0.reason)]
    Unreadable(Box<UnreadableKey>),
    /// Anything else: trying again will not help.
    #[error("the key store failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl KeyStoreError {
    /// Whether trying again may help. The store has told the log why it did not answer.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::OutcomeUnknown(_))
    }
}

impl From<UnreadableKey> for KeyStoreError {
    fn from(key: UnreadableKey) -> Self {
        Self::Unreadable(Box::new(key))
    }
}
