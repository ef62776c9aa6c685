//! What is meant to cost much stays within bounds.

use crate::support::{Varied, encode, logs, open};
use central_logger_blocks::{BlockKind, Limits};
use central_logger_log_store::StoredLog;

/// So many entries of 256 KiB are the most text that goes into a block.
const MANY: usize = 32;

fn of_attributes(attributes: impl Fn(usize) -> Vec<(String, String)>) -> Vec<StoredLog> {
    let varied = |number: usize| Varied {
        offset_ms: u32::try_from(number).unwrap(),
        environment: "prod".into(),
        status: "OK".into(),
        attributes: attributes(number),
        ..Varied::default()
    };
    logs(&(0..MANY).map(varied).collect::<Vec<_>>())
}

#[track_caller]
fn assert_bounded(logs: &[StoredLog], most_bytes: u64) {
    let encoded = encode(BlockKind::Sealed, logs);
    assert!(encoded.header.text_bytes() <= Limits::default().text_bytes as u64);
    assert!(
        encoded.header.bytes() <= most_bytes,
        "{}",
        encoded.header.bytes()
    );
    let filters = encoded.filters.to_bytes().len() as u64;
    assert!(
        filters <= encoded.header.text_bytes() / 8 + 2048,
        "{filters}"
    );
    let block = open(&encoded);
    block.check().unwrap();
    assert_eq!(
        block.get(logs[MANY / 2].id).unwrap().as_ref(),
        Some(&logs[MANY / 2])
    );
}

#[test]
fn large_entries_that_are_all_the_same_are_small() {
    let same = |_| vec![("a".to_owned(), format!("\"{}\"", "x".repeat(250_000)))];
    assert_bounded(&of_attributes(same), 64 << 10);
}

#[test]
fn very_many_names_of_members_take_no_more_than_their_text() {
    let names = |entry: usize| {
        (0..10_000)
            .map(|name| (format!("{entry}-{name}"), name.to_string()))
            .collect()
    };
    assert_bounded(&of_attributes(names), 8 << 20);
}

#[test]
fn deep_members_with_long_names_are_read_once() {
    let deep = |entry: usize| {
        let name = "n".repeat(1500);
        let value = (0..100).fold("0".to_owned(), |value, _| format!("{{\"{name}\":{value}}}"));
        vec![(entry.to_string(), value)]
    };
    assert_bounded(&of_attributes(deep), 1 << 20);
}
