//! How much slower entries are stored while their workflows are watched.

use central_logger_benches::{
    Connection, Failure, Load, Server, Spread, Yardstick, entry, issue_to, keyring,
};
use central_logger_database::Database;
use central_logger_keys::ClientId;
use central_logger_times::{Clock, SystemClock};
use central_logger_workflow_follower::followed_to;
use central_logger_workflows::{ClientChange, Monitor, Watched, WorkflowName, WorkflowStore};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::time::sleep;
use uuid::Uuid;

const CONNECTIONS: usize = 64;
/// How many entries differ in their time.
const DIFFERENT: usize = 20_000;
const WORKFLOWS: usize = 10;

/// A server, its database, and what is sent to it.
struct Target {
    server: Server,
    database: Arc<dyn Database>,
    requests: Arc<[Vec<u8>]>,
}

/// What is left with monitors at least.
const GOAL: f64 = 0.97;

/// What a server does with the entries that it stores.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Following {
    /// Nothing: another server is said to follow them.
    Nothing,
    /// It follows them, for the states of their workflows.
    States,
    /// It follows them, and the workflows have monitors.
    Monitors,
}

/// Has a server that does not follow entries, one that does, one that has monitors as well, and a handler that stores
/// nothing answer in turn. What was stored is followed before the next turn, which is told, too.
pub(crate) async fn compare(
    urls: &[String; 3],
    rounds: usize,
    duration: Duration,
    rate: u32,
) -> Result<(), Failure> {
    let [nothing, states, monitors] = urls;
    let taking = Yardstick::Taking.start(nothing).await?;
    let nothing = Target::prepare(nothing, Following::Nothing).await?;
    let states = Target::prepare(states, Following::States).await?;
    let monitors = Target::prepare(monitors, Following::Monitors).await?;
    let loads = [
        nothing.load(&nothing.server, rate),
        states.load(&states.server, rate),
        monitors.load(&monitors.server, rate),
        nothing.load(&taking, rate),
    ];
    for load in &loads {
        load.run_for(duration).await?.all(201)?;
    }
    states.await_followed().await?;
    monitors.await_followed().await?;
    let [
        mut rates,
        mut stored,
        mut by_states,
        mut by_monitors,
        mut behind,
    ] = [const { Spread::new() }; 5];
    let mut sums = [0.0; 4];
    for round in 0..rounds {
        // Each goes first in turn, for whatever the one before leaves behind.
        let mut measured = [0.0; 4];
        for turn in 0..4 {
            let which = (round + turn) % 4;
            measured[which] = loads[which].run_for(duration).await?.all(201)?.rate();
            sums[which] += measured[which];
            match which {
                1 => drop(states.await_followed().await?),
                2 => behind.push(monitors.await_followed().await?.as_secs_f64()),
                _ => {}
            }
        }
        let [nothing, states, monitors, taken] = measured;
        rates.push(taken);
        stored.push(nothing / taken);
        by_states.push(states / nothing);
        by_monitors.push(monitors / states);
    }
    let [_, of_states, of_monitors, _] = sums;
    let (followed, watched) = (of_states / sums[0], of_monitors / of_states);
    println!("entries a second that a handler takes and does not store: {rates:.0}");
    println!("stored by a server that does not follow them: {stored:.2} of that");
    println!(
        "by one that does, without monitors: {followed:.3} of what is stored then, {by_states:.2}"
    );
    let verdict = match watched >= GOAL {
        true => "",
        false => "   too little is left",
    };
    println!(
        "by one with monitors: {watched:.3} of what is stored without, {by_monitors:.2}{verdict}"
    );
    println!("all are followed after {behind:.1} s");
    Ok(())
}

