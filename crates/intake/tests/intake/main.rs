//! What clients of other systems send, as it is read, refused and answered.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bounds;
mod delayed;
mod fields;
mod fixtures;
mod properties;
