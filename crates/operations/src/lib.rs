//! What a provider may do with keys, quotas, logs and alerts: one implementation for every front end.
//!
//! [`Operations`] are asked by a [`Caller`] and run on any store. Each returns a value that serialises
//! to the JSON of the command line, or an [`OperationError`] with a stable [`code`](OperationError::code).
//! Changes come as a [`Change`], which can wait until all servers apply it.
//!
//! The crate prints nothing, parses no arguments and must not depend on HTTP, clap or SQL.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alerts;
mod audit;
mod caller;
mod change;
pub mod clients;
mod error;
pub mod keys;
mod once;
mod operations;
mod own_activity;
mod own_audit;
pub mod paging;
mod quotas;
mod retention;
pub mod rights;
mod sealing;
mod servers;
pub mod sessions;
mod static_keys;
mod usage;

pub use alerts::{AcknowledgedAlerts, AlertList, AlertView, RedeliveredAlerts};
pub use audit::{AuditEntries, AuditPage, AuditVerdict, RestoreAccepted};
pub use caller::Caller;
pub use central_logger_client_records::quota::QuotaUpdate;
pub use change::{Applied, Change};
pub use error::OperationError;
pub use once::{Once, Repeated};
pub use operations::{Operations, Stores};
pub use own_audit::{OwnAuditActor, OwnAuditEntries, OwnAuditEntry};
pub use quotas::ClientQuota;
pub use retention::{ClientRetention, PurgeReceipt, RetentionSettings};
pub use servers::{ServerList, ServerView};
pub use static_keys::{StaticEntries, StaticKeysLeft};
pub use usage::{UsagePage, UsageReport};
