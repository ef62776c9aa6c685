#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alert;
mod alert_kind;
#[cfg(feature = "testing")]
pub mod conformance;
mod delivery;
mod error;
mod memory;
mod store;
#[cfg(feature = "testing")]
mod unreachable;
mod usage;
mod watch;

pub use alert::{
    Acknowledgement, Alert, AlertId, AlertPage, AlertQuery, AlertStore, AlertSubject, Counted,
    InvalidAlertId,
};
pub use alert_kind::{AlertKind, InvalidAlertKind, Severity};
pub use delivery::{Delivery, DeliveryState, InvalidDeliveryState};
pub use error::ActivityError;
pub use memory::MemoryActivity;
pub use store::ActivityStore;
#[cfg(feature = "testing")]
pub use unreachable::UnreachableActivity;
pub use usage::{
    KeyUse, Usage, UsageBatch, UsageCounts, UsagePer, UsageQuery, UsageSlot, UsageStore, UsageSum,
};
pub use watch::{Activity, FailureSlot, Failures, KeyHistory, WatchStore, WatchedKey};
