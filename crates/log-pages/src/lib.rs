#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod columns;
mod entry_rows;
mod facets;
pub mod filters;
mod histogram;
mod json_tree;
mod period;
mod view;

pub use entry_rows::{executed, executed_at, rows, whole};
pub use facets::Facet;
pub use histogram::Histogram;
pub use period::Period;
pub use view::{Asked, PATH, View, of_workflow};
