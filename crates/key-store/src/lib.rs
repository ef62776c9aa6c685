#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod clock;
#[cfg(feature = "testing")]
pub mod conformance;
mod hash_pool;
mod keyring;
mod memory;
mod record;
mod report;
mod scope;
mod store;

#[cfg(feature = "testing")]
pub use clock::ManualClock;
pub use clock::{Clock, SystemClock};
pub use hash_pool::{HashPool, HashPoolError};
pub use keyring::{Adoption, IssuedKey, Keyring, KeyringError, NewKey};
pub use memory::MemoryKeys;
pub use record::{InvalidKeyStatus, KeyProof, KeyRecord, KeyStatus, StoredKey};
pub use report::Report;
pub use scope::{InvalidScope, Scope, Scopes};
pub use store::{KeyAdmin, KeySelection, KeyStore, KeyStoreError, KeyUse};
