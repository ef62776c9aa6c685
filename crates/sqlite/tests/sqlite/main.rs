//! All stores on real files.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod blocks;
mod conformance;
mod counting;
mod damage;
mod log_store;
mod sqlite;
