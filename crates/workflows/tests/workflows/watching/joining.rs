//! Runs are joined of their entries, in whatever order these come.

use super::subject::Subject;
use central_logger_workflows::{WorkflowName, WorkflowState, WorkflowView};
use proptest::prelude::*;
use serde_json::json;
use time::{Duration, OffsetDateTime, macros::datetime};

const NOON: OffsetDateTime = datetime!(2026-02-01 12:00 UTC);

fn subject() -> Subject {
    Subject::new(json!({"every": "1h"}), NOON)
}

fn view(state: &WorkflowState, now: OffsetDateTime) -> WorkflowView {
    WorkflowView::new(WorkflowName::new("prod", "backup"), state, None, now)
}

#[test]
fn first_and_last_entry_are_one_run() {
    let mut subject = subject();
    for (second, status) in [(0, "RUNNING"), (3, "INFO"), (5, "WARNING"), (9, "SUCCESS")] {
        subject.entry(NOON + Duration::seconds(second), status, Some("r"));
    }
    let view = view(&subject.state, NOON + Duration::MINUTE);
    let run = view.last_run.unwrap();
    assert_eq!((view.runs_24h, view.failed_24h), (1, 0));
    assert_eq!(
        (run.status.as_str(), run.duration_ms),
        ("SUCCESS", Some(9000))
    );
    assert_eq!(run.ended_at, Some(NOON + Duration::seconds(9)));
}

#[test]
fn lines_without_a_beginning_end_with_the_last_one() {
    let mut subject = subject();
    subject.entry(NOON, "INFO", Some("r"));
    subject.entry(NOON + Duration::SECOND, "WARNING", Some("r"));
    let run = view(&subject.state, NOON).last_run.unwrap();
    assert_eq!(run.status, "WARNING");
    assert!(run.ended_at.is_some());
}

#[test]
fn entries_without_a_run_are_runs_of_their_own() {
    let mut subject = subject();
    for (minute, status) in [(0, "SUCCESS"), (1, "FAILED"), (2, "SUCCESS")] {
        subject.entry(NOON + Duration::minutes(minute), status, None);
    }
    let view = view(&subject.state, NOON + Duration::HOUR);
    assert_eq!((view.runs_24h, view.failed_24h), (3, 1));
}

#[test]
fn many_runs_are_counted_although_few_are_known_one_by_one() {
    let mut subject = subject();
    for minute in 0..1000 {
        subject.now = NOON + Duration::minutes(minute);
        subject.entry(subject.now, "SUCCESS", None);
    }
    let view = view(&subject.state, subject.now);
    assert_eq!(view.runs_24h, 1000);
    assert_eq!(subject.state.runs().len(), WorkflowState::RUNS);
}

#[test]
fn regular_runs_suggest_a_monitor() {
    let mut subject = subject();
    for day in 0..6 {
        let late = Duration::minutes(day % 3);
        subject.entry(NOON + Duration::days(day) + late, "SUCCESS", None);
    }
    let suggestion = view(&subject.state, NOON).suggestion.unwrap();
    assert_eq!(suggestion.monitor["every"], "1d");
    subject.entry(
        NOON + Duration::days(6) + Duration::hours(7),
        "SUCCESS",
        None,
    );
    assert_eq!(view(&subject.state, NOON).suggestion, None);
}

proptest! {
    /// The state is the same in whatever order entries arrive, each once.
    #[test]
    fn the_order_of_arrival_does_not_matter(
        entries in prop::collection::vec((0u8..5, 0i64..600, 0usize..4), 1..30),
        seed in any::<u64>(),
    ) {
        let statuses = ["RUNNING", "INFO", "SUCCESS", "FAILED"];
        let state = |order: &[usize]| {
            let mut state = WorkflowState::default();
            for index in order {
                let (run, second, status) = entries[*index];
                let at = NOON + Duration::seconds(second);
                let observation = central_logger_workflows::Observation {
                    entry: uuid(at, *index),
                    executed_at: at,
                    received_at: NOON,
                    status: statuses[status].to_owned(),
                    run_id: (run > 0).then(|| run.to_string()),
                    duration_ms: None,
                };
                state.add(observation, &["FAILED".to_owned()]);
            }
            state
        };
        let in_order: Vec<_> = (0..entries.len()).collect();
        let mut shuffled = in_order.clone();
        shuffled.sort_by_key(|index| (*index as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        prop_assert_eq!(state(&in_order), state(&shuffled));
    }
}

fn uuid(at: OffsetDateTime, index: usize) -> uuid::Uuid {
    let ms = (at.unix_timestamp_nanos() / 1_000_000) as u128;
    uuid::Uuid::from_u128(ms << 80 | index as u128)
}
