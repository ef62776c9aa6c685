#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alert;
mod alert_id;
mod alert_kind;
mod alert_place;
mod alert_raising;
mod alert_store;
#[cfg(feature = "testing")]
pub mod conformance;
mod delivery;
mod error;
mod memory;
mod store;
#[cfg(feature = "testing")]
mod unreachable;
mod usage;
mod usage_batch;
mod usage_place;
mod watch;

pub use alert::{Acknowledgement, Alert, AlertSubject, Counted};
pub use alert_id::{AlertId, InvalidAlertId};
pub use alert_kind::{AlertKind, InvalidAlertKind, Severity};
pub use alert_place::{AlertPlace, InvalidAlertPlace};
pub use alert_raising::AlertRaising;
pub use alert_store::{AlertPage, AlertQuery, AlertStore};
pub use delivery::{Delivery, DeliveryState, InvalidDeliveryState};
pub use error::ActivityError;
pub use memory::MemoryActivity;
pub use store::ActivityStore;
#[cfg(feature = "testing")]
pub use unreachable::UnreachableActivity;
pub use usage::{Usage, UsagePer, UsageQuery, UsageStore, UsageSum};
pub use usage_batch::{KeyUse, UsageBatch, UsageCounts, UsageSlot};
pub use usage_place::{InvalidUsagePlace, UsagePlace};
pub use watch::{Activity, FailureSlot, Failures, KeyHistory, WatchStore, WatchedKey};
