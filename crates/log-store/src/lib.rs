#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! Each stands on those below it:
//!
//! | module | what it has |
//! |---|---|
//! | [`retention`] | for how long entries are kept |
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

pub mod retention;

mod memory;

#[cfg(feature = "testing")]
pub mod conformance;

pub use entries::{LogEntry, LogEntryBuilder, LogId, StoredLog};
pub use idempotency::{BodyDigest, Claim, IdempotencyKey};
pub use memory::MemoryLogs;
pub use queries::{Cursor, LogFilter, LogQuery, LogSearch, Order, StatsQuery, ValuesQuery};
pub use retention::RetentionPeriod;
pub use store::{
    Append, Appended, LogPage, LogPruner, LogStats, LogStore, LogStoreError, LogValues,
};
pub use submission::{Submission, SubmissionError};
pub use validation::{ValidationError, ValidationErrors};
