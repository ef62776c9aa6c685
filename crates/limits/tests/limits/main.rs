//! Limits that servers share.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod memory;
mod simulation;
