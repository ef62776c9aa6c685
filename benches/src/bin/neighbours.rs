//! What a client that reads as hard as it can does to another.

use central_logger_benches::{
    Connection, Failure, Figures, Load, Server, fill, issue_to, keyring, logs, request, sqlite_url,
};
use clap::Parser;
use serde_json::Value;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// One client reads its own entries over many connections, each as soon as it has its answer. Meanwhile
/// another client asks for its newest page and sends entries under an Idempotency-Key, and somebody asks
/// whether the server is ready.
#[derive(Debug, Parser)]
struct Args {
    /// How many entries the first client has
    #[arg(long, default_value_t = 300_000)]
    entries: usize,

    /// Over how many connections it reads
    #[arg(long, default_value_t = 128)]
    connections: usize,

    /// Seconds of each measurement
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// What the other client and the one who looks after the server do, and what they may wait at most.
const CALLS: [&str; 3] = ["newest page", "POST, Idempotency-Key", "readyz"];
const GOAL_MS: f64 = 100.0;

struct Site {
    address: SocketAddr,
    large: String,
    small: String,
    /// Counts the names of requests.
    sent: usize,
    _server: Server,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let directory = tempfile::tempdir()?;
    let postgres = central_logger_postgres::testing::new_database().await;
    println!(
        "                                    quiet p50, p99    beside   p50, p99, most   (ms)"
    );
    for (name, url) in [
        ("SQLite", sqlite_url(directory.path())),
        ("PostgreSQL", postgres),
    ] {
        let mut site = Site::new(&url, args.entries).await?;
        let duration = Duration::from_secs(args.seconds);
        let quiet = site.measure(duration).await?;
        let reads = Load {
            address: site.address,
            connections: args.connections,
            requests: [
                "?status=NOPE",
                "?q=nosuch",
                "?limit=1000",
                "/stats?from=2026-01-01T00:00:00Z&interval=1d",
            ]
            .map(|query| request(&format!("/api/v1/logs{query}"), &site.large))
            .into(),
            rate: 0,
        };
        // Longer than what is measured, so that all of it is measured beside them.
        let reading = tokio::spawn(async move { reads.run_for(duration + duration / 2).await });
        tokio::time::sleep(duration / 4).await;
        let beside = site.measure(duration).await?;
        let read = reading.await??;
        for ((call, quiet), beside) in CALLS.iter().zip(&quiet).zip(&beside) {
            let (before, after) = (quiet.percentile(99), beside.percentile(99));
            println!(
                "{name:10}  {call:22}  {:8.2} {before:8.2}    {:8.2} {after:8.2} {:8.2}   {}",
                quiet.percentile(50),
                beside.percentile(50),
                beside.percentile(100),
                match after <= GOAL_MS.max(before * 5.0) {
                    true => "",
                    false => "too long",
                }
            );
        }
        println!("{name:10}  the reader was answered {:?}", read.statuses);
    }
    Ok(())
}

impl Site {
    async fn new(url: &str, entries: usize) -> Result<Self, Failure> {
        let keyring = keyring(url).await?;
        let (large, small) = (
            issue_to("large", &keyring).await?,
            issue_to("small", &keyring).await?,
        );
        let logs = logs(url).await?;
        fill(&*logs, &"large".parse()?, 0..entries).await?;
        fill(&*logs, &"small".parse()?, 0..1000).await?;
        let server = Server::start(url, &[]).await?;
        Ok(Self {
            address: server.address,
            large: large.api_key.expose_secret().to_owned(),
            small: small.api_key.expose_secret().to_owned(),
            sent: 0,
            _server: server,
        })
    }

    /// How long each call takes, one after the other, for so long.
    async fn measure(&mut self, duration: Duration) -> Result<[Figures; 3], Failure> {
        let mut connection = Connection::open(self.address).await?;
        let newest = request("/api/v1/logs", &self.small);
        let ready = Connection::request("/readyz", "");
        let mut figures = [(); 3].map(|()| Figures::default());
        let began = Instant::now();
        while began.elapsed() < duration {
            self.sent += 1;
            let headers = format!(
                "X-API-Key: {}\r\nContent-Type: application/json\r\nIdempotency-Key: {}\r\n",
                self.small, self.sent
            );
            let entry: Value = central_logger_benches::entry(1_000_000 + self.sent);
            let post = Connection::post("/api/v1/logs", &headers, &entry.to_string());
            for ((figures, call), expected) in figures
                .iter_mut()
                .zip([&newest, &post, &ready])
                .zip([200, 201, 200])
            {
                let sent = Instant::now();
                let status = connection.send(call).await?;
                figures.push(sent.elapsed());
                if status != expected {
                    return Err(format!("answered with {status}: {}", connection.body()?).into());
                }
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(figures)
    }
}
