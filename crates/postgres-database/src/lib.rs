#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod block_programs;
mod citus;
mod database;
pub mod error;
pub mod migrations;
mod partitions;
mod rls;
mod row;
mod schema;
mod schema_change;
mod unchecked;

pub use block_programs::{KNOWN, need_programs_with_blocks};
pub use database::{Database, IN_INDEX_ORDER, READ_LIMIT};
pub use error::{OpenError, StatementError};
pub use migrations::HISTORY;
pub use partitions::Months;
pub use rls::Roles;
pub use row::{Params, PgRow};
pub use unchecked::Unchecked;
