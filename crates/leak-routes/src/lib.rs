#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod bounds;
mod described;
mod github;
mod published_keys;
mod reports;
mod routes;

pub use described::Described;
pub use github::{GitHub, InvalidKeysUrl};
pub use routes::{LeakRoutes, PATTERNS};
