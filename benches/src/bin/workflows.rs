//! How long a look at the workflows of many clients takes.

use central_logger_benches::{Failure, Figures};
use central_logger_keys::ClientId;
use central_logger_times::{Clock, SystemClock};
use central_logger_workflow_follower::Follower;
use central_logger_workflows::{
    ClientChange, Monitor, Observation, Watched, WorkflowName, WorkflowState, WorkflowStore,
};
use clap::Parser;
use serde_json::json;
use std::time::{Duration as StdDuration, Instant};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Sets monitors of many clients, each of a workflow that has just run, and looks again and again: while nothing is
/// due, while a few are due at each look, and once while all are.
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

    /// The database: PostgreSQL, unless it is `sqlite`
    #[arg(long, default_value = "postgres")]
    database: String,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let files = tempfile::tempdir()?;
    let url = match args.database.as_str() {
        "sqlite" => format!("sqlite:{}", files.path().join("keys.db").display()),
        _ => central_logger_postgres::testing::new_database().await,
    };
    let database = central_logger_database::open(&url).await?;
    database.migrate().await?;
    let store = database.workflows();
    let began = SystemClock.now();
    set_up(&*store, &args, began).await?;
    let follower = Follower::new(store, database.logs(), database.log_pruner());
    let (mut quiet, mut busy) = (Figures::default(), Figures::default());
    let mut now = began;
    for _ in 0..args.looks {
        now += Duration::SECOND;
        quiet.push(look(&follower, now).await?);
    }
    // From here on one monitor is due each second.
    now = began + Duration::hours(1);
    for _ in 0..args.looks {
        now += Duration::SECOND;
        busy.push(look(&follower, now).await?);
    }
    let all = look(&follower, now + Duration::hours(12)).await?;
    let count = args.clients * args.monitors;
    println!(
        "{count} monitors of {} clients, in milliseconds:",
        args.clients
    );
    for (name, figures) in [("nothing is due", quiet), ("one is due each second", busy)] {
        let [half, most] = [50, 99].map(|percent| figures.percentile(percent));
        println!("  a look while {name}: {half:.1}, 99 % within {most:.1}");
    }
    println!(
        "  one look while all are due: {:.0}",
        all.as_secs_f64() * 1000.0
    );
    Ok(())
}

async fn look(follower: &Follower, now: OffsetDateTime) -> Result<StdDuration, Failure> {
    let began = Instant::now();
    if !follower.look(now).await? {
        return Err("another server leads".into());
    }
    Ok(began.elapsed())
}

/// Each workflow has run, and the next run is due an hour later and some seconds.
async fn set_up(
    store: &dyn WorkflowStore,
    args: &Args,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    for client in 0..args.clients {
        let id: ClientId = format!("client-{client}").parse()?;
        let mut change = ClientChange::new(store, &id);
        for number in 0..args.monitors {
            let name = WorkflowName::new("prod", format!("workflow-{number}"));
            let started_at = now + Duration::seconds((client * args.monitors + number) as i64);
            let members = json!({"every": "60m", "grace": "1s"});
            let members = members.as_object().ok_or("it is an object")?;
            let mut watched = Watched::new(Monitor::of_members(members)?, now);
            let mut state = WorkflowState::default();
            state.add(run_at(started_at), &watched.monitor.failed);
            let (_, due_at) = watched.look(&name, &state, now, None);
            change.add(state.write(name.key(), None, now)?);
            change.add(watched.write(name.key(), None, due_at)?);
        }
        if !change.commit(now).await? {
            return Err("it was there already".into());
        }
    }
    Ok(())
}

fn run_at(at: OffsetDateTime) -> Observation {
    Observation {
        entry: Uuid::new_v4(),
        executed_at: at,
        received_at: at,
        status: "SUCCESS".to_owned(),
        run_id: None,
        duration_ms: Some(1000),
    }
}
