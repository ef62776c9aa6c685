//! Idempotency: what is remembered of a request, so that a repeat is answered as the first was.

use crate::entries::{EventDigest, LogId};
use sha2::{Digest, Sha256};
use std::{
    fmt::{self, Write},
    str::FromStr,
};
use time::{Duration, OffsetDateTime};

/// The sender's name for a request: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(String);

/// Error returned when parsing an `IdempotencyKey` fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 255 visible ASCII characters")]
pub struct InvalidIdempotencyKey;

/// The SHA-256 of a body, by which a repeat is told from another request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BodyDigest([u8; 32]);

/// A claim that a request is to be carried out once: its key, and the digest of its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The sender's name for it.
    pub key: IdempotencyKey,
    /// The digest of its body, as it was before compression.
    pub body: BodyDigest,
    /// For how long it is remembered: [`REMEMBERED`](Self::REMEMBERED) where the sender gave the name.
    pub remembered: Duration,
}

/// The answer to a request, so that it can be given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The time at which the entries were received.
    pub received_at: OffsetDateTime,
    /// Their ids, in the order in which they were sent.
    pub ids: Vec<LogId>,
    /// The digest of the request's body.
    pub body: BodyDigest,
}

impl Claim {
    /// The time for which a request is remembered that its sender has named.
    pub const REMEMBERED: Duration = Duration::hours(24);

    /// Returns a claim of an event: who has it was the first to send it.
    pub fn of_event(event: &EventDigest) -> Self {
        let mut key = "event-".to_owned();
        for byte in event.as_bytes() {
            // Writing to a text never fails.
            let _ = write!(key, "{byte:02x}");
        }
        Self {
            key: IdempotencyKey(key),
            body: BodyDigest(*event.as_bytes()),
            remembered: Self::REMEMBERED,
        }
    }
}

impl IdempotencyKey {
    /// The longest key, in characters.
    pub const MAX_LENGTH: usize = 255;

    /// Returns the key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = InvalidIdempotencyKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        match text.len() {
            1..=Self::MAX_LENGTH if is_visible => Ok(Self(text.to_owned())),
            _ => Err(InvalidIdempotencyKey),
        }
    }
}

impl BodyDigest {
    /// Returns the digest of `body`.
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }

    /// Returns the digest of `body` as newline-delimited JSON, which differs from that of the same bytes as
    /// JSON.
    pub fn of_lines(body: &[u8]) -> Self {
        let lines = Sha256::new().chain_update(b"central-logger lines\0");
        Self(lines.chain_update(body).finalize().into())
    }

    /// Takes a digest that was stored.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the digest as bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for BodyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyDigest(…)")
    }
}

impl Receipt {
    /// Returns the ids of the entries as bytes, 16 for each.
    pub fn ids_as_bytes(&self) -> Vec<u8> {
        let ids = self.ids.iter();
        ids.flat_map(|id| *id.as_uuid().as_bytes()).collect()
    }

    /// Takes ids from [`ids_as_bytes`](Self::ids_as_bytes).
    pub fn ids_from_bytes(bytes: &[u8]) -> Vec<LogId> {
        let (ids, _) = bytes.as_chunks::<16>();
        ids.iter()
            .map(|id| LogId::from(uuid::Uuid::from_bytes(*id)))
            .collect()
    }
}
