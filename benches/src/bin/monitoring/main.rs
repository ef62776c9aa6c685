//! What watching keys costs, and whether what it counts is exact.

mod cost;
mod exactness;
mod look;

use central_logger_benches::{Failure, serve_yardstick};
use clap::Parser;
use std::time::Duration;

/// Holds the usage that a server has stored against what was sent to it, compares a service that
/// counts and watches with the same that does not, and times a look for what is suspicious.
#[derive(Debug, Parser)]
struct Args {
    /// How many keys are in use
    #[arg(long, default_value_t = 1000)]
    keys: usize,

    /// Requests a second while usage is held against what was sent
    #[arg(long, default_value_t = 5000)]
    rate: u32,

    /// How many requests that are
    #[arg(long, default_value_t = 100_000)]
    requests: usize,

    /// How often the two services are compared
    #[arg(long, default_value_t = 60)]
    rounds: usize,

    /// Seconds of each measurement
    #[arg(long, default_value_t = 1)]
    seconds: u64,

    /// Numbers of active keys among which is looked
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000])]
    active: Vec<usize>,
}

/// Databases by their names for people.
struct Database {
    name: &'static str,
    url: String,
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
    let database = async |number: usize| {
        let file = directory.path().join(format!("{number}.db"));
        let postgres = central_logger_postgres::testing::new_database().await;
        [
            Database {
                name: "SQLite",
                url: format!("sqlite:{}", file.display()),
            },
            Database {
                name: "PostgreSQL",
                url: postgres,
            },
        ]
    };
    println!(
        "usage, beside what was sent at {} requests a second with {} keys",
        args.rate, args.keys
    );
    for database in &database(0).await {
        exactness::hold(database, args.keys, args.requests, args.rate).await?;
    }
    println!("\nrequests/s without monitoring, and of these with it, in all and in each round");
    println!("            verifying                         storing");
    for database in &database(1).await {
        let duration = Duration::from_secs(args.seconds);
        cost::compare(database, args.keys, args.rounds, duration).await?;
    }
    println!("\na look for what is suspicious, in ms");
    println!("            active keys  the first of an hour  a further one");
    for (number, active) in args.active.iter().enumerate() {
        for database in &database(2 + number).await {
            look::time(database, *active).await?;
        }
    }
    Ok(())
}
