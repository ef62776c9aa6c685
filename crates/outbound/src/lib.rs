#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod addresses;
mod egress;
mod endpoint;
mod error;

pub use egress::{EgressPolicy, InvalidEgressPolicy};
pub use endpoint::Endpoint;
pub use error::{EndpointError, SendError};
