//! Whatever is sent is read or refused, and answered.

use central_logger_intake::{Batch, Head, PROTOCOLS, Protocol, Refusal};
use central_logger_log_store::{LogEntry, StoredLog};
use proptest::prelude::*;
use std::{fs, path::PathBuf};
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-12-01 12:00 UTC);

const PLACES: [(&str, &str); 14] = [
    ("/v1/logs", "application/x-protobuf"),
    ("/v1/logs", "application/json"),
    ("/logs/_bulk", "application/x-ndjson"),
    ("/logs/_doc/7", "application/json"),
    ("/loki/api/v1/push", "application/json"),
    ("/loki/api/v1/push", "application/x-protobuf"),
    ("/api/events/raw", "application/json"),
    ("/ingest/clef", ""),
    ("/services/collector/event", ""),
    ("/services/collector/raw", ""),
    ("/upload", "application/vnd.fdo.journal"),
    ("/cloudevents", "application/cloudevents-batch+json"),
    ("/hooks/x", "application/json"),
    ("/hooks/x", "application/x-www-form-urlencoded"),
];

fn read_by_all(body: &[u8]) {
    for protocol in PROTOCOLS {
        for (path, content_type) in PLACES {
            let head =
                Head::new("POST", path, "").with_header("content-type", content_type.as_bytes());
            let read = protocol.read(&head, body, NOW);
            check(protocol, &head, read);
        }
    }
}

fn check(protocol: &dyn Protocol, head: &Head, read: Result<Batch, Refusal>) {
    match read {
        Ok(batch) => {
            assert!(batch.len() <= Batch::MAX_ENTRIES);
            let (entries, answer) = batch.into_parts();
            for entry in &entries {
                let stored = StoredLog::new(&"acme_corp".parse().unwrap(), NOW, entry);
                let json = serde_json::to_string(&stored).unwrap();
                let _: &serde_json::value::RawValue = serde_json::from_str(&json).unwrap();
            }
            let ids: Vec<_> = entries.iter().map(LogEntry::id).collect();
            let reply = protocol.accepted(head, &answer.stored(&ids));
            assert!((200..300).contains(&reply.status));
        }
        Err(refusal) => {
            assert!((400..500).contains(&refusal.status), "{refusal:?}");
            if let Some(reply) = protocol.refused(head, &refusal) {
                assert!((400..500).contains(&reply.status), "{reply:?}");
            }
        }
    }
}

fn fixtures() -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folders = fs::read_dir(folder).unwrap();
    let files = folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
    let paths = files.map(|file| file.unwrap().path());
    let requests = paths.filter(|path| path.extension().is_some_and(|found| found == "http"));
    let body = |path: PathBuf| {
        let file = fs::read(path).unwrap();
        let end = file.windows(2).position(|at| at == b"\n\n").unwrap();
        file[end + 2..].to_owned()
    };
    requests.map(body).collect()
}

#[test]
fn every_fixture_is_read_by_every_protocol_cut_anywhere() {
    for body in fixtures() {
        read_by_all(&body);
        for end in (0..body.len()).step_by(7) {
            read_by_all(&body[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_by_all(&body);
    }

    #[test]
    fn no_change_of_a_fixture_panics(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        bytes in proptest::collection::vec(any::<u8>(), 1..4),
    ) {
        let mut body = which.get(&fixtures()).clone();
        if !body.is_empty() {
            let at = at.index(body.len());
            let end = (at + bytes.len()).min(body.len());
            body.splice(at..end, bytes);
        }
        read_by_all(&body);
    }

    #[test]
    fn no_text_of_json_panics(
        text in "[\\[\\]{}\":, @a-c0-9eE.\\\\u\u{e9}\u{0}-]{0,80}",
    ) {
        read_by_all(text.as_bytes());
        for form in ["{\"Events\":[X]}", "{\"streams\":[X]}", "{\"index\":{}}\nX", "{\"event\":X}", "{\"@mt\":\"X\"}"] {
            read_by_all(form.replace('X', &text).as_bytes());
        }
    }
}
