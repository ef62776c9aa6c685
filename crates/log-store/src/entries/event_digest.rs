use sha2::{Digest, Sha256};

/// What tells an event from all others of its client: a digest of the id that its sender gave it, and of what
/// that id is unique within.
///
/// # Examples
///
/// ```
/// use central_logger_log_store::entries::EventDigest;
///
/// let [one, other] = ["logs-1", "logs-2"].map(|index| EventDigest::within(index, "7"));
/// assert_ne!(one, other);
/// assert_ne!(one, EventDigest::of("7"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventDigest([u8; 32]);

impl EventDigest {
    /// Of an id that the client has once.
    pub fn of(event_id: &str) -> Self {
        let digest = Sha256::new().chain_update(b"central-logger event id\0");
        Self(digest.chain_update(event_id).finalize().into())
    }

    /// Of an id that the client has once in each space, such as an index.
    pub fn within(space: &str, event_id: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(b"central-logger event id within\0")
            .chain_update((space.len() as u64).to_le_bytes())
            .chain_update(space)
            .chain_update(event_id);
        Self(digest.finalize().into())
    }

    /// Returns the digest as bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
