#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod network;
mod tally;
mod usage;

pub use usage::UsageCounter;
