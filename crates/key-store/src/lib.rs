#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

// By floors: none imports what stands below it.
pub mod receipt;
pub mod record;

mod error;

pub mod reveal_link;

pub mod audit;
pub mod authority;
pub mod change;
pub mod feed;

pub mod draft;

mod store;

mod memory;

#[cfg(feature = "testing")]
pub mod conformance;
#[cfg(feature = "testing")]
mod unreachable;

pub use audit::{
    action::AuditAction,
    actor::{Actor, ActorKind, Via},
    entry::{AuditEntry, Head},
};
pub use central_logger_client_records::{ETag, Patch, quota, settings};
pub use error::KeyStoreError;
pub use feed::{changes::KeyFeed, lease::LeaseHolder, removal_clock::RemovalClock};
pub use memory::MemoryKeys;
pub use receipt::{NamedRequest, Receipt};
pub use record::{
    key_list::KeyList,
    key_maker::KeyMaker,
    key_record::{KeyProof, KeyRecord, KeyStatus, StoredKey},
    key_update::KeyUpdate,
    life_cycle::TransitionError,
    new_key::{IssuedKey, NewKey},
    owners::Owners,
    provider_set::ProviderSet,
    rate_bucket::RateBucket,
    rate_limit::RateLimit,
};
pub use store::{AuditTrail, KeyAdmin, KeyStore, LeaseStore, ReceiptStore};
#[cfg(feature = "testing")]
pub use unreachable::UnreachableKeys;
