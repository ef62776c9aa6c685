//! Entries, searches and the store in memory.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod builder;
mod content;
mod entries;
mod floors;
mod memory;
mod submission;
