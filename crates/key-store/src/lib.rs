#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod adoption;
mod audit;
mod audit_check;
mod audit_report;
mod change;
mod committed;
#[cfg(feature = "testing")]
pub mod conformance;
mod feed;
mod hash_pool;
mod key_list;
mod keyring;
mod last_words;
mod life_cycle;
mod memory;
#[cfg(feature = "testing")]
pub mod model;
mod new_key;
mod quota;
mod rate_limit;
mod record;
mod removal_clock;
mod request_quota;
mod retention;
mod rotation;
mod state;
mod store;
mod tending;
#[cfg(feature = "testing")]
mod unreachable;

pub use adoption::{Adoption, ForeignKey};
pub use audit::{Actor, AuditAction, AuditEntry, Head, InvalidAuditAction};
pub use audit_check::AuditCheck;
pub use audit_report::{AuditFault, AuditReport};
pub use change::{KeyChange, Rehash, Withdrawal};
pub use committed::Committed;
pub use feed::{
    ChangedKeys, Changes, KeyFeed, Lease, LeaseBehind, LeaseHolder, Reached, StoreTime,
};
pub use hash_pool::{HashPool, HashPoolError};
pub use key_list::{KeyList, UnreadableKey};
pub use keyring::{Keyring, KeyringError};
pub use life_cycle::TransitionError;
pub use memory::MemoryKeys;
pub use new_key::{IssuedKey, NewKey};
pub use quota::{ClientQuota, Quota, SpaceQuota};
pub use rate_limit::{InvalidRateLimit, RateLimit};
pub use record::{InvalidKeyStatus, KeyProof, KeyRecord, KeyStatus, StoredKey};
pub use removal_clock::RemovalClock;
pub use request_quota::RequestQuota;
pub use retention::{InvalidKeep, Keep, Retention, RetentionChange};
pub use rotation::{Rotated, Rotation};
pub use state::{EndSeal, LeasePeppers, StoreState};
pub use store::{AuditTrail, KeyAdmin, KeySelection, KeyStore, KeyStoreError, LeaseStore};
pub use tending::WrongPepper;
#[cfg(feature = "testing")]
pub use unreachable::UnreachableKeys;
