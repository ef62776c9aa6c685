//! Storing, reading and following the logs of a client.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod first_sent;
#[path = "../../../log-store/tests/log_store/floors.rs"]
mod floors;
mod ingest;
mod order;
mod quotas;
mod reading;
mod retention;
mod search;
mod shared_tails;
mod support;
mod tail;
