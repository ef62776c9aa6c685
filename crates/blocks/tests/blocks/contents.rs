//! What goes into a block comes out of it, and nothing else is found.

use crate::support::{KINDS, Varied, client, encode, log, logs, open, search, varied};
use central_logger_blocks::{
    BlockBuilder, BlockError, BlockHeader, BlockKind, Counts, EncodeError, Entry, Filters, Limits,
    Scanned, Unreadable, merged,
};
use central_logger_log_store::{LogId, StatsQuery, StoredLog, queries::Order};
use proptest::{collection, prelude::*};
use std::collections::BTreeSet;
use uuid::Uuid;

fn all_ids() -> std::ops::RangeInclusive<LogId> {
    Uuid::nil().into()..=Uuid::max().into()
}

fn found(scanned: &[Scanned]) -> Vec<&StoredLog> {
    let log = |scanned: &'_ Scanned| matches!(scanned, Scanned::Found(_));
    let found = scanned.iter().filter(|scanned| log(scanned));
    found
        .map(|scanned| match scanned {
            Scanned::Found(log) => log,
            Scanned::Passed { .. } => unreachable!(),
        })
        .collect()
}

fn many(count: usize) -> Vec<StoredLog> {
    let varied = |number: usize| Varied {
        offset_ms: u32::try_from(number).unwrap(),
        environment: "prod".into(),
        status: if number.is_multiple_of(1000) {
            "FAILED"
        } else {
            "OK"
        }
        .into(),
        workflow: number.is_multiple_of(3).then(|| "sync".into()),
        message: Some(format!("step {number} done")),
        ..Varied::default()
    };
    logs(&(0..count).map(varied).collect::<Vec<_>>())
}

#[test]
fn blocks_of_many_pages_are_searched_in_both_orders() {
    let logs = many(20_000);
    for kind in KINDS {
        let block = open(&encode(kind, &logs));
        block.check().unwrap();
        for (order, is_reversed) in [("asc", false), ("desc", true)] {
            let search = search(&[("status", "FAILED"), ("order", order)]);
            let scanned: Vec<_> = block.scan(&search).unwrap().map(Result::unwrap).collect();
            let mut expected: Vec<_> = logs.iter().filter(|log| log.status == "FAILED").collect();
            if is_reversed {
                expected.reverse();
            }
            assert_eq!(found(&scanned), expected, "{kind:?} {order}");
            let looked_at = scanned.iter().map(|scanned| match scanned {
                Scanned::Found(_) => 1,
                Scanned::Passed { entries, .. } => *entries,
            });
            assert_eq!(looked_at.sum::<usize>(), logs.len());
        }
        for place in [0, 1, 1023, 1024, 8191, 8192, 8193, 19_999] {
            let log = &logs[place];
            assert_eq!(
                block.get(log.id).unwrap().as_ref(),
                Some(log),
                "{kind:?} {place}"
            );
        }
        let ids: BTreeSet<_> = logs.iter().map(|log| log.id).collect();
        assert!(block.those_of(&ids).unwrap().into_iter().eq(ids));
        let some: Vec<_> = block
            .entries(logs[1000].id..=logs[9000].id)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(some, logs[1000..=9000]);
    }
}

#[test]
fn what_is_no_block_is_refused() {
    let logs = many(3);
    let new = |limits| BlockBuilder::new(BlockKind::Sealed, &client(), limits);
    assert!(matches!(
        new(Limits::default()).finish(),
        Err(EncodeError::Empty)
    ));
    let mut builder = new(Limits::default());
    builder.push(Entry::from(&logs[1])).unwrap();
    for log in &logs[..2] {
        assert!(matches!(builder.push(log.into()), Err(EncodeError::Order)));
    }
    let one = Limits {
        entries: 1,
        text_bytes: 1,
    };
    let mut builder = new(one);
    assert!(builder.has_room_for(&Entry::from(&logs[0])));
    builder.push(Entry::from(&logs[0])).unwrap();
    assert!(!builder.has_room_for(&Entry::from(&logs[1])));
    assert!(matches!(
        builder.push(Entry::from(&logs[1])),
        Err(EncodeError::Full)
    ));
    assert_eq!(builder.finish().unwrap().header.entries(), 1);
}

