//! Each trouble raises its own incident, once, and ends.

use super::subject::Subject;
use central_logger_workflows::{IncidentKind, Standing};
use serde_json::json;
use time::{Duration, OffsetDateTime, macros::datetime};

const OPEN: bool = true;
const ENDED: bool = false;
const NIGHT: OffsetDateTime = datetime!(2026-02-01 00:00 UTC);

/// A workflow that runs at three and is to be there by four.
fn nightly() -> Subject {
    let monitor = json!({"cron": "0 3 * * *", "grace": "1h", "max_runtime": "2h"});
    let mut subject = Subject::new(monitor, NIGHT);
    subject.wait_until(datetime!(2026-02-01 03:00 UTC));
    subject.run("SUCCESS");
    subject
}

#[test]
fn a_run_that_does_not_come_is_missed_until_one_comes() {
    let mut subject = nightly();
    subject.wait_until(datetime!(2026-02-02 03:59:59 UTC));
    assert_eq!(subject.told(), []);
    subject.wait(Duration::SECOND);
    assert_eq!(subject.told(), [(IncidentKind::RunMissed, OPEN)]);
    assert_eq!(subject.last().began_at, datetime!(2026-02-02 04:00 UTC));
    assert_eq!(subject.standing(), Standing::Late);
    // Of days without a run it is the same.
    subject.wait_until(datetime!(2026-02-05 02:00 UTC));
    assert_eq!(subject.told().len(), 1);
    assert!(subject.last().evidence.starts_with("3 runs did not start"));
    subject.wait_until(datetime!(2026-02-05 03:00 UTC));
    subject.run("SUCCESS");
    assert_eq!(subject.told(), [(IncidentKind::RunMissed, ENDED)]);
    assert_eq!(subject.standing(), Standing::Ok);
    subject.wait(Duration::HOUR);
    assert_eq!(subject.told().len(), 1);
}

#[test]
fn a_run_that_comes_late_ends_what_it_began() {
    let mut subject = nightly();
    subject.wait_until(datetime!(2026-02-02 06:00 UTC));
    subject.run("SUCCESS");
    assert_eq!(subject.told(), [(IncidentKind::RunMissed, ENDED)]);
    assert!(
        subject
            .last()
            .evidence
            .ends_with("a run started at 2026-02-02 06:00 UTC")
    );
    subject.wait_until(datetime!(2026-02-03 03:00 UTC));
    subject.run("SUCCESS");
    subject.wait_until(datetime!(2026-02-04 03:30 UTC));
    assert_eq!(subject.told().len(), 1);
}

#[test]
fn a_run_whose_entry_comes_late_has_happened() {
    let mut subject = nightly();
    subject.wait_until(datetime!(2026-02-02 05:40 UTC));
    assert_eq!(subject.told(), [(IncidentKind::RunMissed, OPEN)]);
    subject.entry(datetime!(2026-02-02 03:02 UTC), "SUCCESS", None);
    subject.look();
    assert_eq!(subject.told(), [(IncidentKind::RunMissed, ENDED)]);
    let said = "it happened at 2026-02-02 03:02 UTC, reported at 2026-02-02 05:40 UTC";
    assert!(
        subject.last().evidence.ends_with(said),
        "{}",
        subject.last().evidence
    );
}

#[test]
fn an_incident_that_has_ended_is_corrected_too() {
    let mut subject = nightly();
    subject.wait_until(datetime!(2026-02-02 04:30 UTC));
    subject.run("SUCCESS");
    subject.wait_until(datetime!(2026-02-02 05:40 UTC));
    subject.entry(datetime!(2026-02-02 03:02 UTC), "SUCCESS", None);
    subject.look();
    assert_eq!(subject.told(), [(IncidentKind::RunMissed, ENDED)]);
    let said = "the run happened at 2026-02-02 03:02 UTC, reported at 2026-02-02 05:40 UTC";
    assert!(
        subject.last().evidence.ends_with(said),
        "{}",
        subject.last().evidence
    );
}

#[test]
fn an_interval_counts_from_the_start_of_the_last_run() {
    let mut subject = Subject::new(json!({"every": "1h", "grace": "5m"}), NIGHT);
    subject.wait(Duration::DAY);
    assert_eq!(subject.told(), [], "it waits for the first run");
    subject.run("SUCCESS");
    subject.wait(Duration::minutes(63));
    assert_eq!(subject.told(), []);
    subject.wait(Duration::minutes(1));
    assert_eq!(subject.told(), [(IncidentKind::RunMissed, OPEN)]);
    subject.run("SUCCESS");
    assert_eq!(subject.told(), [(IncidentKind::RunMissed, ENDED)]);
    subject.wait(Duration::minutes(64));
    assert_eq!(subject.told().len(), 2, "another episode");
}

