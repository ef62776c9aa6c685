//! What storing entries durably costs: beside a handler that stores nothing, and beside `COPY`.

use actix_web::web::Bytes;
use central_logger_benches::{
    ExecutedAt, Failure, Figures, Load, Rows, Server, Spread, Yardstick, appends,
    appends_of_events, issue_to, keyring, serve_yardstick,
};
use central_logger_block_store::{Sealer, Which};
use central_logger_database::Database;
use clap::Parser;
use futures_util::SinkExt;
use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_postgres::{Client, NoTls};

/// Sends entries to a bare actix-web handler, to the server on SQLite and to the server on PostgreSQL
/// in turn, and rows to PostgreSQL by COPY, and compares the rates of each round.
#[derive(Debug, Parser)]
struct Args {
    /// Numbers of connections that send single entries
    #[arg(long, value_delimiter = ',', default_values_t = [1, 64, 256])]
    connections: Vec<usize>,

    /// Numbers of entries in a body that several connections send
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1000])]
    bodies: Vec<usize>,

    /// How often each is measured
    #[arg(long, default_value_t = 7)]
    rounds: usize,

    /// Seconds of each measurement
    #[arg(long, default_value_t = 2)]
    seconds: u64,

    /// When the entries were executed; `same` compares bodies of one time with rising ones, and
    /// nothing else
    #[arg(long, value_enum, default_value = "rising")]
    executed_at: ExecutedAt,
}

/// How many send bodies of several entries, or rows, at a time.
const WRITERS: usize = 4;

/// How many entries with event ids are sent in one measurement.
const EVENTS: usize = 100_000;

/// How many entries differ in their time: about what is stored in one measurement, since new entries
/// are those that were executed last.
const DIFFERENT: usize = 100_000;

/// A server, and a key that it knows.
struct Target {
    server: Server,
    key: String,
    /// Of another client.
    other_key: String,
    database: Arc<dyn Database>,
}

struct Bench {
    /// Nothing stored, SQLite, PostgreSQL.
    targets: [Target; 3],
    /// A connection to the database of the last.
    database: Client,
    rows: Rows,
    rounds: usize,
    duration: Duration,
}

fn main() -> Result<(), Failure> {
    actix_web::rt::System::new().block_on(run())
}

async fn run() -> Result<(), Failure> {
    if serve_yardstick().await? {
        return Ok(());
    }
    let args = Args::parse();
    let directory = tempfile::tempdir()?;
    let file = format!("sqlite:{}", directory.path().join("bench.db").display());
    let url = central_logger_postgres::testing::new_database().await;
    let bench = Bench {
        targets: [
            Target {
                server: Yardstick::Taking.start(&file).await?,
                key: "none".to_owned(),
                other_key: "none".to_owned(),
                database: central_logger_database::open(&file).await?,
            },
            Target::start(&file).await?,
            Target::start(&url).await?,
        ],
        database: connect(&url).await?,
        rows: Rows::new(DIFFERENT)?,
        rounds: args.rounds,
        duration: Duration::from_secs(args.seconds),
    };
    if args.executed_at == ExecutedAt::Same {
        return bench.compare_times(&args.bodies).await;
    }
    println!("connections  bare requests/s             SQLite               PostgreSQL");
    for connections in args.connections {
        bench.compare_single_entries(connections).await?;
    }
    println!("\nentries      COPY rows/s                 SQLite               PostgreSQL");
    for entries in args.bodies {
        bench.compare_with_copy(entries).await?;
    }
    println!(
        "\nevents       COPY rows/s                 database    new                  after sealing"
    );
    for entries in [1000] {
        bench.compare_events_with_copy(entries).await?;
    }
    bench.compare_with_an_insert().await?;
    bench.crowd_in().await
}

