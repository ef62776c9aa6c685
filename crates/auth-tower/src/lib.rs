#![doc = include_str!("../README.md")]

mod body;
#[cfg(feature = "axum")]
mod caller;
mod layer;
mod service;

pub use body::GuardedBody;
#[cfg(feature = "axum")]
pub use caller::{Caller, CallerRejection};
pub use layer::ApiKeyLayer;
pub use service::ApiKeyService;
