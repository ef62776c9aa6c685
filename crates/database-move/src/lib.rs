#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod cell;
mod columns;
mod digest;
mod ending;
mod error;
mod moving;
mod pages;
#[cfg(feature = "postgres")]
mod postgres;
mod raw_tables;
#[cfg(feature = "sqlite")]
mod sqlite;
mod summary;
mod table;
pub mod tables;

pub use cell::{Cell, Kind, Record};
pub use ending::{Ending, Unfollowed};
pub use error::{MoveError, RawError, Side};
pub use moving::move_all;
#[cfg(feature = "postgres")]
pub use postgres::PostgresTables;
pub use raw_tables::{Look, Part, RawTables};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteTables;
pub use summary::{MoveProgress, MoveSummary, MovedTable};
pub use table::{Column, Home, Table};
