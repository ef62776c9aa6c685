#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod code_samples;
mod html;
mod operation;
mod page;
mod schema;

pub use code_samples::add_code_samples;
pub use page::{POLICY, page};
