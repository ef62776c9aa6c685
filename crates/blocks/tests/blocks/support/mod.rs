//! Entries and blocks, made up.

use central_logger_blocks::{Block, BlockBuilder, BlockKind, Encoded, Entry, Limits};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogEntry, LogSearch, StoredLog, entries::Place};
use proptest::{collection, option, prelude::*};
use serde_json::value::RawValue;
use time::{Duration, OffsetDateTime, macros::datetime};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-03-01 12:00:00 UTC);
pub(crate) const KINDS: [BlockKind; 2] = [BlockKind::Fresh, BlockKind::Sealed];

pub(crate) fn client() -> ClientId {
    "acme_corp".parse().unwrap()
}

/// What a test varies of an entry.
#[derive(Debug, Clone, Default)]
pub(crate) struct Varied {
    pub(crate) offset_ms: u32,
    pub(crate) environment: String,
    pub(crate) status: String,
    pub(crate) workflow: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) event_id: Option<String>,
    /// Names and JSON.
    pub(crate) attributes: Vec<(String, String)>,
}

pub(crate) fn log(number: u64, varied: &Varied) -> StoredLog {
    let executed_at = NOW + Duration::milliseconds(varied.offset_ms.into());
    let mut entry = LogEntry::builder(NOW);
    entry
        .environment(&varied.environment)
        .executed_at_unix_ns(u64::try_from(executed_at.unix_timestamp_nanos()).unwrap())
        .status(&varied.status);
    if let Some(text) = &varied.workflow {
        entry.workflow(text);
    }
    if let Some(text) = &varied.message {
        entry.message(text);
    }
    if let Some(text) = &varied.event_id {
        entry.event_id(text);
    }
    for (name, value) in &varied.attributes {
        entry.attribute(name, &RawValue::from_string(value.clone()).unwrap());
    }
    let mut entry = entry.build().unwrap();
    entry.place(Place {
        arrival: number,
        writer: 0,
    });
    let received_at = NOW + Duration::milliseconds(i64::try_from(number).unwrap());
    StoredLog::new(&client(), received_at, &entry)
}

/// Entries in the order of their ids, each once.
pub(crate) fn logs(varied: &[Varied]) -> Vec<StoredLog> {
    let mut logs: Vec<_> = (1..)
        .zip(varied)
        .map(|(number, varied)| log(number, varied))
        .collect();
    logs.sort_by_key(|log| log.id);
    logs.dedup_by_key(|log| log.id);
    logs
}

pub(crate) fn encode(kind: BlockKind, logs: &[StoredLog]) -> Encoded {
    let limits = Limits {
        entries: usize::MAX,
        text_bytes: usize::MAX,
    };
    let mut builder = BlockBuilder::new(kind, &client(), limits);
    for log in logs {
        builder.push(Entry::from(log)).unwrap();
    }
    builder.finish().unwrap()
}

pub(crate) fn open(encoded: &Encoded) -> Block {
    Block::open(&client(), &encoded.header, encoded.bytes.clone().into()).unwrap()
}

pub(crate) fn search(pairs: &[(&str, &str)]) -> LogSearch {
    let owned = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    LogSearch::from_pairs(owned).unwrap()
}

pub(crate) fn varied() -> impl Strategy<Value = Varied> {
    (
        0..5_000_u32,
        "prod|dev|é",
        "OK|FAILED|[a-c]",
        option::of("nightly|sync|"),
        option::of("(disk|full|DISK|超时了| |é|7){0,6}"),
        option::of("[a-z]{1,2}"),
        collection::vec(
            (
                "a|b|a\\.b|ü\"",
                r#""x"|"y"|"\\\\"|[0-9]|\{ "b":[0-9]\}|\{"b\.c":true\}|\[1\]|null"#,
            ),
            0..4,
        ),
    )
        .prop_map(
            |(offset_ms, environment, status, workflow, message, event_id, attributes)| Varied {
                offset_ms,
                environment,
                status,
                workflow,
                message,
                event_id,
                attributes,
            },
        )
}