impl Bench {
    async fn compare_single_entries(&self, connections: usize) -> Result<(), Failure> {
        let [mut rates, mut sqlite, mut postgres] = [const { Spread::new() }; 3];
        for round in 0..self.rounds {
            // Each goes first in turn, for whatever the one before leaves behind.
            let mut measured = [0.0; 3];
            for turn in 0..3 {
                let which = (round + turn) % 3;
                let load = self.targets[which].load(connections, 1);
                measured[which] = load.run_for(self.duration).await?.all(201)?.rate();
            }
            rates.push(measured[0]);
            sqlite.push(measured[1] / measured[0]);
            postgres.push(measured[2] / measured[0]);
        }
        println!("{connections:>11}  {rates:<26.0}  {sqlite:<19.2}  {postgres:.2}");
        Ok(())
    }

    async fn compare_with_copy(&self, entries: usize) -> Result<(), Failure> {
        let [mut rates, mut sqlite, mut postgres] = [const { Spread::new() }; 3];
        for round in 0..self.rounds {
            let mut measured = [0.0; 3];
            for turn in 0..3 {
                let which = (round + turn) % 3;
                measured[which] = match which {
                    0 => self.copy(entries).await?,
                    _ => {
                        let load = self.targets[which].load(WRITERS, entries);
                        let outcome = load.run_for(self.duration).await?.all(201)?;
                        outcome.rate() * entries as f64
                    }
                };
            }
            rates.push(measured[0]);
            sqlite.push(measured[1] / measured[0]);
            postgres.push(measured[2] / measured[0]);
        }
        println!("{entries:>11}  {rates:<26.0}  {sqlite:<19.2}  {postgres:.2}");
        Ok(())
    }

    /// Entries a second that have event ids, beside `COPY`: when they are new, and all of them again when they
    /// are sealed.
    async fn compare_events_with_copy(&self, entries: usize) -> Result<(), Failure> {
        let mut rates = Spread::new();
        let mut ratios = [const { [const { Spread::new() }; 2] }; 2];
        for round in 0..self.rounds {
            let copied = self.copy(entries).await?;
            rates.push(copied);
            for (target, ratios) in self.targets[1..].iter().zip(&mut ratios) {
                let id = |number: usize| format!("run-{round}-{number}");
                let requests = appends_of_events(&target.key, EVENTS / entries, entries, id);
                let load = Load {
                    requests: requests.into(),
                    ..target.load(WRITERS, entries)
                };
                for ratio in ratios {
                    let outcome = load.run_once().await?.all(201)?;
                    ratio.push(outcome.rate() * entries as f64 / copied);
                    target.seal().await?;
                }
            }
        }
        for (name, [new, again]) in ["SQLite", "PostgreSQL"].into_iter().zip(ratios) {
            println!("{entries:>11}  {rates:<26.0}  {name:<10}  {new:<19.2}  {again:.2}");
        }
        Ok(())
    }

    /// Entries a second in bodies of one time, beside those in bodies of rising times.
    async fn compare_times(&self, bodies: &[usize]) -> Result<(), Failure> {
        println!("entries      database     rising entries/s          of one time");
        for entries in bodies {
            for (name, target) in [
                ("SQLite", &self.targets[1]),
                ("PostgreSQL", &self.targets[2]),
            ] {
                let [mut rising, mut ratios] = [const { Spread::new() }; 2];
                for round in 0..self.rounds {
                    let mut measured = [0.0; 2];
                    for turn in 0..2 {
                        let which = (round + turn) % 2;
                        let executed_at = [ExecutedAt::Rising, ExecutedAt::Same][which];
                        let load = target.load_of(WRITERS, *entries, executed_at);
                        let outcome = load.run_for(self.duration).await?.all(201)?;
                        measured[which] = outcome.rate() * *entries as f64;
                    }
                    rising.push(measured[0]);
                    ratios.push(measured[1] / measured[0]);
                }
                println!("{entries:>11}  {name:<11}  {rising:<24.0}  {ratios:.2}");
            }
        }
        Ok(())
    }

