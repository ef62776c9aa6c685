//! The layer and the extractor in services of tower.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod conformance;
mod layer;
