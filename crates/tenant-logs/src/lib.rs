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
//! | [`quotas`] | how much a client may store |
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

// By floors: none imports what stands below it.
pub mod quotas;

pub mod reading;

pub mod ingest;

pub mod tenants;

pub use ingest::{AppendError, Ingestor};
pub use quotas::IngestQuota;
pub use reading::{Reading, Tail};
pub use tenants::{Accepted, TenantLogs};