#[test]
fn counts_tell_hours_apart() {
    let at = |offset_ms, status: &str| Varied {
        offset_ms,
        environment: "prod".into(),
        status: status.into(),
        ..Varied::default()
    };
    let hour = 3_600_000;
    let logs = logs(&[at(0, "OK"), at(5, "OK"), at(7, "FAILED"), at(hour, "OK")]);
    let counts = encode(BlockKind::Sealed, &logs).counts;
    let counted: Vec<_> = counts
        .iter()
        .unwrap()
        .map(|of| (of.hour, of.status, of.entries, of.last))
        .collect();
    let first = logs[0].id.executed_at_ms() / u64::from(hour);
    let expected = [
        (first, "FAILED", 1, logs[2].id),
        (first, "OK", 2, logs[1].id),
        (first + 1, "OK", 1, logs[3].id),
    ];
    assert_eq!(counted, expected);
    assert_eq!(Counts::from_bytes(&counts.to_bytes()).unwrap(), counts);
}

#[test]
fn counts_answer_where_hours_are_whole() {
    let at = |offset_ms| Varied {
        offset_ms,
        environment: "prod".into(),
        status: "OK".into(),
        ..Varied::default()
    };
    // From noon until ten past one.
    let encoded = encode(
        BlockKind::Sealed,
        &logs(&[at(0), at(1_800_000), at(4_200_000)]),
    );
    for (pairs, expected) in [
        (&[("from", "2026-03-01T00:00:00Z")][..], Some(3)),
        (
            &[("from", "2026-03-01T12:00:00Z"), ("interval", "2h")],
            Some(3),
        ),
        (&[("from", "2026-03-01T13:00:00Z")], Some(1)),
        (
            &[
                ("from", "2026-03-01T12:00:00Z"),
                ("to", "2026-03-01T13:00:00Z"),
            ],
            Some(2),
        ),
        (
            &[
                ("from", "2026-03-01T12:00:00Z"),
                ("to", "2026-03-01T13:30:00Z"),
            ],
            Some(3),
        ),
        (&[("from", "2026-03-01T14:00:00Z")], Some(0)),
        (&[("from", "2026-03-01T12:00:01Z")], None),
        (
            &[("from", "2026-03-01T12:00:00Z"), ("interval", "15m")],
            None,
        ),
    ] {
        let owned = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let now = crate::support::NOW + time::Duration::hours(3);
        let query = StatsQuery::from_pairs(owned, now).unwrap();
        let counts = encoded.counts.within(&encoded.header, &query);
        let counted = counts.map(|counts| counts.iter().map(|of| of.entries).sum::<u64>());
        assert_eq!(counted, expected, "{pairs:?}");
    }
}

#[test]
fn very_many_different_labels_are_not_counted() {
    let varied = |number: usize| Varied {
        environment: "prod".into(),
        status: "OK".into(),
        workflow: Some(number.to_string()),
        ..Varied::default()
    };
    let logs = logs(&(0..=Counts::MAX).map(varied).collect::<Vec<_>>());
    let counts = encode(BlockKind::Sealed, &logs).counts;
    assert!(counts.iter().is_none());
    assert_eq!(Counts::from_bytes(&counts.to_bytes()).unwrap(), counts);
}

#[test]
fn events_are_looked_for_by_their_ids() {
    let event = |number: usize| Varied {
        environment: "prod".into(),
        status: "OK".into(),
        event_id: Some(number.to_string()),
        ..Varied::default()
    };
    let here = logs(&(0..1000).map(event).collect::<Vec<_>>());
    for kind in KINDS {
        let encoded = encode(kind, &here);
        let block = open(&encoded);
        assert!(
            here.iter()
                .all(|log| encoded.filters.may_have_event(log.id))
        );
        assert!(here.iter().all(|log| block.has(log.id).unwrap()));
        let elsewhere: Vec<_> = (1000..2000)
            .map(|number| log(0, &event(number)).id)
            .collect();
        assert!(!elsewhere.iter().any(|id| block.has(*id).unwrap()));
        let ids: BTreeSet<_> = here
            .iter()
            .map(|log| log.id)
            .chain(elsewhere.iter().copied())
            .collect();
        let found = block.those_of(&ids).unwrap();
        assert!(found.iter().copied().eq(here.iter().map(|log| log.id)));
        let seeming = elsewhere
            .iter()
            .filter(|id| encoded.filters.may_have_event(**id));
        assert!(seeming.count() < 50);
    }
}

