#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod api_keys;
mod env_watch;
mod store;

pub use api_keys::{ApiKeys, ApiKeysError};
pub use env_watch::{EnvWatch, EnvWatchError, Reload};
pub use store::StaticKeys;
