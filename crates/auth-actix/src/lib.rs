#![doc = include_str!("../README.md")]

mod caller;
mod middleware;

pub use caller::Caller;
pub use middleware::{ApiKeyAuth, ApiKeyService};
