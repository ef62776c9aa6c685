//! What the client library and `central-logger-send run` cost: beside a load generator, and beside the bare job.

use central_logger_benches::{
    Failure, Load, Server, Spread, appends_of_events, issue, keyring, program,
};
use central_logger_client::{Client, Entry};
use clap::Parser;
use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{process::Command, task::JoinSet};
use uuid::Uuid;

/// Runs jobs bare and with `central-logger-send run`, which sends to a server on SQLite and on PostgreSQL,
/// and compares their durations. Then ships entries with one client of the Rust library, in turn with load
/// generators that send as many over several connections and over one, and compares the rates of each round.
#[derive(Debug, Parser)]
struct Args {
    /// Number of entries that are shipped in one measurement
    #[arg(long, default_value_t = 200_000)]
    entries: usize,

    /// How often each rate is measured
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// Number of jobs that run one after the other
    #[arg(long, default_value_t = 200)]
    jobs: usize,

    /// Number of jobs that run at the same time
    #[arg(long, default_value_t = 1000)]
    at_once: usize,
}

/// Entries in a request of the load generator over several connections, as in the benchmark of ingest.
const BODY: usize = 1000;
/// Its connections, as there. They keep the server busy with one request while it waits for the database in another,
/// which no client can do that sends entries in order.
const WRITERS: usize = 4;
/// Entries in a request of the load generator over one connection: about as many as the library puts into one of 1 MiB.
const LARGE_BODY: usize = 2500;
/// What the library allows in a request unless it is told otherwise.
const MOST: usize = 10_000;
/// How long a job takes that runs beside others, in seconds.
const JOB_SECONDS: &str = "1";
const PATIENCE: Duration = Duration::from_secs(600);

/// How the client ships.
#[derive(Clone, Copy)]
struct Way<'a> {
    name: &'static str,
    /// All of them lead to the server, but bodies to one that is not known to be on this machine are compressed.
    host: &'static str,
    spool: Option<&'a Path>,
    batch_entries: usize,
}

struct Target {
    name: &'static str,
    server: Server,
    key: String,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let directory = tempfile::tempdir()?;
    let file = format!("sqlite:{}", directory.path().join("bench.db").display());
    let url = central_logger_postgres::testing::new_database().await;
    let targets = [
        Target::start("SQLite", &file).await?,
        Target::start("PostgreSQL", &url).await?,
    ];
    // The jobs come first: servers that seal what was shipped answer later.
    println!("database    a lone job, ms                     so much longer under `run`, ms");
    for target in &targets {
        target
            .compare_lone_jobs(args.jobs, directory.path())
            .await?;
    }
    println!("\ndatabase    jobs at once    bare, s    under `run`, s");
    for target in &targets {
        let bare = at_once(args.at_once, || sleep(Command::new("sleep"))).await?;
        let run = at_once(args.at_once, || {
            sleep(target.run(directory.path(), "sleep"))
        });
        let run = run.await?;
        println!(
            "{:<10}  {:<14}  {bare:<9.1}  {run:.1}",
            target.name, args.at_once
        );
    }
    println!(
        "\ndatabase    queue              4 connections, entries/s     1 beside them     client beside them"
    );
    let spool = directory.path().join("spool");
    let memory = Way {
        name: "memory",
        host: "127.0.0.1",
        spool: None,
        batch_entries: MOST,
    };
    let ways = [
        memory,
        Way {
            name: "spool",
            spool: Some(spool.as_path()),
            ..memory
        },
        Way {
            name: "memory, 1,000",
            batch_entries: BODY,
            ..memory
        },
        Way {
            name: "memory, gzip",
            host: "0.0.0.0",
            ..memory
        },
    ];
    for target in &targets {
        for way in &ways {
            target.compare_rates(&args, way).await?;
        }
    }
    Ok(())
}

impl Target {
    async fn start(name: &'static str, url: &str) -> Result<Self, Failure> {
        let issued = issue(&keyring(url).await?).await?;
        Ok(Self {
            name,
            key: issued.api_key.expose_secret().to_owned(),
            server: Server::start(url, &[]).await?,
        })
    }

    async fn compare_rates(&self, args: &Args, way: &Way<'_>) -> Result<(), Failure> {
        let [mut generated, mut in_order, mut beside] = [const { Spread::new() }; 3];
        for round in 0..args.rounds {
            let mut rates = [0.0; 3];
            // Each goes first in turn, for whatever the one before leaves behind.
            for turn in 0..3 {
                let which = (round + turn) % 3;
                rates[which] = match which {
                    0 => self.generate(args.entries).await?,
                    1 => self.generate_in_order(args.entries).await?,
                    _ => self.ship(args.entries, way)?,
                };
            }
            generated.push(rates[0]);
            in_order.push(rates[1] / rates[0]);
            beside.push(rates[2] / rates[0]);
        }
        println!(
            "{:<10}  {:<17}  {generated:<27.0}  {in_order:<16.2}  {beside:.2}",
            self.name, way.name
        );
        Ok(())
    }