#[test]
fn the_first_error_ends_a_merge() {
    let logs = many(3);
    let unreadable = BlockError {
        first: logs[1].id,
        last: logs[1].id,
        cause: Unreadable::Length,
    };
    let sources = [
        vec![Ok(logs[1].clone()), Err(unreadable)],
        vec![Ok(logs[0].clone()), Ok(logs[2].clone())],
    ];
    let mut merged = merged(sources.map(Vec::into_iter));
    assert_eq!(merged.next().unwrap().unwrap(), logs[0]);
    assert_eq!(merged.next().unwrap().unwrap(), logs[1]);
    assert!(merged.next().unwrap().is_err());
    assert!(merged.next().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn entries_come_back_as_they_were(varied in collection::vec(varied(), 1..60)) {
        let logs = logs(&varied);
        for kind in KINDS {
            let encoded = encode(kind, &logs);
            let header = BlockHeader::from_bytes(&encoded.header.to_bytes()).unwrap();
            prop_assert_eq!(&header, &encoded.header);
            let filters = Filters::from_bytes(&encoded.filters.to_bytes()).unwrap();
            prop_assert_eq!(&filters, &encoded.filters);
            prop_assert_eq!(header.first(), logs[0].id);
            prop_assert_eq!(header.entries(), logs.len() as u64);
            let received = logs.iter().map(|log| log.received_at);
            prop_assert_eq!(header.received(), received.clone().min().unwrap()..=received.max().unwrap());
            let block = open(&encoded);
            block.check().unwrap();
            let entries: Vec<_> = block.entries(all_ids()).unwrap().map(Result::unwrap).collect();
            prop_assert_eq!(&entries, &logs);
            for log in &logs {
                let got = block.get(log.id).unwrap();
                prop_assert_eq!(got.as_ref(), Some(log));
            }
            let mut visited = 0;
            block.candidates(all_ids(), true, |id, candidate| {
                assert_eq!((id, candidate), (logs[visited].id, &logs[visited].candidate()));
                visited += 1;
            }).unwrap();
            prop_assert_eq!(visited, logs.len());
        }
    }

    #[test]
    fn a_scan_finds_what_is_asked_for_and_filters_exclude_none_of_it(
        varied in collection::vec(varied(), 1..60),
        asked in collection::vec(prop_oneof![
            Just(("environment", "prod")), Just(("status", "OK")), Just(("workflow", "sync")),
            Just(("q", "disk")), Just(("q", "超时")), Just(("q", "é 7")), Just(("attr.a", "x")),
            Just(("attr.a.b", "1")), Just(("not.status", "OK")),
            Just(("not.attr.a", "x")), Just(("status", "FAILED")), Just(("attr.a.b", "2")),
            Just(("attr.ü\"", "\\")), Just(("order", "asc")),
        ], 0..4),
        from in 0..2500_i64,
    ) {
        let logs = logs(&varied);
        let from = crate::support::NOW + time::Duration::milliseconds(from);
        let from = central_logger_times::Timestamp::clamped(from).to_string();
        let mut asked = asked;
        // These are given once.
        asked.sort();
        asked.dedup_by(|(name, _), (other, _)| name == other && ["q", "order"].contains(name));
        asked.push(("from", &from));
        let search = search(&asked);
        let (first, last) = search.query.ids().unwrap();
        let mut expected: Vec<_> = logs.iter()
            .filter(|log| (first..=last).contains(&log.id) && search.matches(&log.candidate()))
            .collect();
        if search.query.order == Order::Desc {
            expected.reverse();
        }
        for kind in KINDS {
            let encoded = encode(kind, &logs);
            let scanned: Vec<_> = open(&encoded).scan(&search).unwrap().map(Result::unwrap).collect();
            prop_assert_eq!(found(&scanned), expected.clone());
            let block = open(&encoded);
            let few: Vec<_> = block.scan(&search).unwrap().at_most(3).map(Result::unwrap).collect();
            prop_assert!(found(&few).into_iter().take(3).eq(expected.iter().copied().take(3)));
            prop_assert!(!search.filter.is_empty() || few.len() <= 3);
            let may_match = encoded.header.may_have(&search) && encoded.filters.may_match(&search);
            prop_assert!(may_match || expected.is_empty());
        }
    }

    #[test]
    fn blocks_are_merged_in_order_each_entry_once(varied in collection::vec((varied(), 1..8_u8), 1..60)) {
        let all: Vec<_> = varied.iter().map(|(varied, _)| varied.clone()).collect();
        let all = logs(&all);
        let parts = [1, 2, 4].map(|bit| {
            let part = all.iter().zip(&varied).filter(|(_, (_, bits))| bits & bit > 0);
            part.map(|(log, _)| log.clone()).collect::<Vec<_>>()
        });
        let blocks: Vec<_> = parts.iter().filter(|part| !part.is_empty())
            .map(|part| open(&encode(BlockKind::Sealed, part)))
            .collect();
        let merged = merged(blocks.iter().map(|block| block.entries(all_ids()).unwrap()));
        let merged: Vec<_> = merged.map(Result::unwrap).collect();
        prop_assert_eq!(merged, all);
    }
}
