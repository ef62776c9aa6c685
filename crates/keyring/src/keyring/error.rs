//! Why a change of keys was not made.

use crate::keyring::{change::KeySelection, tending::WrongPepper};
use central_logger_hash_pool::HashPoolError;
use central_logger_key_store::{
    KeyStoreError, RateBucket, Receipt, TransitionError, authority::Denied, draft::InsertError,
};
use central_logger_keys::{ClientId, KeyId, KeyOwner, MisplacedScope, RandomnessError};

/// Why the keyring did not do what it was asked.
///
/// # Examples
///
/// ```
/// use central_logger_keys::KeyId;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// let unknown: KeyId = "4fzyo82mvyi1".parse()?;
/// let error = keyring.show(&unknown).await.unwrap_err();
/// assert_eq!(error.to_string(), "there is no key with the id 4fzyo82mvyi1");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// There is no key of that id.
    #[error("there is no key with the id {0}")]
    UnknownKey(KeyId),
    /// There is no key of that client.
    #[error("the client {0} has no keys")]
    NoKeys(ClientId),
    /// Nothing is known of that client.
    #[error("there is no client {0}")]
    UnknownClient(ClientId),
    /// The client is not in the version that was asked for any more.
    #[error("the client {0} has changed since it was looked at: look at it again")]
    ClientChanged(ClientId),
    /// The change was made for the same request before. The receipt names the keys.
    #[error("this was done before, when the same request was first sent")]
    AlreadyDone(Box<Receipt>),
    /// A change was made for another request of that name.
    #[error("another request was sent under this name in the last 24 hours")]
    OtherRequest,
    /// There is no reveal link of that id.
    #[error("there is no reveal link {0}: `reveal-links list` lists them")]
    UnknownLink(KeyId),
    /// The reveal link was used, was withdrawn, or has expired.
    #[error("the reveal link {0} was used, was withdrawn or has expired")]
    LinkGone(KeyId),
    /// The key of the reveal link exists already.
    #[error("the reveal link {link} was used: `revoke {key}` revokes the key that it made")]
    LinkUsed {
        /// The link.
        link: KeyId,
        /// The key that was revealed.
        key: KeyId,
    },
    /// The expiry lies in the past.
    #[error("the expiry is not in the future")]
    ExpiryPassed,
    /// The key has the form of a generated one, but its checksum does not fit.
    #[error("the key has a typo: its checksum does not fit")]
    Mistyped,
    /// The key is too easily guessed.
    #[error("the key is too easily guessed: it has fewer than 16 characters, or is a common one")]
    Weak,
    /// The key is stored for another owner.
    #[error("this key already belongs to {owner}, as {id}")]
    BelongsToOther {
        /// Under which id.
        id: KeyId,
        /// For whom.
        owner: KeyOwner,
    },
    /// The owner of the key cannot have one of the scopes.
    #[error(transparent)]
    Scope(#[from] MisplacedScope),
    /// A key of the provider has another form than those made by `generate`.
    #[error("a key of the provider needs the form of a generated key: make it with `generate`")]
    OpaqueProviderKey,
    /// The caller may not make this change.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The key is not in the version that was asked for any more.
    #[error("the key {0} has changed since it was looked at: look at it again")]
    Changed(KeyId),
    /// More keys were named than are changed in one step.
    #[error("at most {} keys can be named at a time", KeySelection::MOST)]
    TooManyKeys,
    /// Too many keys have made one another.
    #[error(
        "the key would share the limits of more than {} others",
        RateBucket::MOST
    )]
    TooManyMakers,
    /// The key cannot be brought into that state.
    #[error(transparent)]
    Transition(#[from] TransitionError),
    /// Others kept changing keys at the same time.
    #[error("too many others are changing keys at the same time: try again")]
    Contended,
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] KeyStoreError),
    /// Hashing failed.
    #[error(transparent)]
    Hash(#[from] HashPoolError),
    /// What would be stored could not be verified or vouched for by the servers.
    #[error(transparent)]
    WrongPepper(#[from] WrongPepper),
    /// No random bytes were to be had.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
}

impl From<InsertError> for KeyringError {
    fn from(error: InsertError) -> Self {
        match error {
            InsertError::Denied(error) => Self::Denied(error),
            InsertError::Scope(error) => Self::Scope(error),
            InsertError::TooManyMakers => Self::TooManyMakers,
        }
    }
}
