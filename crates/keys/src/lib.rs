#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod api_key;
mod base62;
mod client_id;
mod digest;
mod environment;
pub mod etag;
mod hash;
mod hasher;
mod hex;
mod key_id;
mod key_owner;
mod networks;
mod opaque_memory;
mod pepper;
mod prefix;
mod refusal_reason;
mod scope;
mod seal;
mod weakness;

pub use api_key::{ApiKey, KeyForm, ParseKeyError, RandomnessError};
pub use client_id::{ClientId, InvalidClientId};
pub use digest::{Fingerprint, InvalidKeyDigest, KeyDigest};
pub use environment::{InvalidKeyEnvironment, KeyEnvironment};
pub use hash::{InvalidKeyHash, KeyHash, StoreSalt};
pub use hasher::{HashError, KeyHasher, Verification};
pub use key_id::{InvalidKeyId, KeyId};
pub use key_owner::{KeyOwner, MisplacedScope};
pub use networks::{InvalidNetwork, Networks};
pub use opaque_memory::OpaqueMemory;
pub use pepper::{InvalidPepper, InvalidPepperId, Pepper, PepperId};
pub use prefix::{InvalidKeyPrefix, KeyPrefix};
pub use refusal_reason::{InvalidRefusalReason, RefusalReason};
pub use scope::{InvalidScope, Scope, Scopes};
pub use seal::{InvalidSeal, Seal, SealCheck, SealPurpose};