impl Target {
    async fn prepare(url: &str, following: Following) -> Result<Self, Failure> {
        let issued = issue_to("bench", &keyring(url).await?).await?;
        let database = central_logger_database::open(url).await?;
        let now = SystemClock.now();
        match following {
            Following::Nothing => lead_instead(Arc::clone(&database)).await?,
            Following::States => {}
            Following::Monitors => {
                let client = issued.record.owner.as_str().parse()?;
                set_monitors(&*database.workflows(), &client, now).await?;
            }
        }
        let key = issued.api_key.expose_secret();
        let headers = format!("X-API-Key: {key}\r\nContent-Type: application/json\r\n");
        let request = |number: usize| {
            let at = now - time::Duration::hours(1) + time::Duration::milliseconds(number as i64);
            let mut entry = entry(number);
            entry["environment"] = json!("prod");
            entry["workflow"] = json!(workflow(number % WORKFLOWS));
            entry["executed_at"] = json!(at.format(&Rfc3339)?);
            Ok(Connection::post(
                "/api/v1/logs",
                &headers,
                &entry.to_string(),
            ))
        };
        let requests = (0..DIFFERENT)
            .map(request)
            .collect::<Result<Vec<_>, Failure>>();
        Ok(Self {
            server: Server::start(url, &[]).await?,
            database,
            requests: requests?.into(),
        })
    }

    /// What is sent to it, sent to a server.
    fn load(&self, server: &Server, rate: u32) -> Load {
        Load {
            address: server.address,
            connections: CONNECTIONS,
            requests: Arc::clone(&self.requests),
            rate,
        }
    }

    /// Waits until all entries are followed, and returns how long that took.
    ///
    /// A place is not compared with that of now: whatever is written to the same cluster moves the latter, and the one
    /// that is noted moves with entries alone.
    async fn await_followed(&self) -> Result<Duration, Failure> {
        let (store, pruner) = (self.database.workflows(), self.database.log_pruner());
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(600) {
            if let Some(place) = followed_to(&*store).await? {
                let (clients, _) = pruner.clients_since(&place).await?;
                if clients.is_empty() {
                    return Ok(began.elapsed());
                }
            }
            // Seldom, since this takes time from what is waited for.
            sleep(Duration::from_millis(100)).await;
        }
        Err("the entries are not followed".into())
    }
}

fn workflow(number: usize) -> String {
    format!("workflow-{number}")
}

async fn set_monitors(
    store: &dyn WorkflowStore,
    client: &ClientId,
    now: OffsetDateTime,
) -> Result<(), Failure> {
    let mut change = ClientChange::new(store, client);
    for number in 0..WORKFLOWS {
        let name = WorkflowName::new("prod", workflow(number));
        let members = json!({"every": "60m", "grace": "10m", "max_runtime": "2h", "fail_after": 3});
        let members = members.as_object().ok_or("it is an object")?;
        let watched = Watched::new(Monitor::of_members(members)?, now);
        change.add(watched.write(name.key(), None, Some(now))?);
    }
    match change.commit(now).await? {
        true => Ok(()),
        false => Err("they were there already".into()),
    }
}

/// Keeps the server from following: another leads, and does nothing.
async fn lead_instead(database: Arc<dyn Database>) -> Result<(), Failure> {
    let leader = Uuid::new_v4();
    note(&*database, leader).await?;
    tokio::spawn(async move {
        loop {
            sleep(Duration::from_secs(1)).await;
            // What fails is tried again long before another may lead.
            drop(note(&*database, leader).await);
        }
    });
    Ok(())
}

async fn note(database: &dyn Database, leader: Uuid) -> Result<(), Failure> {
    let (store, now) = (database.workflows(), SystemClock.now());
    let place = database.logs().position().await?;
    let looked_at = i64::try_from(now.unix_timestamp_nanos() / 1_000_000)?;
    let body = json!({
        "place": place.as_str(), "leader": leader, "looked_at": looked_at, "blind_until": null,
    });
    let read = store.follower().await?;
    let expected = read.map(|read| read.revision);
    store.set_follower(expected, &body.to_string()).await?;
    Ok(())
}
