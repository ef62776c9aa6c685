//! How fast a server that has just started gets to know the keys that are in use.

use central_logger_benches::{Failure, Load, Server, Spread, issue, keyring, request};
use clap::{Parser, ValueEnum};
use std::{sync::Arc, thread};

/// Restarts a server, presents each of many keys to it once, and counts how many it verifies a second.
#[derive(Debug, Parser)]
struct Args {
    /// Where the keys are; `postgres` needs TEST_DATABASE_URL, which scripts/bench sets
    #[arg(long, value_enum, default_value = "postgres")]
    database: Database,

    /// How many keys
    #[arg(long, default_value_t = 10_000)]
    keys: usize,

    /// How often the server is restarted
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// Connections
    #[arg(long, default_value_t = 256)]
    connections: usize,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Database {
    Postgres,
    Sqlite,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let directory = tempfile::tempdir()?;
    let url = match args.database {
        Database::Postgres => central_logger_postgres::testing::new_database().await,
        Database::Sqlite => format!("sqlite:{}", directory.path().join("keys.db").display()),
    };
    let keyring = keyring(&url).await?;
    let mut requests = Vec::new();
    for number in 0..args.keys {
        let key = issue(&keyring).await?;
        requests.push(request("/api/v1/verify", key.api_key.expose_secret()));
        if number % 1000 == 999 {
            eprintln!("{} keys issued", number + 1);
        }
    }
    let requests: Arc<[_]> = requests.into();
    let (mut rates, mut longest) = (Spread::new(), Spread::new());
    for _ in 0..args.rounds {
        let server = Server::start(&url, &[]).await?;
        let load = Load {
            address: server.address,
            connections: args.connections,
            requests: Arc::clone(&requests),
            rate: 0,
        };
        let outcome = load.run_once().await?.all(200)?;
        rates.push(outcome.rate());
        longest.push(outcome.latencies.percentile(100));
    }
    let cores = thread::available_parallelism()?;
    println!(
        "{} keys, each presented once to a new server, on {cores} cores",
        args.keys
    );
    println!("first-seen keys/s        {rates:.0}");
    println!("the longest answer, ms   {longest:.0}");
    Ok(())
}