    /// Entries a second of the load generator over several connections.
    async fn generate(&self, entries: usize) -> Result<f64, Failure> {
        let name = Uuid::new_v4();
        let id = |number: usize| format!("{name}-{number}");
        let requests = appends_of_events(&self.key, entries / BODY, BODY, id);
        self.rate(WRITERS, requests, BODY).await
    }

    /// Entries a second of the load generator over one connection: what a client could reach to which nothing is
    /// work, since it sends the next request after the answer to the one before. Ids are as random as those of the
    /// library, since the server takes longer to compress such.
    async fn generate_in_order(&self, entries: usize) -> Result<f64, Failure> {
        let id = |_: usize| Uuid::new_v4().simple().to_string();
        let requests = appends_of_events(&self.key, entries / LARGE_BODY, LARGE_BODY, id);
        self.rate(1, requests, LARGE_BODY).await
    }

    /// Entries a second of requests that bring so many entries each.
    async fn rate(
        &self,
        connections: usize,
        requests: Vec<Vec<u8>>,
        entries: usize,
    ) -> Result<f64, Failure> {
        let load = Load {
            address: self.server.address,
            connections,
            requests: requests.into(),
            rate: 0,
        };
        Ok(load.run_once().await?.all(201)?.rate() * entries as f64)
    }

    /// Entries a second of one client, from the first call until all are delivered.
    fn ship(&self, entries: usize, way: &Way<'_>) -> Result<f64, Failure> {
        let mut builder = Client::builder()
            .url(format!(
                "http://{}:{}",
                way.host,
                self.server.address.port()
            ))
            .key(&self.key)
            .max_memory(1 << 30)
            .max_spool(1 << 30)
            .batch_entries(way.batch_entries);
        if let Some(spool) = way.spool {
            builder = builder.spool_dir(spool);
        }
        let client = builder.build();
        let began = Instant::now();
        for number in 0..entries {
            client.log(
                Entry::new(format!("{number:0>160}"))
                    .environment("production")
                    .status("SUCCESS")
                    .workflow("nightly-invoices")
                    .with("duration_ms", number % 5000),
            );
        }
        let is_done = client.close(PATIENCE);
        let took = began.elapsed().as_secs_f64();
        let delivered = client.stats().delivered;
        match is_done && delivered == entries as u64 {
            true => Ok(entries as f64 / took),
            false => Err(format!("{delivered} of {entries} entries were delivered").into()),
        }
    }

    async fn compare_lone_jobs(&self, jobs: usize, directory: &Path) -> Result<(), Failure> {
        let [mut bare, mut longer] = [const { Spread::new() }; 2];
        for _ in 0..jobs {
            let [alone, run] = [
                duration(Command::new("true")).await?,
                duration(self.run(directory, "true")).await?,
            ];
            bare.push(alone * 1000.0);
            longer.push((run - alone) * 1000.0);
        }
        println!("{:<10}  {bare:<33.1}  {longer:.1}", self.name);
        Ok(())
    }

    /// `central-logger-send run`, with a command to which arguments can be added.
    fn run(&self, directory: &Path, job: &str) -> Command {
        let name = "central-logger-send";
        // A program that was not built is told by the one that starts it.
        let mut command = Command::new(program(name).unwrap_or_else(|_| name.into()));
        command
            .env("LOGGER_API_URL", format!("http://{}", self.server.address))
            .env("LOGGER_API_KEY", &self.key)
            .arg("--spool-dir")
            .arg(directory.join("spool-of-jobs"))
            .args(["run", "--workflow", "invoices", "--", job]);
        command
    }
}

fn sleep(mut command: Command) -> Command {
    command.arg(JOB_SECONDS);
    command
}

/// How long a job takes, in seconds.
async fn duration(mut command: Command) -> Result<f64, Failure> {
    let began = Instant::now();
    let ended = command.stdin(Stdio::null()).status().await?;
    match ended.success() {
        true => Ok(began.elapsed().as_secs_f64()),
        false => Err(format!("the job ended with {ended}").into()),
    }
}

/// How long so many jobs take together, in seconds.
async fn at_once(jobs: usize, job: impl Fn() -> Command) -> Result<f64, Failure> {
    let began = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..jobs {
        running.spawn(duration(job()));
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(began.elapsed().as_secs_f64())
}