    /// Rows a second that come in by COPY, in one session, and one transaction for as many as a body has entries.
    async fn copy(&self, entries: usize) -> Result<f64, Failure> {
        let parts: Vec<_> = self.rows.parts(entries).collect();
        let (mut copied, began) = (0, Instant::now());
        while began.elapsed() < self.duration {
            let mut sink = pin!(self.database.copy_in(Rows::COPY).await?);
            let part = parts[copied % parts.len()].copied();
            sink.send(Bytes::from(part)).await?;
            sink.finish().await?;
            copied += 1;
        }
        Ok((copied * entries) as f64 / began.elapsed().as_secs_f64())
    }

    /// How long a lone request takes on an idle server, beside one plain INSERT of the same.
    async fn compare_with_an_insert(&self) -> Result<(), Failure> {
        let [mut inserts, mut ratios] = [const { Spread::new() }; 2];
        for _ in 0..self.rounds {
            let mut plain = Figures::default();
            for _ in 0..200 {
                let statement = self.rows.inserted();
                let began = Instant::now();
                self.database.batch_execute(&statement).await?;
                plain.push(began.elapsed());
            }
            let load = self.targets[2].load(1, 1);
            let lone = load.run_for(self.duration).await?.all(201)?;
            inserts.push(plain.percentile(50));
            ratios.push(lone.latencies.percentile(50) / plain.percentile(50));
        }
        println!("\na plain INSERT takes {inserts:.2} ms; a lone request {ratios:.2} times that");
        Ok(())
    }

    /// What one client that sends all it can does to another's single entries.
    async fn crowd_in(&self) -> Result<(), Failure> {
        for (name, target) in [
            ("SQLite", &self.targets[1]),
            ("PostgreSQL", &self.targets[2]),
        ] {
            let [mut quiet, mut ratios] = [const { Spread::new() }; 2];
            let neighbour = Load {
                rate: 200,
                requests: appends(&target.other_key, DIFFERENT, 1, ExecutedAt::Rising).into(),
                ..target.load(4, 1)
            };
            let flood = target.load(128, 1);
            for _ in 0..self.rounds {
                let alone = neighbour.run_for(self.duration).await?.all(201)?;
                let (beside, flooded) = tokio::join!(
                    neighbour.run_for(self.duration),
                    flood.run_for(self.duration),
                );
                flooded?;
                let p99 = alone.latencies.percentile(99);
                quiet.push(p99);
                ratios.push(beside?.all(201)?.latencies.percentile(99) / p99);
            }
            println!(
                "{name}: p99 of 200 entries a second {quiet:.1} ms, beside a client that floods \
                 {ratios:.1} times that"
            );
        }
        Ok(())
    }
}

impl Target {
    async fn start(url: &str) -> Result<Self, Failure> {
        let keyring = keyring(url).await?;
        let key = async |client: &str| {
            let issued = issue_to(client, &keyring).await?;
            Ok::<_, Failure>(issued.api_key.expose_secret().to_owned())
        };
        Ok(Self {
            key: key("bench").await?,
            other_key: key("neighbour").await?,
            server: Server::start(url, &[]).await?,
            database: central_logger_database::open(url).await?,
        })
    }

    /// Seals all logs.
    async fn seal(&self) -> Result<(), Failure> {
        let store = self.database.block_store().ok_or("no blocks")?;
        Sealer::new(store).seal_all(Which::All).await?;
        Ok(())
    }

    fn load(&self, connections: usize, entries: usize) -> Load {
        self.load_of(connections, entries, ExecutedAt::Rising)
    }

    fn load_of(&self, connections: usize, entries: usize, executed_at: ExecutedAt) -> Load {
        Load {
            address: self.server.address,
            connections,
            requests: appends(&self.key, DIFFERENT / entries, entries, executed_at).into(),
            rate: 0,
        }
    }
}

async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
