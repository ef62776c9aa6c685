//! How long a look at many monitors takes.

use crate::Args;
use central_logger_benches::{Failure, Figures};
use central_logger_database::Database;
use central_logger_keys::ClientId;
use central_logger_log_store::{LogStore, Submission};
use central_logger_times::{Clock, SystemClock};
use central_logger_workflow_follower::Follower;
use central_logger_workflows::{
    ClientChange, DocumentKind, Monitor, Observation, Watched, WorkflowName, WorkflowState,
    WorkflowStore,
};
use serde_json::json;
use std::time::{Duration as StdDuration, Instant};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// How long a look at most takes, in milliseconds.
const GOAL: f64 = 100.0;

/// Looks while nothing is due, while workflows run, and then while the runs of some monitors do not come, each in its
/// second.
pub(crate) async fn measure(url: &str, args: &Args) -> Result<(), Failure> {
    let began = SystemClock.now();
    let database = central_logger_database::open(url).await?;
    let follower = follower(&*database, args, began, Duration::SECOND).await?;
    let mut figures = [(); 4].map(|()| Figures::default());
    let [ceiling, quiet, running, busy] = &mut figures;
    let mut now = began;
    for _ in 0..args.looks {
        now += Duration::SECOND;
        ceiling.push(ask(&*database, now).await?);
        quiet.push(look(&follower, now).await?);
    }
    for _ in 0..args.looks {
        now += Duration::SECOND;
        run(&*database.logs(), args, now).await?;
        running.push(look(&follower, now).await?);
    }
    now = wait_until(&follower, now, began + DUE).await?;
    for _ in 0..args.looks {
        now += Duration::SECOND;
        busy.push(look(&follower, now).await?);
    }
    let count = args.clients * args.monitors;
    println!(
        "{count} monitors of {} clients, in milliseconds:",
        args.clients
    );
    let names = [
        "what any look asks".to_owned(),
        "a look while nothing is due".to_owned(),
        format!("a look while {} run each second", args.running),
        "a look while one is missed each second".to_owned(),
    ];
    for (name, figures) in names.iter().zip(&figures) {
        let [half, most] = [50, 99].map(|percent| figures.percentile(percent));
        let verdict = match most < GOAL {
            true => "",
            false => "   too long",
        };
        println!("  {name}: {half:.1}, 99 % within {most:.1}{verdict}");
    }
    Ok(())
}

/// How long the database takes for what any look has to ask: the note, the clients of whom something came, and what is
/// due.
async fn ask(database: &dyn Database, now: OffsetDateTime) -> Result<StdDuration, Failure> {
    let (store, logs) = (database.workflows(), database.logs());
    let position = logs.position().await?;
    let pruner = database.log_pruner();
    let began = Instant::now();
    store.follower().await?;
    pruner.clients_since(&position).await?;
    for kind in [
        DocumentKind::Monitor,
        DocumentKind::State,
        DocumentKind::Incident,
    ] {
        store.due(kind, now, 1).await?;
    }
    Ok(began.elapsed())
}

/// The first workflows of the last clients run, whose next runs are expected last.
async fn run(logs: &dyn LogStore, args: &Args, now: OffsetDateTime) -> Result<(), Failure> {
    for client in args.clients.saturating_sub(args.running)..args.clients {
        let client: ClientId = format!("client-{client}").parse()?;
        let body = json!({
            "environment": "prod", "workflow": "workflow-0", "status": "SUCCESS",
            "executed_at": now.format(&Rfc3339)?,
        });
        let text = body.to_string();
        let Submission::One(entry) = Submission::parse(text.as_bytes(), &client, now)? else {
            return Err("an object is one".into());
        };
        logs.append(&client, now, &[entry]).await?;
    }
    Ok(())
}

/// Looks when the runs of all monitors have not come, at the same second.
pub(crate) async fn measure_all(url: &str, args: &Args) -> Result<(), Failure> {
    let began = SystemClock.now();
    let database = central_logger_database::open(url).await?;
    let follower = follower(&*database, args, began, Duration::ZERO).await?;
    let mut now = wait_until(&follower, began, began + DUE).await?;
    let (mut took, mut looks) = (StdDuration::ZERO, 0);
    let store = database.workflows();
    while !store.due(DocumentKind::Monitor, now, 1).await?.is_empty() || looks == 0 {
        now += Duration::seconds(2);
        took += look(&follower, now).await?;
        looks += 1;
    }
    println!(
        "  all that are missed at once, in {looks} looks: {:.0}",
        took.as_secs_f64() * 1000.0
    );
    Ok(())
}

/// Looks often enough that it is no outage.
async fn wait_until(
    follower: &Follower,
    mut now: OffsetDateTime,
    end: OffsetDateTime,
) -> Result<OffsetDateTime, Failure> {
    while now < end {
        now = end.min(now + Duration::MINUTE);
        look(follower, now).await?;
    }
    Ok(now)
}

/// What looks at monitors in a new database, each of which is due so much later than the one before.
async fn follower(
    database: &dyn Database,
    args: &Args,
    now: OffsetDateTime,
    each: Duration,
) -> Result<Follower, Failure> {
    database.migrate().await?;
    let store = database.workflows();
    set_up(&*store, args, now, each).await?;
    Ok(Follower::new(store, database.logs(), database.log_pruner()))
}

async fn look(follower: &Follower, now: OffsetDateTime) -> Result<StdDuration, Failure> {
    let began = Instant::now();
    if !follower.look(now).await? {
        return Err("another server leads".into());
    }
    Ok(began.elapsed())
}

/// How long after the beginning the first run is due.
const DUE: Duration = Duration::HOUR;

/// Each workflow has run every hour, the last time so much later than the one before, none of them later than now; and the
/// next run of the first one is due in an hour and a second.
async fn set_up(
    store: &dyn WorkflowStore,
    args: &Args,
    now: OffsetDateTime,
    each: Duration,
) -> Result<(), Failure> {
    let length = each * i32::try_from(args.clients * args.monitors)?;
    let every = format!("{}s", (length + DUE).whole_seconds());
    for client in 0..args.clients {
        let id: ClientId = format!("client-{client}").parse()?;
        let mut change = ClientChange::new(store, &id);
        for number in 0..args.monitors {
            let name = WorkflowName::new("prod", format!("workflow-{number}"));
            let behind = each * i32::try_from(client * args.monitors + number)?;
            let started_at = now - length + behind;
            let members = json!({"every": every, "grace": "1s"});
            let members = members.as_object().ok_or("it is an object")?;
            let mut watched = Watched::new(Monitor::of_members(members)?, now);
            let mut state = WorkflowState::default();
            for run in (0..args.runs.max(1)).rev() {
                let earlier = Duration::HOUR * i32::try_from(run)?;
                state.add(run_at(started_at - earlier, run), &watched.monitor.failed);
            }
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

fn run_at(at: OffsetDateTime, run: usize) -> Observation {
    Observation {
        entry: Uuid::from_u128(run as u128),
        executed_at: at,
        received_at: at,
        status: "SUCCESS".to_owned(),
        run_id: None,
        duration_ms: Some(1000),
    }
}