#[test]
fn a_run_that_fails_is_told_of_once_until_one_does_not() {
    let mut subject = Subject::new(json!({"every": "1h", "fail_after": 2}), NIGHT);
    subject.run("FAILED");
    assert_eq!(subject.told(), []);
    subject.wait(Duration::minutes(59));
    for _ in 0..3 {
        subject.run("error");
        assert_eq!(subject.told(), [(IncidentKind::RunFailed, OPEN)]);
        assert_eq!(subject.standing(), Standing::Failing);
        subject.wait(Duration::minutes(59));
    }
    assert!(subject.last().entry_id.is_some());
    subject.run("SUCCESS");
    assert_eq!(subject.told(), [(IncidentKind::RunFailed, ENDED)]);
    subject.wait(Duration::minutes(59));
    subject.run("FAILED");
    assert_eq!(subject.told().len(), 1);
}

#[test]
fn a_run_that_does_not_end_is_stuck_until_it_ends() {
    let mut subject = nightly();
    subject.wait_until(datetime!(2026-02-02 03:00 UTC));
    subject.entry(subject.now, "RUNNING", Some("hangs"));
    subject.wait(Duration::minutes(119));
    assert_eq!(
        (subject.told().len(), subject.standing()),
        (0, Standing::Running)
    );
    subject.wait(Duration::minutes(1));
    assert_eq!(subject.told(), [(IncidentKind::RunStuck, OPEN)]);
    assert_eq!(subject.standing(), Standing::Stuck);
    subject.wait(Duration::HOUR);
    subject.entry(subject.now, "SUCCESS", Some("hangs"));
    subject.look();
    assert_eq!(subject.told(), [(IncidentKind::RunStuck, ENDED)]);
}

#[test]
fn a_run_that_was_killed_is_over_when_a_later_one_ends() {
    let mut subject = nightly();
    subject.wait_until(datetime!(2026-02-02 03:00 UTC));
    subject.entry(subject.now, "RUNNING", Some("killed"));
    subject.wait_until(datetime!(2026-02-03 03:00 UTC));
    assert_eq!(subject.told(), [(IncidentKind::RunStuck, OPEN)]);
    subject.run("SUCCESS");
    assert_eq!(subject.told(), [(IncidentKind::RunStuck, ENDED)]);
    subject.wait_until(datetime!(2026-02-04 03:30 UTC));
    assert_eq!(subject.told().len(), 1, "nobody tells of it again");
}

#[test]
fn what_may_be_missing_after_an_outage_is_waited_for() {
    let mut subject = nightly();
    // Nobody looked for two days, and spools deliver what there was.
    subject.now = datetime!(2026-02-04 05:00 UTC);
    subject.blind_until = Some(subject.now + Duration::minutes(15));
    subject.look();
    for day in [2, 3, 4] {
        let at = datetime!(2026-02-01 03:00 UTC) + Duration::days(day - 1);
        subject.wait(Duration::minutes(1));
        subject.entry(at, "SUCCESS", None);
        subject.look();
    }
    subject.wait_until(datetime!(2026-02-05 03:30 UTC));
    assert_eq!(subject.told(), []);
}

#[test]
fn what_was_missed_in_an_outage_is_told_of_after_it() {
    let mut subject = nightly();
    subject.now = datetime!(2026-02-04 05:00 UTC);
    subject.blind_until = Some(subject.now + Duration::minutes(15));
    subject.wait(Duration::minutes(14));
    assert_eq!(subject.told(), []);
    subject.wait(Duration::minutes(1));
    assert_eq!(subject.told(), [(IncidentKind::RunMissed, OPEN)]);
}

#[test]
fn a_monitor_that_goes_away_ends_what_is_open() {
    let mut subject = nightly();
    subject.wait_until(datetime!(2026-02-02 05:00 UTC));
    let ended = subject.watched.watch.end(subject.now, "it is removed");
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].incident.ended_at, Some(subject.now));
}

#[test]
fn nothing_from_before_the_monitor_is_held_against_a_workflow() {
    let mut subject = Subject::new(json!({"every": "1h", "max_runtime": "1h"}), NIGHT);
    let long_ago = NIGHT - Duration::days(3);
    subject.entry(long_ago, "RUNNING", Some("killed"));
    subject.entry(long_ago + Duration::HOUR, "FAILED", Some("failed"));
    subject.wait(Duration::minutes(60));
    assert_eq!(subject.told(), []);
    subject.wait(Duration::minutes(20));
    assert_eq!(subject.told(), [(IncidentKind::RunMissed, OPEN)]);
}

#[test]
fn a_failure_that_is_seen_together_with_what_follows_it_is_told_of() {
    let mut subject = Subject::new(json!({"every": "1h"}), NIGHT);
    subject.look();
    for (minute, status) in [
        (1, "SUCCESS"),
        (2, "FAILED"),
        (3, "SUCCESS"),
        (4, "FAILED"),
        (5, "FAILED"),
    ] {
        subject.entry(NIGHT + Duration::minutes(minute), status, None);
    }
    subject.look();
    let expected = [
        (IncidentKind::RunFailed, false),
        (IncidentKind::RunFailed, OPEN),
    ];
    assert_eq!(subject.told(), expected);
    subject.look();
    assert_eq!(subject.told(), expected);
    // One that comes late is between two failures, and ends nothing.
    let between = NIGHT + Duration::minutes(4) + Duration::seconds(30);
    subject.entry(between, "SUCCESS", None);
    subject.look();
    assert_eq!(subject.told(), expected);
}
