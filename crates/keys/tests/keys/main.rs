//! The key format and hashing, seen from outside.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod format;
mod hashing;
