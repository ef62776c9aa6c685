//! Twelve kinds of trouble: each raises exactly its own incident, at its moment, and it ends when all is well again.

use super::subject::Subject;
use central_logger_workflows::IncidentKind::{self, RunFailed, RunMissed, RunStuck};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, macros::datetime};

const BEGIN: OffsetDateTime = datetime!(2026-05-03 00:00 UTC);
/// When the run of the second day is expected.
const SECOND: OffsetDateTime = datetime!(2026-05-04 03:00 UTC);

struct Trouble {
    name: &'static str,
    monitor: Value,
    /// What happens from the time of the second run on.
    happens: fn(&mut Subject),
    kind: IncidentKind,
    /// How long after that time the incident begins.
    after: Duration,
}

fn daily(more: Value) -> Value {
    let mut monitor = json!({"cron": "0 3 * * *", "grace": "1h", "max_runtime": "2h"});
    for (name, value) in more.as_object().unwrap() {
        monitor[name] = value.clone();
    }
    monitor
}

fn troubles() -> Vec<Trouble> {
    let trouble = |name, more, happens, kind, after| Trouble {
        name,
        monitor: daily(more),
        happens,
        kind,
        after,
    };
    let none = || json!({});
    vec![
        trouble("never started", none(), |_| {}, RunMissed, Duration::HOUR),
        trouble(
            "started too late",
            none(),
            |subject| {
                subject.wait(Duration::minutes(70));
                subject.run("SUCCESS");
            },
            RunMissed,
            Duration::HOUR,
        ),
        trouble(
            "reported too late",
            none(),
            |subject| {
                let at = subject.now;
                subject.wait(Duration::minutes(70));
                subject.entry(at, "SUCCESS", None);
            },
            RunMissed,
            Duration::HOUR,
        ),
        trouble(
            "stopped for a week",
            none(),
            |subject| {
                subject.wait(Duration::days(6) + Duration::hours(20));
            },
            RunMissed,
            Duration::HOUR,
        ),
        trouble(
            "failed",
            none(),
            |subject| subject.run("FAILED"),
            RunFailed,
            Duration::MINUTE,
        ),
        trouble(
            "failed with an error",
            none(),
            |subject| subject.run("error"),
            RunFailed,
            Duration::MINUTE,
        ),
        trouble(
            "failed with a status of its own",
            json!({"failed": ["EXPLODED"]}),
            |subject| {
                subject.run("exploded");
            },
            RunFailed,
            Duration::MINUTE,
        ),
        trouble(
            "failed at once",
            none(),
            |subject| {
                subject.entry(subject.now, "CRASHED", Some("at once"));
            },
            RunFailed,
            Duration::ZERO,
        ),
        trouble(
            "failed twice",
            json!({"fail_after": 2}),
            |subject| {
                subject.run("FAILED");
                subject.wait(Duration::minutes(9));
                subject.run("TIMEOUT");
            },
            RunFailed,
            Duration::minutes(11),
        ),
        trouble(
            "hangs and ends",
            none(),
            |subject| {
                subject.entry(subject.now, "RUNNING", Some("hangs"));
                subject.wait(Duration::hours(3));
                subject.entry(subject.now, "SUCCESS", Some("hangs"));
            },
            RunStuck,
            Duration::hours(2),
        ),
        trouble(
            "was killed",
            none(),
            |subject| {
                subject.entry(subject.now, "STARTED", Some("killed"));
            },
            RunStuck,
            Duration::hours(2),
        ),
        trouble(
            "hangs with lines of a log",
            none(),
            |subject| {
                subject.entry(subject.now, "RUNNING", Some("busy"));
                for _ in 0..10 {
                    subject.wait(Duration::minutes(15));
                    subject.entry(subject.now, "INFO", Some("busy"));
                }
            },
            RunStuck,
            Duration::hours(2),
        ),
    ]
}

#[test]
fn each_trouble_raises_exactly_its_own_incident_and_it_ends() {
    assert_eq!(troubles().len(), 12);
    for Trouble {
        name,
        monitor,
        happens,
        kind,
        after,
    } in troubles()
    {
        let mut subject = Subject::new(monitor, BEGIN);
        subject.wait_until(SECOND - Duration::DAY);
        subject.run("SUCCESS");
        subject.wait_until(SECOND);
        happens(&mut subject);
        subject.look();
        // Every later run is well.
        for day in 1..=10 {
            let next = SECOND + Duration::days(day);
            if subject.now <= next {
                subject.wait_until(next);
                subject.run("SUCCESS");
            }
        }
        assert_eq!(
            subject.told(),
            [(kind, false)],
            "{name}: {:#?}",
            subject.incidents
        );
        assert_eq!(subject.last().began_at, SECOND + after, "{name}");
    }
}
