//! Sixty days of a client through each change of summer time: a server that is down for two days while spools fill, and
//! twelve kinds of trouble, each of which raises its own incident within 15 seconds of its moment and nothing else.

use crate::site::Site;
use central_logger_times::Clock;
use central_logger_workflow_follower::Follower;
use central_logger_workflows::{
    Incident,
    IncidentKind::{self, RunFailed, RunMissed, RunStuck},
    IncidentQuery, Monitor, WorkflowName,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, iter::successors};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

const LENGTH: Duration = Duration::days(60);
/// A server that looks less often than every 90 seconds counts as one that was down.
const LOOKS: Duration = Duration::seconds(75);

/// An entry of a run: how long after the run was expected it is executed, and how much later it is received.
struct Part {
    after: Duration,
    late: Duration,
    status: &'static str,
}

struct Trouble {
    name: &'static str,
    monitor: Value,
    /// The run that was expected in place of a good one.
    run: Vec<Part>,
    /// How many runs are like this, a day after the other.
    days: i64,
    kind: IncidentKind,
    /// How long after the first of them was expected the incident begins.
    moment: Duration,
}

const fn part(after: Duration, status: &'static str) -> Part {
    let late = Duration::ZERO;
    Part {
        after,
        late,
        status,
    }
}

fn good_run() -> Vec<Part> {
    vec![
        part(Duration::seconds(20), "RUNNING"),
        part(Duration::seconds(80), "SUCCESS"),
    ]
}

fn daily() -> Value {
    json!({"cron": "30 2 * * *", "time_zone": "Europe/Berlin", "grace": "1h", "max_runtime": "2h"})
}

/// Workflows that are well all the time.
fn healthy() -> Vec<Value> {
    vec![
        json!({"cron": "0 3 * * *", "time_zone": "America/New_York", "grace": "1h"}),
        json!({"cron": "15 */6 * * *", "time_zone": "Europe/Berlin", "grace": "2m"}),
        json!({"cron": "5 4 * * 1-5", "time_zone": "UTC", "grace": "1m"}),
        json!({"cron": "0 0 1 * *", "time_zone": "Australia/Lord_Howe", "grace": "1h"}),
        json!({"every": "6h", "grace": "10m"}),
        json!({"every": "24h", "grace": "1h"}),
    ]
}

fn troubles() -> Vec<Trouble> {
    let hours = Duration::hours;
    let trouble = |name, run, kind, moment| Trouble {
        name,
        monitor: daily(),
        run,
        days: 1,
        kind,
        moment,
    };
    let begins = || part(Duration::seconds(20), "RUNNING");
    let ends = |status| vec![begins(), part(Duration::seconds(80), status)];
    let ended = Duration::seconds(80);
    let stuck = hours(2) + Duration::seconds(20);
    let with = |more: Value, trouble: Trouble| {
        let mut monitor = trouble.monitor;
        let members = more.as_object().unwrap().clone();
        monitor.as_object_mut().unwrap().extend(members);
        Trouble { monitor, ..trouble }
    };
    let lines = (1..12).map(|number| part(Duration::minutes(15) * number, "INFO"));
    let twice = vec![
        begins(),
        part(ended, "FAILED"),
        part(Duration::minutes(9), "TIMEOUT"),
    ];
    vec![
        trouble("never-started", vec![], RunMissed, hours(1)),
        trouble(
            "started-too-late",
            vec![part(Duration::minutes(70), "SUCCESS")],
            RunMissed,
            hours(1),
        ),
        trouble(
            "reported-too-late",
            vec![Part {
                late: Duration::minutes(70),
                ..part(Duration::MINUTE, "SUCCESS")
            }],
            RunMissed,
            hours(1),
        ),
        Trouble {
            days: 7,
            ..trouble("stopped-for-a-week", vec![], RunMissed, hours(1))
        },
        trouble("failed", ends("FAILED"), RunFailed, ended),
        trouble("failed-with-an-error", ends("error"), RunFailed, ended),
        with(
            json!({"failed": ["EXPLODED"]}),
            trouble("failed-in-its-own-way", ends("exploded"), RunFailed, ended),
        ),
        trouble(
            "failed-at-once",
            vec![part(ended, "CRASHED")],
            RunFailed,
            ended,
        ),
        with(
            json!({"fail_after": 2}),
            trouble("failed-twice", twice, RunFailed, Duration::minutes(9)),
        ),
        trouble(
            "hung-and-ended",
            vec![begins(), part(hours(3), "SUCCESS")],
            RunStuck,
            stuck,
        ),
        trouble("was-killed", vec![begins()], RunStuck, stuck),
        trouble(
            "hung-with-lines",
            [begins()].into_iter().chain(lines).collect(),
            RunStuck,
            stuck,
        ),
    ]
}

/// What happens when: entries that are received, and moments at which something must be known.
#[derive(Default)]
struct Script {
    entries: BTreeMap<OffsetDateTime, Vec<Value>>,
    checks: BTreeMap<OffsetDateTime, Vec<(String, usize)>>,
}

/// When the server is down.
#[derive(Clone, Copy)]
struct Outage {
    begin: OffsetDateTime,
    end: OffsetDateTime,
}

