//! Usage, detectors and webhooks.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod usage;
mod watch;
mod webhook;
