//! Workflows: what is kept of them, and how they are watched.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod limits;
mod memory;
mod of_all;
mod watching;
