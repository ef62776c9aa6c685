#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod described;
mod page;
mod pages;
mod provider;
mod routes;

pub use described::Described;
pub use routes::{PATTERNS, RevealRoutes};
