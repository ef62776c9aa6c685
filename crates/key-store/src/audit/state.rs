use crate::audit::entry::Head;
use central_logger_keys::{PepperId, Seal};

/// How a store stands: what a change is decided upon, and what shows that its audit trail is whole.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditTrail, MemoryKeys};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (one, other) = (MemoryKeys::new(), MemoryKeys::new());
/// let state = one.state().await?;
/// assert_ne!(state.identity, other.state().await?.identity);
/// assert_eq!((state.head.sequence, state.end, state.pepper), (0, None, None));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreState {
    /// Made at random when the store was made, and kept in it.
    pub identity: String,
    /// The end of the audit trail.
    pub head: Head,
    /// The seal of that end, or of an earlier one when what came after was sealed without the pepper.
    pub end: Option<EndSeal>,
    /// The pepper with which keys are hashed, if any.
    pub pepper: Option<PepperId>,
    /// Whether the trail has a word on every key. A trail that was begun by an older program has not
    /// until a newer one has taken up the keys as they are.
    pub is_taken_up: bool,
}

/// The seal of the end of an audit trail, with the identity of the store.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::AuditTrail;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let state = store.state().await?;
/// let end = state.end.ok_or("a key was issued")?;
/// assert_eq!(end.sequence, state.head.sequence);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndSeal {
    /// The number of the entry at that end.
    pub sequence: u64,
    /// Over the identity of the store, the entry and the pepper.
    pub seal: Seal,
}

impl StoreState {
    /// What the seal of the end at `head` is taken over.
    pub(crate) fn end_text(identity: &str, head: &Head, pepper: Option<PepperId>) -> Vec<u8> {
        let seal = head.seal.map(|seal| seal.to_string());
        let pepper = pepper.map(|pepper| pepper.to_string());
        let text = serde_json::json!([identity, head.sequence, seal, pepper]);
        text.to_string().into_bytes()
    }
}
