use central_logger_log_store::{
    LogQuery,
    entries::{ExecutedAt, InvalidExecutedAt},
};
use central_logger_times::{InvalidTimestamp, Timestamp};
use time::{Duration, OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

/// A text is refused, or is a time that can be stored, shown, read back and computed with; and everything that
/// takes times takes the same ones.
pub fn times(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let parsed = text.parse::<Timestamp>();
    let bound = Timestamp::parse_bound(text);
    match parsed {
        Ok(time) => {
            assert_eq!(bound, Ok(time));
            assert!((Timestamp::MIN..=Timestamp::MAX).contains(&time));
            let shown = time.to_string();
            assert!(shown.ends_with('Z'));
            assert_eq!(shown.parse(), Ok(time));
            let whole = time.truncate_to_millisecond();
            let ms = i64::try_from(time.unix_ms()).expect("48 bits");
            assert_eq!(Timestamp::from_unix_ms(ms), Ok(whole));
            assert!(matches!(data.get(10), Some(b'T' | b't' | b' ')));
            assert_computes(time);
        }
        Err(InvalidTimestamp::TooEarly) => assert_eq!(bound, Ok(Timestamp::MIN)),
        Err(error) => assert_eq!(bound, Err(error)),
    }

    let query = LogQuery::from_pairs([("from".to_owned(), text.to_owned())]);
    assert_eq!(query.is_ok(), bound.is_ok());
    if let (Ok(query), Ok(bound)) = (query, bound) {
        let from = query.from.expect("a bound");
        assert!((bound.unix_ms()..=bound.unix_ms() + 1).contains(&from));
        assert!(from <= Timestamp::MAX.unix_ms());
    }

    let last = Timestamp::clamped(NOW + Duration::DAY);
    match (ExecutedAt::parse(text, NOW), parsed) {
        (Ok(executed), Ok(time)) => {
            assert!(time <= last);
            assert_eq!(
                (executed.as_str(), executed.unix_ms()),
                (text, time.unix_ms())
            );
        }
        (Err(InvalidExecutedAt::TooLate), Ok(time)) => assert!(time > last),
        (Err(InvalidExecutedAt::Format), Err(InvalidTimestamp::Format))
        | (Err(InvalidExecutedAt::TooEarly), Err(InvalidTimestamp::TooEarly))
        | (Err(InvalidExecutedAt::TooLate), Err(InvalidTimestamp::TooLate)) => {}
        other => panic!("{other:?}"),
    }
}

fn assert_computes(time: Timestamp) {
    for duration in [
        Duration::DAY,
        Duration::days(9_999_999),
        Duration::MAX,
        Duration::MIN,
    ] {
        let later = time.saturating_add(duration);
        assert!((Timestamp::MIN..=Timestamp::MAX).contains(&later));
        assert!((Timestamp::MIN..=Timestamp::MAX).contains(&time.saturating_sub(duration)));
        assert!(
            time.checked_add(duration)
                .is_none_or(|exact| exact == later)
        );
    }
}
