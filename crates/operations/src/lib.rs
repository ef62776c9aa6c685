//! What a provider may do with keys, quotas, logs and alerts: one implementation for every front end.
//!
//! [`Operations`] are asked by a [`Caller`] and run on any store. Each returns a value that serialises
//! to the JSON of the command line, or an [`OperationError`] with a stable [`code`](OperationError::code).
//! Changes come as a [`Change`], which can wait until all servers apply it. [`doctor`] checks an
//! installation.
//!
//! The crate prints nothing, parses no arguments and must not depend on HTTP, clap or SQL.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alerts;
mod audit;
mod caller;
mod change;
pub mod doctor;
mod error;
pub mod keys;
mod operations;
mod quotas;
mod retention;
mod static_keys;
mod usage;

pub use alerts::{AcknowledgedAlerts, AlertList, AlertView, RedeliveredAlerts};
pub use audit::{AuditEntries, AuditVerdict, RestoreAccepted};
pub use caller::Caller;
pub use change::{Applied, Change};
pub use error::OperationError;
pub use operations::{Operations, Stores};
pub use quotas::{ClientQuota, QuotaUpdate};
pub use retention::{ClientRetention, PurgeReceipt, RetentionSettings};
pub use static_keys::{StaticEntries, StaticKeysLeft};
pub use usage::UsageReport;
