#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod answers;
mod asking;
pub mod problems;
mod query;
mod repeats;
mod shared;
pub mod values;
mod versions;

pub use asking::{Asking, network};
pub use query::Query;
pub use repeats::{Sent, named};
pub use shared::{Gates, OperationRoutes};
