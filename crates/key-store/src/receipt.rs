//! Receipts of changes that are asked for under a name, so that a repeat does not make them again.

use central_logger_keys::{KeyHasher, KeyId, Seal, SealCheck, SealPurpose};
use time::{Duration, OffsetDateTime};

/// A request for a change that its sender has named, to repeat it safely.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::NamedRequest;
///
/// let request = |name: &str| NamedRequest::new("4fzyo82mvyi1", "POST /api/v1/keys", name, b"{}");
/// assert_eq!(request("7f4a").id(), request("7f4a").id());
/// assert_ne!(request("7f4a").id(), request("7f4b").id());
/// assert!(!request("7f4a").id().contains("7f4a"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct NamedRequest {
    id: String,
    /// What the seal of the body is taken over.
    text: Vec<u8>,
}

/// What a store keeps of a named request: nothing that was sent, and nothing secret.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{NamedRequest, NewKey};
/// use central_logger_keyring::{Keyring, KeyringError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// let request = NamedRequest::new("4fzyo82mvyi1", "POST /api/v1/keys", "7f4a", b"{}");
/// let keyring = keyring.repeatable(request);
/// let new = || NewKey::for_client("acme_corp".parse().expect("a client id"));
/// let issued = keyring.issue(&Default::default(), new()).await?;
/// match keyring.issue(&Default::default(), new()).await {
///     Err(KeyringError::AlreadyDone(receipt)) => assert_eq!(receipt.keys, [issued.record.id]),
///     other => panic!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The [id](NamedRequest::id) of the request.
    pub id: String,
    /// Over the request with its name and body.
    pub seal: Seal,
    /// The keys that were made or, if none was, those that were changed; or the link that was made.
    pub keys: Vec<KeyId>,
    /// When.
    pub at: OffsetDateTime,
}

impl NamedRequest {
    /// A request of `principal` on `route` under `name`. The body may be secret: only a digest is kept.
    pub fn new(principal: &str, route: &str, name: &str, body: &[u8]) -> Self {
        let digest = |text: &[u8]| {
            KeyHasher::new()
                .seal(SealPurpose::Request, text)
                .to_string()
        };
        let parts = serde_json::json!([principal, route, name]).to_string();
        // The name, which is not stored, keeps bodies that are easily guessed from being found out.
        let text = serde_json::json!([principal, route, name, digest(body)]).to_string();
        Self {
            id: digest(parts.as_bytes()),
            text: text.into_bytes(),
        }
    }

    /// Returns the id: of the same principal, route and name it is the same.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns what is remembered of the request, without its keys.
    pub fn receipt(&self, hasher: &KeyHasher, at: OffsetDateTime) -> Receipt {
        Receipt {
            id: self.id.clone(),
            seal: hasher.seal(SealPurpose::Request, &self.text),
            keys: Vec::new(),
            at,
        }
    }

    /// Whether it has the body of the request that the receipt is of.
    pub fn is_repeat_of(&self, receipt: &Receipt, hasher: &KeyHasher) -> bool {
        hasher.check_seal(SealPurpose::Request, &self.text, &receipt.seal) == SealCheck::Intact
    }
}

impl Receipt {
    /// For how long a request is remembered.
    pub const REMEMBERED: Duration = Duration::hours(24);

    /// Whether the request is still remembered at `now`.
    pub fn is_remembered(&self, now: OffsetDateTime) -> bool {
        now - self.at < Self::REMEMBERED
    }
}

/// Without what was sent.
impl std::fmt::Debug for NamedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NamedRequest")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
