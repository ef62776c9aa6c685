#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod accept;
pub mod body;
mod compression;
pub mod idempotency;
pub mod malformed;
mod members;
mod open_tails;
pub mod openapi;
pub mod parameters;
pub mod problem;
mod quota;
pub mod room;
pub mod route;

pub use accept::wants_page;
pub use members::{Members, text};
pub use open_tails::{OpenTail, OpenTails};
pub use parameters::Parameters;
pub use problem::Problem;
pub use quota::ingest_quota;
