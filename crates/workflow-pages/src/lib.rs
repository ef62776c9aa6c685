#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod address;
mod figures;
mod grid;
mod search;
mod table;

pub use address::{PATH, of_entries, of_run, of_workflow};
pub use figures::figures;
pub use grid::{grid, runs};
pub use search::Search;
pub use table::{standing, table};
