#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod asset;
pub mod banner;
pub mod chart;
mod compressed;
pub mod count;
mod failure;
pub mod form;
mod headers;
mod page;
mod part;
pub mod status;
pub mod time;
pub mod time_fields;
mod untrusted;

pub use asset::{ASSETS, asset};
pub use compressed::compressed;
pub use failure::Failure;
pub use page::Page;
pub use part::Part;
pub use untrusted::{line, text};
