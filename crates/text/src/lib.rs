#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod message_format;
mod plain_text;
mod report;

pub use message_format::{InvalidMessageFormat, MessageFormat};
pub use plain_text::{InvalidPlainText, PlainText, is_obeyed, shown};
pub use report::Report;
