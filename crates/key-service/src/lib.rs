#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod key_service;
mod tasks;
mod tending;
mod upkeep;

pub use key_service::{KeyService, KeyServiceBuilder};
pub use tasks::Tasks;

/// The examples of the project's README, which the tests compile.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}

/// Those of the page on embedding, which the tests compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
mod embedding {}
