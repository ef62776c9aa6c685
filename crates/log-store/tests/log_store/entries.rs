//! Ids of entries, and times of execution.

use central_logger_log_store::{
    LogEntry, LogId,
    entries::{EventDigest, ExecutedAt, InvalidExecutedAt, Place},
};
use proptest::prelude::*;
use time::{OffsetDateTime, macros::datetime};

/// 48 bits of milliseconds.
const LAST_MICROSECOND: u64 = ((1 << 48) - 1) * 1000 + 999;

fn places() -> impl Strategy<Value = Place> {
    (0..=Place::LAST_ARRIVAL, 0..Place::WRITERS)
        .prop_map(|(arrival, writer)| Place { arrival, writer })
}

proptest! {
    #[test]
    fn ids_are_ordered_by_microsecond_and_then_by_place(
        (a, b) in (0..=LAST_MICROSECOND, 0..=LAST_MICROSECOND), (x, y) in (places(), places()),
    ) {
        let order = LogId::at_place(a, x).cmp(&LogId::at_place(b, y));
        let expected = (a, x.arrival, x.writer).cmp(&(b, y.arrival, y.writer));
        prop_assert_eq!(order, expected);
        if a != b {
            prop_assert_eq!(LogId::of_event(a, "x").cmp(&LogId::at_place(b, y)), a.cmp(&b));
        }
    }

    #[test]
    fn one_microsecond_keeps_the_order_of_places(
        at in 0..=LAST_MICROSECOND, x in places(), y in places(),
    ) {
        let order = LogId::at_place(at, x).cmp(&LogId::at_place(at, y));
        prop_assert_eq!(order, (x.arrival, x.writer).cmp(&(y.arrival, y.writer)));
    }

    #[test]
    fn no_event_has_the_id_of_a_place(at in 0..=LAST_MICROSECOND, place in places(), event in ".*") {
        prop_assert_ne!(LogId::of_event(at, &event), LogId::at_place(at, place));
    }

    #[test]
    fn an_id_reads_back_and_is_version_seven(at in 0..=LAST_MICROSECOND, place in places()) {
        for id in [LogId::at_place(at, place), LogId::of_event(at, "x")] {
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.as_uuid().get_version_num(), 7);
            prop_assert_eq!(id.as_uuid().get_variant(), uuid::Variant::RFC4122);
            prop_assert_eq!(id.executed_at_ms(), at / 1000);
            prop_assert!(LogId::first_of(at / 1000) <= id);
            prop_assert!(at / 1000 == (1 << 48) - 1 || id < LogId::first_of(at / 1000 + 1));
        }
    }
}

#[test]
fn an_event_has_one_id_and_others_have_others() {
    assert_eq!(LogId::of_event(5, "a"), LogId::of_event(5, "a"));
    assert_ne!(LogId::of_event(5, "a"), LogId::of_event(5, "b"));
    assert_ne!(LogId::of_event(5, "a"), LogId::of_event(6, "a"));
    let within = |space| LogId::of_digest(5, &EventDigest::within(space, "a"));
    assert_ne!(within("logs"), within("other"));
    assert_ne!(within("logs"), LogId::of_event(5, "a"));
}

#[test]
fn an_entry_at_another_time_is_the_same_event() {
    for event_id in ["a", "run-1", "7"] {
        let at = |unix_us: u64| {
            let mut entry = LogEntry::builder(NOW);
            entry.environment("e").status("s").event_id(event_id);
            entry.executed_at_unix_ns(unix_us * 1000);
            entry.build().unwrap()
        };
        let mut moved = at(1_772_361_000_250_001);
        moved.move_to(ExecutedAt::from_unix_ns(5_000, NOW).unwrap());
        assert_eq!(moved, at(5));
    }
}

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

#[test]
fn a_time_is_kept_as_sent_and_counted_in_utc_microseconds() {
    for (text, unix_us) in [
        ("2025-12-24T10:30:00Z", 1_766_572_200_000_000),
        ("2025-12-24T11:30:00.0009+01:00", 1_766_572_200_000_900),
        ("2025-12-24t10:30:00z", 1_766_572_200_000_000),
        ("2025-12-24 10:30:00Z", 1_766_572_200_000_000),
        ("2025-12-24T10:30:00.123456789Z", 1_766_572_200_123_456),
        ("1970-01-01T00:00:00Z", 0),
        ("2026-03-02T12:00:00Z", 1_772_452_800_000_000),
    ] {
        let time = ExecutedAt::parse(text, NOW).unwrap();
        assert_eq!((time.as_str(), time.unix_us()), (text, unix_us));
        assert_eq!(time.unix_ms(), unix_us / 1000);
    }
}

#[test]
fn a_number_is_kept_as_its_rfc_3339_time() {
    for (unix_ns, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (1_766_572_200_000_000_000, "2025-12-24T10:30:00Z"),
        (1_766_572_200_120_000_001, "2025-12-24T10:30:00.120000001Z"),
    ] {
        let time = ExecutedAt::from_unix_ns(unix_ns, NOW).unwrap();
        assert_eq!(time, ExecutedAt::parse(text, NOW).unwrap());
    }
    for ahead in [1_772_452_800_000_000_001, u64::MAX] {
        let refused = ExecutedAt::from_unix_ns(ahead, NOW);
        assert_eq!(refused, Err(InvalidExecutedAt::TooLate));
    }
}

#[test]
fn other_times_are_refused_with_the_reason() {
    let long = format!("2025-12-24T10:30:00.{}Z", "0".repeat(100));
    for (text, reason) in [
        ("", InvalidExecutedAt::Format),
        ("NaN", InvalidExecutedAt::Format),
        ("1766572200", InvalidExecutedAt::Format),
        ("2025-12-24", InvalidExecutedAt::Format),
        ("2025-12-24T10:30:00", InvalidExecutedAt::Format),
        ("2025-12-24\"10:30:00Z", InvalidExecutedAt::Format),
        ("2025-12-24_10:30:00Z", InvalidExecutedAt::Format),
        ("1970-01-01T00:00:00+00:01", InvalidExecutedAt::TooEarly),
        ("9999-12-31T23:59:59-12:00", InvalidExecutedAt::TooLate),
        ("2025-02-30T10:30:00Z", InvalidExecutedAt::Format),
        (&long, InvalidExecutedAt::Format),
        ("1969-12-31T23:59:59.999Z", InvalidExecutedAt::TooEarly),
        ("2026-03-02T12:00:00.001Z", InvalidExecutedAt::TooLate),
        ("9999-12-31T23:59:59Z", InvalidExecutedAt::TooLate),
    ] {
        assert_eq!(ExecutedAt::parse(text, NOW), Err(reason), "{text}");
    }
}