impl Script {
    /// Adds a run. While the server is down the client keeps it in its spool, which is delivered within ten minutes.
    fn add(&mut self, workflow: &str, expected: OffsetDateTime, run: &[Part], outage: Outage) {
        for (number, part) in run.iter().enumerate() {
            let executed_at = expected + part.after;
            let mut at = executed_at + part.late;
            if (outage.begin..outage.end).contains(&at) {
                at = outage.end + (at - outage.begin) / (2 * 24 * 6);
            }
            // Two that failed are two runs.
            let is_second = part.status == "TIMEOUT";
            let run_id = format!("{expected} {}", if is_second { number } else { 0 });
            let body = json!({
                "environment": "prod", "workflow": workflow, "status": part.status, "run_id": run_id,
                "executed_at": executed_at.format(&Rfc3339).unwrap(),
            });
            self.entries.entry(at).or_default().push(body);
        }
    }

    /// That many incidents of a workflow must be known then.
    fn check(&mut self, at: OffsetDateTime, workflow: &str, incidents: usize) {
        let check = (workflow.to_owned(), incidents);
        self.checks.entry(at).or_default().push(check);
    }

    fn next_after(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let behind = now + Duration::NANOSECOND..;
        let entry = self.entries.range(behind.clone()).next();
        let check = self.checks.range(behind).next();
        let times = [entry.map(|(at, _)| *at), check.map(|(at, _)| *at)];
        times.into_iter().flatten().min()
    }
}

/// When runs are expected.
fn times(monitor: &Value, begin: OffsetDateTime) -> Vec<OffsetDateTime> {
    let monitor = Monitor::of_members(monitor.as_object().unwrap()).unwrap();
    // An interval is counted from the start of the run before.
    let late = match monitor.schedule.next_after(begin) {
        Some(next) if next - begin == Duration::hours(6) => Duration::seconds(20),
        _ => Duration::ZERO,
    };
    let next = |time: &OffsetDateTime| monitor.schedule.next_after(*time + late);
    let times = successors(next(&begin), next);
    times.take_while(|time| *time < begin + LENGTH).collect()
}

async fn incidents(site: &Site, workflow: &str) -> Vec<Incident> {
    let query = IncidentQuery {
        workflow: Some(workflow.to_owned()),
        limit: 100,
        ..IncidentQuery::default()
    };
    let page = site.workflows.incidents(&site.acme, &query).await;
    page.unwrap().incidents
}

async fn play(site: &Site, follower: &Follower, script: &Script, outage: Outage) {
    let (begin, mut now) = (site.clock.now(), site.clock.now());
    while now < begin + LENGTH {
        let next = script.next_after(now).unwrap_or(begin + LENGTH);
        let next = match (outage.begin..outage.end).contains(&now) {
            true => next.max(outage.end),
            false => next.min(now + LOOKS),
        };
        site.clock.advance(next - now);
        now = next;
        for body in script.entries.get(&now).into_iter().flatten() {
            site.store_entry(&site.acme, body).await;
        }
        if !(outage.begin..outage.end).contains(&now) {
            assert!(site.look(follower).await);
        }
        for (workflow, count) in script.checks.get(&now).into_iter().flatten() {
            let found = incidents(site, workflow).await;
            assert_eq!(found.len(), *count, "{workflow} at {now}: {found:#?}");
        }
    }
}

async fn sixty_days_from(begin: OffsetDateTime) {
    let site = Site::at(begin);
    let follower = site.follower();
    site.look(&follower).await;
    let outage = Outage {
        begin: begin + Duration::days(10),
        end: begin + Duration::days(12),
    };
    let mut script = Script::default();
    for (number, monitor) in healthy().into_iter().enumerate() {
        let name = format!("healthy-{number}");
        set_monitor(&site, &name, &monitor).await;
        for time in times(&monitor, begin) {
            script.add(&name, time, &good_run(), outage);
        }
    }
    for (number, trouble) in troubles().iter().enumerate() {
        set_monitor(&site, trouble.name, &trouble.monitor).await;
        let times = times(&trouble.monitor, begin);
        let first = 14 + 3 * number;
        for (day, time) in times.iter().enumerate() {
            let is_troubled = (first..first + trouble.days as usize).contains(&day);
            match is_troubled {
                true => script.add(trouble.name, *time, &trouble.run, outage),
                false => script.add(trouble.name, *time, &good_run(), outage),
            }
        }
        let moment = times[first] + trouble.moment;
        script.check(moment - Duration::SECOND, trouble.name, 0);
        script.check(moment + Duration::seconds(15), trouble.name, 1);
    }
    play(&site, &follower, &script, outage).await;
    for number in 0..healthy().len() {
        let found = incidents(&site, &format!("healthy-{number}")).await;
        assert!(found.is_empty(), "{found:#?}");
    }
    for trouble in troubles() {
        let found = incidents(&site, trouble.name).await;
        let [incident] = &found[..] else {
            panic!("{}: {found:#?}", trouble.name)
        };
        assert_eq!(incident.kind, trouble.kind, "{incident:#?}");
        assert!(incident.ended_at.is_some(), "{incident:#?}");
    }
}

async fn set_monitor(site: &Site, workflow: &str, monitor: &Value) {
    let (name, members) = (WorkflowName::new("prod", workflow), monitor.as_object());
    let set = (site.workflows).set_monitor(&site.acme, &name, members.unwrap(), false);
    set.await.unwrap();
}

#[tokio::test]
async fn sixty_days_of_spring_raise_what_was_wrong_and_nothing_else() {
    assert_eq!(troubles().len(), 12);
    sixty_days_from(datetime!(2026-03-01 12:00 UTC)).await;
}

#[tokio::test]
async fn sixty_days_of_autumn_raise_what_was_wrong_and_nothing_else() {
    sixty_days_from(datetime!(2026-10-01 12:00 UTC)).await;
}
