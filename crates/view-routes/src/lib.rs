#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod described;
mod problems;
mod routes;
mod views;

pub use problems::{no_view, of_views, reads_only};
pub use routes::{Described, PATTERNS, ViewRoutes};
