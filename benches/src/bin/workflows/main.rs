//! What watching the workflows of many clients costs: how long a look takes, and how much slower entries are stored.

mod ingest;
mod look;

use central_logger_benches::Failure;
use clap::Parser;
use std::time::Duration;

/// Sets monitors of many clients, each of a workflow that has just run, and looks again and again: while nothing is
/// due, while one is missed at each look, and once while all are. Then stores entries of watched workflows on two
/// servers in turn, of which one watches.
#[derive(Debug, Parser)]
struct Args {
    /// Clients
    #[arg(long, default_value_t = 1000)]
    clients: usize,

    /// Monitors of each client
    #[arg(long, default_value_t = 10)]
    monitors: usize,

    /// Looks that are measured
    #[arg(long, default_value_t = 100)]
    looks: usize,

    /// How often the two servers are compared
    #[arg(long, default_value_t = 15)]
    rounds: usize,

    /// Seconds of each measurement
    #[arg(long, default_value_t = 2)]
    seconds: u64,

    /// Entries a second; as many as are answered with 0
    #[arg(long, default_value_t = 0)]
    rate: u32,

    /// The database: PostgreSQL, unless it is `sqlite`
    #[arg(long, default_value = "postgres")]
    database: String,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let files = tempfile::tempdir()?;
    let url = async |name: &str| match args.database.as_str() {
        "sqlite" => format!("sqlite:{}", files.path().join(name).display()),
        _ => central_logger_postgres::testing::new_database().await,
    };
    look::measure(&url("looks.db").await, &args).await?;
    look::measure_all(&url("all.db").await, &args).await?;
    let urls = [url("without.db").await, url("with.db").await];
    let duration = Duration::from_secs(args.seconds);
    ingest::compare(&urls, args.rounds, duration, args.rate).await
}
