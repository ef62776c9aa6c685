//! How long a look at many monitors takes.

use crate::Args;
use central_logger_benches::{Failure, Figures};
use central_logger_keys::ClientId;
use central_logger_times::{Clock, SystemClock};
use central_logger_workflow_follower::Follower;
use central_logger_workflows::{
    ClientChange, DocumentKind, Monitor, Observation, Watched, WorkflowName, WorkflowState,
    WorkflowStore,
};
use serde_json::json;
use std::time::{Duration as StdDuration, Instant};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Looks while nothing is due, and then while the runs of some monitors do not come, each in its second.
pub(crate) async fn measure(url: &str, args: &Args) -> Result<(), Failure> {
    let began = SystemClock.now();
    let follower = follower(url, args, began, Duration::SECOND).await?;
    let (mut quiet, mut busy) = (Figures::default(), Figures::default());
    let mut now = began;
    for _ in 0..args.looks {
        now += Duration::SECOND;
        quiet.push(look(&follower, now).await?);
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
    for (name, figures) in [
        ("nothing is due", quiet),
        ("one is missed each second", busy),
    ] {
        let [half, most] = [50, 99].map(|percent| figures.percentile(percent));
        println!("  a look while {name}: {half:.1}, 99 % within {most:.1}");
    }
    Ok(())
}

/// Looks when the runs of all monitors have not come, at the same second.
pub(crate) async fn measure_all(url: &str, args: &Args) -> Result<(), Failure> {
    let began = SystemClock.now();
    let follower = follower(url, args, began, Duration::ZERO).await?;
    let mut now = wait_until(&follower, began, began + DUE).await?;
    let (mut took, mut looks) = (StdDuration::ZERO, 0);
    let store = central_logger_database::open(url).await?.workflows();
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
    url: &str,
    args: &Args,
    now: OffsetDateTime,
    each: Duration,
) -> Result<Follower, Failure> {
    let database = central_logger_database::open(url).await?;
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

/// How much later than a run the next one is due.
const DUE: Duration = Duration::HOUR;

/// Each workflow has run, so much later than the one before, and the next run is due an hour later and a second.
async fn set_up(
    store: &dyn WorkflowStore,
    args: &Args,
    now: OffsetDateTime,
    each: Duration,
) -> Result<(), Failure> {
    for client in 0..args.clients {
        let id: ClientId = format!("client-{client}").parse()?;
        let mut change = ClientChange::new(store, &id);
        for number in 0..args.monitors {
            let name = WorkflowName::new("prod", format!("workflow-{number}"));
            let started_at = now + each * i32::try_from(client * args.monitors + number)?;
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
