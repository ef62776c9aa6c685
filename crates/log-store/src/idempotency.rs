//! Requests that may be sent again: what is remembered of each, so that it is answered as the first.

use crate::{Append, LogId};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use time::{Duration, OffsetDateTime};

/// The sender's name for a request: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(String);

/// A text that is no idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 255 visible ASCII characters")]
pub struct InvalidIdempotencyKey;

/// The SHA-256 of a body, by which a repeat is told from another request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BodyDigest([u8; 32]);

/// That a request is to be carried out once: its name, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The sender's name for it.
    pub key: IdempotencyKey,
    /// Of its body, as it was before compression.
    pub body: BodyDigest,
}

/// What was answered, so that it can be answered again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// When the entries were taken in.
    pub received_at: OffsetDateTime,
    /// Their names, in the order in which they were sent.
    pub ids: Vec<LogId>,
    /// The body of the request.
    pub body: BodyDigest,
}

impl Claim {
    /// How long a request is remembered.
    pub const REMEMBERED: Duration = Duration::hours(24);
}

impl IdempotencyKey {
    /// The longest key, in characters.
    pub const MAX_LENGTH: usize = 255;

    /// The key as text.
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
    /// That of `body`.
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }

    /// That of `body` as newline-delimited JSON, which is another one than that of the same bytes as
    /// JSON.
    pub fn of_lines(body: &[u8]) -> Self {
        let lines = Sha256::new().chain_update(b"central-logger lines\0");
        Self(lines.chain_update(body).finalize().into())
    }

    /// One that was stored.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest as bytes.
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
    /// What is to be remembered of `append`, if it is claimed.
    pub fn of(append: &Append) -> Option<Self> {
        let claim = append.claim.as_ref()?;
        Some(Self {
            received_at: append.received_at,
            ids: append.ids(),
            body: claim.body,
        })
    }

    /// The names of the entries as bytes, 16 for each.
    pub fn ids_as_bytes(&self) -> Vec<u8> {
        let ids = self.ids.iter();
        ids.flat_map(|id| *id.as_uuid().as_bytes()).collect()
    }

    /// Names from [`ids_as_bytes`](Self::ids_as_bytes).
    pub fn ids_from_bytes(bytes: &[u8]) -> Vec<LogId> {
        let (ids, _) = bytes.as_chunks::<16>();
        ids.iter()
            .map(|id| LogId::from(uuid::Uuid::from_bytes(*id)))
            .collect()
    }
}
