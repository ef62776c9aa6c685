//! Prints how long a call takes: `cargo run --release --example call_time`. The server is away.

use central_logger_client::{Client, Entry};
use std::time::{Duration, Instant};

const CALLS: usize = 100_000;

fn main() {
    let folder =
        std::env::temp_dir().join(format!("central-logger-call-time-{}", std::process::id()));
    let builder = || {
        // Nobody listens there.
        Client::builder()
            .url("http://127.0.0.1:9")
            .key("cl_test_example")
            .shutdown_timeout(Duration::ZERO)
    };
    measure("memory", &builder().build());
    measure("spool", &builder().spool_dir(&folder).build());
    let _ = std::fs::remove_dir_all(&folder);
}

fn measure(queue: &str, client: &Client) {
    let mut times: Vec<_> = (0..CALLS)
        .map(|row| {
            let began = Instant::now();
            client.log(
                Entry::new("a row was imported")
                    .workflow("nightly")
                    .with("row", row),
            );
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |share: f64| times[(CALLS as f64 * share) as usize];
    println!(
        "{queue}: p50 {:?}, p99 {:?}, p99.9 {:?}; {:?}",
        at(0.5),
        at(0.99),
        at(0.999),
        client.stats()
    );
}
