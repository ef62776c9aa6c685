#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod clock;
mod timestamp;
mod unit_duration;

#[cfg(feature = "testing")]
pub use clock::ManualClock;
pub use clock::{Clock, SystemClock};
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use unit_duration::{DurationUnit, InvalidDuration, UnitDuration};
