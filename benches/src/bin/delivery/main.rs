//! How fast keys that are due get to a vault, by the real command, which is killed on the way and taken up again.

mod command;
mod keys;
mod vault;

use central_logger_benches::Failure;
use clap::Parser;
use command::rotate;
use keys::Keys;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Gives many clients a key that is due and a target in a stub of Vault that answers at once. Rotates a tenth as many
/// keys first, for the memory that they take. Then rotates all, is killed at a third, and goes on with another run. Checks
/// that the stub holds one successor for each client, which a server accepts, and that no key has two.
#[derive(Debug, Parser)]
struct Args {
    /// Clients, each with a key that is due
    #[arg(long, default_value_t = 10_000)]
    clients: usize,

    /// The database: SQLite, unless it is `postgres`
    #[arg(long, default_value = "sqlite")]
    database: String,

    /// Few keys, to see that all of it works
    #[arg(long)]
    quick: bool,
}

/// Keys a second that are to be handed over.
const GOAL: f64 = 200.0;
/// After so long, a run that finds a pending key knows that no other is writing it.
const TAKEN_OVER_AFTER: Duration = Duration::from_secs(31);

fn main() -> Result<(), Failure> {
    actix_web::rt::System::new().block_on(run())
}

async fn run() -> Result<(), Failure> {
    let args = match Args::parse() {
        args if args.quick => Args {
            clients: 200,
            ..args
        },
        args => args,
    };
    let files = tempfile::tempdir()?;
    let url = async |name: &str| match args.database.as_str() {
        "postgres" => central_logger_postgres::testing::new_database().await,
        _ => format!("sqlite:{}", files.path().join(name).display()),
    };
    let few = Keys::set_up(&url("few.db").await, args.clients / 10).await?;
    let of_few = rotate(&few, None).await?;
    few.check().await?;
    println!(
        "{} keys: {:.1} MiB of memory at most",
        of_few.rotated, of_few.memory
    );
    let all = Keys::set_up(&url("all.db").await, args.clients).await?;
    interrupted(&all).await?;
    all.check_accepted_by_a_server().await?;
    ceiling(&all).await
}

/// Rotates all keys, by runs of which the first is killed.
async fn interrupted(keys: &Keys) -> Result<(), Failure> {
    let count = keys.count();
    let killed = rotate(keys, Some(count / 3)).await?;
    let at = Instant::now();
    keys.check_held().await?;
    let written = keys.vault.written();
    println!(
        "{count} keys, killed when {written} were written: {}, {:.1} MiB of memory at most",
        rate(written, killed.took),
        killed.memory
    );
    let second = rotate(keys, None).await?;
    println!(
        "taken up again, {} more: {}, {:.1} MiB of memory at most",
        second.rotated,
        rate(second.rotated, second.took),
        second.memory
    );
    if second.left > 0 {
        sleep(TAKEN_OVER_AFTER.saturating_sub(at.elapsed())).await;
        let third = rotate(keys, None).await?;
        println!(
            "{} that the killed run might have been writing: {} half a minute later",
            second.left, third.rotated
        );
        if third.left > 0 {
            return Err(format!("{} keys were not handed over", third.left).into());
        }
    }
    let given_up = keys.check().await?;
    println!("one successor each; {given_up} of the killed run were given up");
    Ok(())
}

/// How fast the stub answers, and what that would come to.
async fn ceiling(keys: &Keys) -> Result<(), Failure> {
    let each = keys.vault.calls() as f64 / keys.count() as f64;
    let calls = keys.vault.answers_per_second().await?;
    println!(
        "the stub answers {calls:.0} calls a second; a key takes {each:.1}: {:.0} keys a second at most",
        calls / each
    );
    Ok(())
}

fn rate(keys: usize, took: Duration) -> String {
    let rate = keys as f64 / took.as_secs_f64();
    let verdict = match rate < GOAL {
        true => " (too slow)",
        false => "",
    };
    format!("{rate:.0} a second{verdict}")
}
