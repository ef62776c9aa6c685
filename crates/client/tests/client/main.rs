//! Clients against a server that answers as a test says.
#![allow(clippy::unwrap_used)]

mod delivery;
mod entry;
mod layers;
mod scripted_server;
mod spool;

use central_logger_client::{Client, ClientBuilder, Entry};
use serde_json::Value;
use std::time::Duration;

/// More than any test takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn builder(url: &str) -> ClientBuilder {
    Client::builder()
        .url(url)
        .key("cl_test_example")
        .environment("test")
        .linger(Duration::ZERO)
        .shutdown_timeout(Duration::ZERO)
}

fn log_numbers(client: &Client, numbers: std::ops::Range<u32>) {
    numbers.for_each(|number| {
        client.log(Entry::new("numbered").with("n", number));
    });
}

fn numbers(entries: &[Value]) -> Vec<u64> {
    entries
        .iter()
        .map(|entry| entry["n"].as_u64().unwrap())
        .collect()
}
