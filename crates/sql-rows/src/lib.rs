#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod alerts;
pub mod audit;
mod columns;
pub mod keys;
pub mod leases;
pub mod logs;
pub mod migrations;
pub mod quotas;
pub mod retention;
mod row;
pub mod state;
pub mod usage;
mod value;

pub use row::{ColumnError, Row, UnreadableRow, readable, readable_or_log};
pub use value::{Value, signed, unsigned};
