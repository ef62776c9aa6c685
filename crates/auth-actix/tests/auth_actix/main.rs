//! The middleware and the extractor in services of actix-web.
#![allow(clippy::unwrap_used)]

mod conformance;
mod middleware;
mod orders;
