#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod answers;
mod changes;
mod described;
mod lists;
mod making;
mod repeats;
pub mod requests;
mod routes;
mod withdrawals;

pub use described::Described;
pub use routes::{KeyRoutes, PATTERNS};
