//! What watching the workflows of many clients costs: how long a look takes, and how much slower entries are stored.

mod ingest;
mod look;

use central_logger_benches::{Failure, serve_yardstick};
use clap::Parser;
use std::time::Duration;

/// Sets monitors of many clients, each of a workflow that has run often, and looks again and again: while nothing is
/// due, while workflows run, while one is missed at each look, and once while all are. The ceiling of a look is what
/// any look has to ask of the database. Then sends entries in turn to a server that does not follow them, to one that
/// does, to one that has monitors of their workflows as well, and to a handler that stores nothing.
#[derive(Debug, Parser)]
struct Args {
    /// Clients
    #[arg(long, default_value_t = 1000)]
    clients: usize,

    /// Monitors of each client
    #[arg(long, default_value_t = 10)]
    monitors: usize,

    /// Runs that are known of each workflow
    #[arg(long, default_value_t = 200)]
    runs: usize,

    /// Workflows that run in a second, each of another client
    #[arg(long, default_value_t = 100)]
    running: usize,

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

    /// Few and short measurements, to see that all of it works
    #[arg(long)]
    quick: bool,
}

fn main() -> Result<(), Failure> {
    actix_web::rt::System::new().block_on(run())
}

async fn run() -> Result<(), Failure> {
    if serve_yardstick().await? {
        return Ok(());
    }
    let args = match Args::parse() {
        args if args.quick => Args {
            clients: 20,
            runs: 20,
            running: 5,
            looks: 5,
            rounds: 2,
            seconds: 1,
            ..args
        },
        args => args,
    };
    let files = tempfile::tempdir()?;
    let url = async |name: &str| match args.database.as_str() {
        "sqlite" => format!("sqlite:{}", files.path().join(name).display()),
        _ => central_logger_postgres::testing::new_database().await,
    };
    look::measure(&url("looks.db").await, &args).await?;
    look::measure_all(&url("all.db").await, &args).await?;
    let urls = [
        url("nothing.db").await,
        url("states.db").await,
        url("monitors.db").await,
    ];
    let duration = Duration::from_secs(args.seconds);
    ingest::compare(&urls, args.rounds, duration, args.rate).await
}
