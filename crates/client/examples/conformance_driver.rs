//! The driver that the conformance suite of clients runs: commands as lines of JSON on standard input.

use central_logger_client::{Client, ClientBuilder, Entry, Stats};
use serde_json::{Value, json};
use std::{
    env,
    io::{self, BufRead, Write},
    time::Duration,
};

fn main() -> io::Result<()> {
    let client = options(Client::builder()).build();
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = obey(&client, &line?);
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn options(mut builder: ClientBuilder) -> ClientBuilder {
    let options = env::var("CLIENT_OPTIONS").unwrap_or_default();
    let options: Value = serde_json::from_str(&options).unwrap_or_default();
    for (name, value) in options.as_object().into_iter().flatten() {
        let text = || value.as_str().unwrap_or_default().to_owned();
        let number = || value.as_u64().unwrap_or_default();
        let seconds = || Duration::from_secs_f64(value.as_f64().unwrap_or_default());
        builder = match name.as_str() {
            "url" => builder.url(text()),
            "key" => builder.key(text()),
            "key_file" => builder.key_file(text()),
            "environment" => builder.environment(text()),
            "workflow" => builder.workflow(text()),
            "spool_dir" => builder.spool_dir(text()),
            "fsync" => builder.fsync(value == true),
            "max_memory" => builder.max_memory(number() as usize),
            "max_spool" => builder.max_spool(number()),
            "batch_entries" => builder.batch_entries(number() as usize),
            "batch_bytes" => builder.batch_bytes(number() as usize),
            "linger" => builder.linger(seconds()),
            "shutdown_timeout" => builder.shutdown_timeout(seconds()),
            "timeout" => builder.timeout(seconds()),
            _ => builder,
        };
    }
    builder
}

fn obey(client: &Client, line: &str) -> Value {
    let command: Value = serde_json::from_str(line).unwrap_or_default();
    let timeout = command["timeout"].as_f64().map(Duration::from_secs_f64);
    match command["do"].as_str() {
        Some("log") => {
            log(client, &command["entry"]);
            json!({ "ok": true })
        }
        Some("flush") => {
            let flushed = client.flush(timeout.unwrap_or(Duration::from_secs(10)));
            json!({ "ok": true, "flushed": flushed })
        }
        Some("fork") => match fork_and_log(client, &command["entries"]) {
            Ok(()) => json!({ "ok": true }),
            Err(error) => json!({ "ok": false, "error": error.to_string() }),
        },
        Some("stats") => json!({ "ok": true, "stats": counts(client.stats()) }),
        Some("close") => {
            client.close(timeout.unwrap_or(Duration::from_secs(10)));
            json!({ "ok": true })
        }
        _ => json!({ "ok": false, "error": "unsupported" }),
    }
}

fn log(client: &Client, entry: &Value) {
    if let Ok(entry) = entry.to_string().parse::<Entry>() {
        client.log(entry);
    }
}

fn fork_and_log(client: &Client, entries: &Value) -> io::Result<()> {
    match fork::fork()? {
        fork::Fork::Parent(child) => fork::waitpid(child).map(drop),
        fork::Fork::Child => {
            entries
                .as_array()
                .into_iter()
                .flatten()
                .for_each(|entry| log(client, entry));
            client.close(Duration::from_secs(10));
            std::process::exit(0)
        }
    }
}

fn counts(stats: Stats) -> Value {
    json!({
        "queued": stats.queued,
        "delivered": stats.delivered,
        "rejected": stats.rejected,
        "dropped": stats.dropped,
        "retries": stats.retries,
        "spooled_bytes": stats.spooled_bytes,
    })
}
