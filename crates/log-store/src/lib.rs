#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! Each stands on those below it:
//!
//! | module | what it has |
//! |---|---|
//! | [`tenants`] | the logs of one client: all that a handler gets |
//! | [`ingest`] | many appends gathered into few commits |
//! | [`reading`] | reads in turns, and tails |
//! | [`quotas`], [`retention`] | how much a client may store, and for how long |
//! | [`store`] | what a database implements, and what it takes and gives |
//! | [`queries`] | which entries are asked for |
//! | [`idempotency`] | requests that are repeated |
//! | [`submission`] | entries out of JSON |
//! | [`entries`] | entries and their ids |
//! | [`validation`] | values that are not accepted |
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

// By floors: none imports what stands below it.
pub mod validation;

mod json;

pub mod entries;

pub mod submission;

pub mod idempotency;

pub mod queries;

pub mod store;

pub mod quotas;
pub mod retention;

pub mod reading;

pub mod ingest;

pub mod tenants;

mod memory;

#[cfg(feature = "testing")]
pub mod conformance;

pub use entries::{LogEntry, LogEntryBuilder, LogId, StoredLog};
pub use idempotency::{BodyDigest, Claim, IdempotencyKey};
pub use ingest::{AppendError, Ingestor};
pub use memory::MemoryLogs;
pub use queries::{Cursor, LogQuery, LogSearch, Order, StatsQuery};
pub use quotas::IngestQuota;
pub use reading::{Reading, Tail};
pub use retention::RetentionPeriod;
pub use store::{Append, Appended, LogPage, LogPruner, LogStats, LogStore, LogStoreError};
pub use submission::{Submission, SubmissionError};
pub use tenants::{Accepted, TenantLogs};
pub use validation::{ValidationError, ValidationErrors};
