//! The store in memory, and the conformance checks themselves.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../../log-store/tests/log_store/floors.rs"]
mod floors;
mod memory;
mod outside;
