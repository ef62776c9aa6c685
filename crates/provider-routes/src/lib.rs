#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod activity;
mod audit;
mod client_bodies;
mod client_changes;
mod clients;
mod described;
mod removals;
mod routes;
mod servers;

pub use client_bodies::client_patch;
pub use described::Described;
pub use routes::{PATTERNS, ProviderRoutes};
