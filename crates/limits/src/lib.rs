#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod bucket;
#[cfg(feature = "testing")]
pub mod conformance;
mod demand;
mod error;
pub mod exchange;
mod id;
mod memory;
mod quota_ledger;
mod rate_ledger;
mod registry;
mod rule;
pub mod settling;
mod shared_limit;
mod shared_limits;
mod store;
mod taken;
#[cfg(feature = "testing")]
mod unreachable;

pub use error::LimitStoreError;
pub use id::LimitId;
pub use memory::MemoryLimits;
pub use rule::{Period, QuotaRule, RateRule, Rule};
pub use shared_limit::SharedLimit;
pub use shared_limits::{SharedLimits, SharedLimitsStatus};
pub use store::LimitStore;
pub use taken::{NotTaken, Taken};
#[cfg(feature = "testing")]
pub use unreachable::UnreachableLimits;
