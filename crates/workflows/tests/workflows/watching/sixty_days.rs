//! Sixty days through each change of summer time, in which every run happens: nothing is told.

use super::subject::Subject;
use central_logger_workflows::{Schedule, Watched};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, macros::datetime};

const CHANGES: [OffsetDateTime; 2] = [
    datetime!(2026-03-01 00:00 UTC),
    datetime!(2026-10-01 00:00 UTC),
];

/// How much later than expected runs happen.
const LATE: Duration = Duration::seconds(20);

/// How runs are told of.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// Each entry arrives at once.
    None,
    /// From the tenth to the twelfth day the server is down, and spools deliver after it, in an hour.
    Outage,
    /// From the tenth to the twelfth day the client is cut off and goes on running; its spool delivers after it.
    CutOff,
}

fn monitors() -> Vec<Value> {
    vec![
        json!({"cron": "30 2 * * *", "time_zone": "Europe/Berlin", "grace": "10m"}),
        json!({"cron": "0 3 * * *", "time_zone": "America/New_York", "grace": "1h"}),
        json!({"cron": "15 * * * *", "time_zone": "Europe/Berlin", "grace": "2m"}),
        json!({"cron": "0 0 1 * *", "time_zone": "Australia/Lord_Howe", "grace": "1h"}),
        json!({"cron": "5 4 * * 1-5", "time_zone": "UTC", "grace": "1m"}),
        json!({"every": "1h", "grace": "10m"}),
        json!({"every": "24h", "grace": "1h"}),
    ]
}

#[test]
fn sixty_days_in_which_all_runs_happen_raise_nothing() {
    for begin in CHANGES {
        for monitor in monitors() {
            for trouble in [Trouble::None, Trouble::Outage] {
                let subject = replay(&monitor, begin, trouble);
                assert!(
                    subject.incidents.is_empty(),
                    "{monitor} {trouble:?}: {:#?}",
                    subject.incidents
                );
            }
        }
    }
}

#[test]
fn a_spool_that_is_two_days_late_corrects_the_one_incident_that_it_made() {
    for begin in CHANGES {
        for monitor in monitors() {
            let subject = replay(&monitor, begin, Trouble::CutOff);
            assert!(
                subject.incidents.len() <= 1,
                "{monitor}: {:#?}",
                subject.incidents
            );
            for incident in subject.incidents.values() {
                assert!(incident.ended_at.is_some());
                assert!(incident.evidence.contains("it happened at"), "{incident:?}");
            }
        }
    }
}

#[test]
fn in_sixty_days_exactly_the_run_that_was_left_out_is_told_of() {
    for begin in CHANGES {
        for monitor in monitors().into_iter().take(3) {
            let mut subject = Subject::new(monitor.clone(), begin);
            let times = times(&subject.watched, begin);
            let left_out = times.len() / 2;
            for (index, time) in times.iter().enumerate() {
                subject.wait_until(*time);
                if index != left_out {
                    subject.run("SUCCESS");
                }
            }
            assert_eq!(subject.incidents.len(), 1, "{monitor}");
            let grace = subject.watched.monitor.grace.duration();
            assert_eq!(subject.last().began_at, times[left_out] - LATE + grace);
            assert!(subject.last().ended_at.is_some());
        }
    }
}

/// When runs happen: a little later than they are expected.
fn times(watched: &Watched, begin: OffsetDateTime) -> Vec<OffsetDateTime> {
    let (mut time, mut times) = (begin, Vec::new());
    let schedule: &Schedule = &watched.monitor.schedule;
    while let Some(next) = schedule
        .next_after(time)
        .filter(|next| *next < begin + Duration::days(60))
    {
        times.push(next + LATE);
        time = next;
    }
    times
}

fn replay(monitor: &Value, begin: OffsetDateTime, trouble: Trouble) -> Subject {
    let mut subject = Subject::new(monitor.clone(), begin);
    let (down, up) = match trouble {
        Trouble::None => (begin + Duration::days(99), begin + Duration::days(99)),
        Trouble::Outage | Trouble::CutOff => {
            (begin + Duration::days(10), begin + Duration::days(12))
        }
    };
    let times = times(&subject.watched, begin);
    for time in times.iter().filter(|time| **time < down) {
        subject.wait_until(*time);
        subject.run("SUCCESS");
    }
    let spooled: Vec<_> = times
        .iter()
        .filter(|time| (down..up).contains(*time))
        .collect();
    match trouble {
        Trouble::None => {}
        Trouble::CutOff => subject.wait_until(up),
        Trouble::Outage => {
            subject.now = up;
            subject.blind_until = Some(up + Duration::minutes(15));
            subject.look();
        }
    }
    if !matches!(trouble, Trouble::None) {
        for (number, time) in spooled.iter().enumerate() {
            subject.now += Duration::seconds(1).min(Duration::minutes(14) / spooled.len() as i32);
            subject.entry(**time, "RUNNING", Some(&format!("spooled {number}")));
            let end = **time + Duration::MINUTE;
            subject.entry(end, "SUCCESS", Some(&format!("spooled {number}")));
            subject.look();
        }
    }
    for time in times.iter().filter(|time| **time >= up) {
        subject.wait_until((*time).max(subject.now));
        subject.run("SUCCESS");
    }
    subject
}
