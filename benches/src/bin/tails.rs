//! What people who watch a client's logs live do to verification and to storing.

use central_logger_benches::{
    Connection, Failure, Load, Server, Spread, entry, issue_to, keyring, request, sqlite_url,
};
use clap::Parser;
use serde_json::json;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

/// One client posts entries at a steady pace while keys are verified as fast as they can be, without anybody who
/// watches, and with many tails of the client open, in turn.
#[derive(Debug, Parser)]
struct Args {
    /// How many tails are open
    #[arg(long, default_value_t = 50)]
    tails: usize,

    /// What they ask for, such as ?status=FAILED
    #[arg(long, default_value = "")]
    query: String,

    /// How many entries are posted in a second
    #[arg(long, default_value_t = 5000)]
    rate: usize,

    /// How often both are measured
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// Seconds of each measurement
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// So many entries are in a body.
const BODY: usize = 100;
/// So many connections post.
const WRITERS: usize = 4;
/// So many connections verify.
const VERIFIERS: usize = 16;
/// What is left with tails at least.
const GOAL: f64 = 0.9;

struct Site<'a> {
    args: &'a Args,
    address: SocketAddr,
    posting: String,
    verified: String,
    _server: Server,
}

/// What was done in a second.
struct Measured {
    verified: f64,
    stored: f64,
    /// The time that 99 of 100 bodies took at most, in milliseconds.
    took: f64,
    /// To all tails together.
    delivered: f64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let directory = tempfile::tempdir()?;
    let postgres = central_logger_postgres::testing::new_database().await;
    for (name, url) in [
        ("SQLite", sqlite_url(directory.path())),
        ("PostgreSQL", postgres),
    ] {
        Site::new(&args, &url).await?.compare(name).await?;
    }
    Ok(())
}

impl<'a> Site<'a> {
    async fn new(args: &'a Args, url: &str) -> Result<Self, Failure> {
        let keyring = keyring(url).await?;
        let posting = issue_to("watched", &keyring).await?;
        let verified = issue_to("other", &keyring).await?;
        let server = Server::start(url, &[]).await?;
        Ok(Self {
            args,
            address: server.address,
            posting: posting.api_key.expose_secret().to_owned(),
            verified: verified.api_key.expose_secret().to_owned(),
            _server: server,
        })
    }

    async fn compare(&self, name: &str) -> Result<(), Failure> {
        let tails = self.args.tails;
        let ratios = [Spread::new(), Spread::new()];
        let [mut verified, mut stored] = ratios;
        println!("{name:10}  verified/s   stored/s   p99 ms   delivered/s");
        for round in 0..self.args.rounds {
            // Each goes first in turn, for whatever the one before leaves behind.
            let (without, with) = match round % 2 {
                0 => (self.measure(0).await?, self.measure(tails).await?),
                _ => {
                    let with = self.measure(tails).await?;
                    (self.measure(0).await?, with)
                }
            };
            for (tails, measured) in [(0, &without), (tails, &with)] {
                let Measured {
                    verified,
                    stored,
                    took,
                    delivered,
                } = measured;
                println!(
                    "{tails:4} tails  {verified:10.0} {stored:10.0} {took:8.1} {delivered:13.0}"
                );
            }
            verified.push(with.verified / without.verified);
            stored.push(with.stored / without.stored);
        }
        for (what, ratio) in [("verification", &verified), ("storing", &stored)] {
            let verdict = match ratio.median() >= GOAL {
                true => "",
                false => "   too little is left",
            };
            println!("{name:10}  {what} with {tails} tails: {ratio:.2} of that without{verdict}");
        }
        Ok(())
    }

    async fn measure(&self, tails: usize) -> Result<Measured, Failure> {
        let delivered = Arc::new(AtomicU64::new(0));
        let mut open = JoinSet::new();
        for _ in 0..tails {
            let stream = self.open_tail().await?;
            open.spawn(follow(stream, Arc::clone(&delivered)));
        }
        let duration = Duration::from_secs(self.args.seconds);
        let posts = self.posts()?;
        let verifies = Load {
            address: self.address,
            connections: VERIFIERS,
            requests: [request("/api/v1/verify", &self.verified)].into(),
            rate: 0,
        };
        let began = Instant::now();
        let posting = tokio::spawn(async move { posts.run_for(duration).await });
        let verified = verifies.run_for(duration).await?.all(200)?.rate();
        let stored = posting.await??.all(201)?;
        let seconds = began.elapsed().as_secs_f64();
        // One that has ended by itself has failed.
        if let Some(ended) = open.try_join_next() {
            return Err(format!("a tail ended: {:?}", ended?).into());
        }
        Ok(Measured {
            verified,
            stored: stored.rate() * BODY as f64,
            took: stored.latencies.percentile(99),
            delivered: delivered.load(Ordering::Relaxed) as f64 / seconds,
        })
    }

    /// Bodies of entries that are executed now: a tail shows what is new.
    fn posts(&self) -> Result<Load, Failure> {
        let now = OffsetDateTime::now_utc().format(&Rfc3339)?;
        let rate = u32::try_from(self.args.rate / BODY)?.max(1);
        let headers = format!(
            "X-API-Key: {}\r\nContent-Type: application/json\r\n",
            self.posting
        );
        let body = |first: usize| {
            let entries = (first..first + BODY).map(|number| {
                let mut entry = entry(number);
                entry["executed_at"] = json!(now);
                entry
            });
            let body = json!(entries.collect::<Vec<_>>()).to_string();
            Connection::post("/api/v1/logs", &headers, &body)
        };
        Ok(Load {
            address: self.address,
            connections: WRITERS,
            requests: (0..100).map(|number| body(number * BODY)).collect(),
            rate,
        })
    }

    /// Opens a tail, and waits until it has begun.
    async fn open_tail(&self) -> Result<TcpStream, Failure> {
        let mut stream = TcpStream::connect(self.address).await?;
        let path = format!("/api/v1/logs/tail{}", self.args.query);
        stream.write_all(&request(&path, &self.posting)).await?;
        let mut head = Vec::new();
        while !head.windows(11).any(|part| part == b": following") {
            if stream.read_buf(&mut head).await? == 0 || head.starts_with(b"HTTP/1.1 4") {
                return Err(String::from_utf8_lossy(&head).into());
            }
        }
        Ok(stream)
    }
}

/// Reads what comes, and counts it: each entry has one closing brace.
async fn follow(mut stream: TcpStream, delivered: Arc<AtomicU64>) -> Result<(), std::io::Error> {
    let mut part = vec![0; 64 << 10];
    loop {
        let count = stream.read(&mut part).await?;
        let entries = part[..count].iter().filter(|byte| **byte == b'}').count();
        delivered.fetch_add(entries as u64, Ordering::Relaxed);
        if count == 0 {
            return Ok(());
        }
    }
}
