#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod badge;
mod channels;
mod confirmation;
mod described;
mod incidents;
mod lists;
mod monitors;
mod new_channel;
pub mod problems;
mod provider;
mod provider_channels;
mod public_status;
mod routes;
mod runs;
mod status_links;

pub use new_channel::new_channel;
pub use routes::{Described, PATTERNS, WorkflowRoutes};
