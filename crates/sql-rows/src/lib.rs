#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod alerts;
pub mod audit;
pub mod clients;
mod columns;
pub mod keys;
pub mod leases;
pub mod logs;
pub mod migrations;
pub mod quotas;
pub mod receipts;
pub mod retention;
pub mod reveal_links;
mod row;
pub mod sessions;
pub mod state;
pub mod usage;
mod value;

pub use row::{ColumnError, Row, UnreadableRow, readable, readable_or_log};
pub use value::{Value, signed, unsigned};
