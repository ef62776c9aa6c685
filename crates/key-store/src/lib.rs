#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

// By floors: none imports what stands below it.
pub mod quota;
pub mod record;
pub mod settings;

mod error;

pub mod audit;
pub mod authority;
pub mod change;
pub mod feed;

mod hash_pool;
mod store;

pub mod keyring;

mod memory;

#[cfg(feature = "testing")]
pub mod conformance;
#[cfg(feature = "testing")]
pub mod model;
#[cfg(feature = "testing")]
mod unreachable;

pub use audit::{
    action::AuditAction,
    actor::{Actor, ActorKind, Via},
    entry::{AuditEntry, Head},
};
pub use error::KeyStoreError;
pub use feed::{changes::KeyFeed, lease::LeaseHolder, removal_clock::RemovalClock};
pub use hash_pool::{HashPool, HashPoolError};
pub use keyring::{
    Keyring, KeyringError,
    change::KeySelection,
    committed::Committed,
    import::{ExternalKey, Imported},
    rotation::Rotation,
};
pub use memory::MemoryKeys;
pub use record::{
    etag::ETag,
    key_list::KeyList,
    key_maker::KeyMaker,
    key_record::{KeyProof, KeyRecord, KeyStatus, StoredKey},
    key_update::{KeyUpdate, Patch},
    life_cycle::TransitionError,
    new_key::{IssuedKey, NewKey},
    owners::Owners,
    provider_set::ProviderSet,
    rate_bucket::RateBucket,
    rate_limit::RateLimit,
};
pub use store::{AuditTrail, KeyAdmin, KeyStore, LeaseStore};
#[cfg(feature = "testing")]
pub use unreachable::UnreachableKeys;
