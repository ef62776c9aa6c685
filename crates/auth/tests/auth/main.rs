//! Who gets through, and how many requests, over stores in memory and a clock set by hand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod authenticate;
mod cache;
mod flood;
mod limits;
mod sessions;
mod shared_limits;
