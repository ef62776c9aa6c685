#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod timestamp;
mod unit_duration;

pub use timestamp::{InvalidTimestamp, Timestamp};
pub use unit_duration::{DurationUnit, InvalidDuration, UnitDuration};
