//! Keys in `API_KEYS`, as a store and as a file that changes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_key_store::{
    KeyStore, Owners, conformance::read_only::KnownKey, read_only_checks,
};
use central_logger_keys::{ApiKey, ClientId, KeyDigest};
use central_logger_static_keys::{ApiKeys, EnvWatch, Reload, StaticKeys};
use central_logger_text::Report;
use central_logger_times::ManualClock;
use std::{fs, path::PathBuf, sync::Arc};
use tempfile::TempDir;
use time::macros::datetime;

const GUIDE: &str = r#"# API Keys: Map API key → client_id
API_KEYS={
    "abc123_dev_key": "client_demo",
    "xyz789_real_key": "acme_corp",
    "def456_another": "widget_co"
}
"#;

fn static_keys(json: &str) -> StaticKeys {
    let keys = ApiKeys::parse(json).unwrap();
    StaticKeys::new(&keys, datetime!(2026-01-01 0:00 UTC))
}

async fn ids(keys: &StaticKeys) -> Vec<String> {
    let records = keys.list(Owners::All).await.unwrap().records;
    records.iter().map(|record| record.id.to_string()).collect()
}

async fn known_key() -> (KnownKey<StaticKeys>, ()) {
    let store = static_keys(r#"{"abc123_dev_key": "client_demo", "other": "acme"}"#);
    let known = KnownKey {
        store,
        key: ApiKey::parse("abc123_dev_key").unwrap(),
        id: "static-client_demo".parse().unwrap(),
        client: "client_demo".parse().unwrap(),
    };
    (known, ())
}

read_only_checks!(known_key);

#[tokio::test]
async fn ids_follow_the_order_of_the_file_and_never_meet() {
    let keys =
        static_keys(r#"{"a": "acme", "b": "acme-2", "c": "acme", "d": "acme", "e": "acme-2"}"#);
    assert_eq!(
        ids(&keys).await,
        [
            "static-acme",
            "static-acme-2",
            "static-acme-3",
            "static-acme-4",
            "static-acme-2-2"
        ]
    );
}

#[tokio::test]
async fn the_longest_client_ids_have_room_for_numbers() {
    let client = "a".repeat(ClientId::MAX_LENGTH);
    let entries: Vec<_> = (0..30)
        .map(|n| format!(r#""key-{n}": "{client}""#))
        .collect();
    let keys = static_keys(&format!("{{{}}}", entries.join(",")));
    assert_eq!(keys.len(), 30);
}

#[test]
fn short_keys_are_weak() {
    let keys = static_keys(r#"{"fifteen-letters": "acme", "sixteen--letters": "demo"}"#);
    assert_eq!(keys.weak(), ["static-acme".parse().unwrap()]);
    assert!(!format!("{keys:?}").contains("letters"));
}

struct File {
    _directory: TempDir,
    path: PathBuf,
}

impl File {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".env");
        Self {
            _directory: directory,
            path,
        }
    }

    fn write(&self, content: &str) {
        fs::write(&self.path, content).unwrap();
    }

    fn watch(&self) -> EnvWatch {
        let clock = ManualClock::new(datetime!(2026-01-01 0:00 UTC));
        EnvWatch::open(&self.path, Arc::new(clock)).unwrap()
    }
}

async fn knows(keys: &StaticKeys, key: &str) -> bool {
    let digest = KeyDigest::of(key.as_bytes());
    keys.find_by_digest(&digest).await.unwrap().is_some()
}

/// Looks twice, after which a change has settled.
fn settle(watch: &mut EnvWatch) -> Reload {
    let first = watch.poll();
    assert!(matches!(first, Reload::Unchanged), "{first:?}");
    watch.poll()
}

fn kept(reload: Reload) -> String {
    match reload {
        Reload::Kept(error) => Report(&error).to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_guides_file_is_read_as_it_is_written() {
    let file = File::new();
    for content in [
        GUIDE.to_owned(),
        format!("\u{feff}{}", GUIDE.replace('\n', "\r\n")),
        GUIDE.replace("={", "='{").replace("}\n", "}'\n"),
    ] {
        file.write(&content);
        let keys = file.watch().keys();
        assert_eq!(
            ids(&keys).await,
            ["static-client_demo", "static-acme_corp", "static-widget_co"]
        );
        assert!(knows(&keys, "xyz789_real_key").await);
    }
}

#[tokio::test]
async fn keys_come_and_go_with_the_file() {
    let file = File::new();
    let mut watch = file.watch();
    let keys = watch.keys();
    assert!(keys.is_empty());

    file.write(r#"API_KEYS={"one": "acme"}"#);
    assert!(matches!(settle(&mut watch), Reload::Applied));
    assert!(knows(&keys, "one").await);
    assert!(matches!(watch.poll(), Reload::Unchanged));

    file.write(r#"API_KEYS={"two": "acme"}"#);
    assert!(matches!(settle(&mut watch), Reload::Applied));
    assert!(!knows(&keys, "one").await && knows(&keys, "two").await);

    for without_keys in [
        "API_KEYS={}",
        "LOGGER_BIND=127.0.0.1:1",
        "# none\n",
        "API_KEYS=",
    ] {
        file.write(r#"API_KEYS={"one": "acme"}"#);
        settle(&mut watch);
        assert!(knows(&keys, "one").await);
        file.write(without_keys);
        assert!(
            matches!(settle(&mut watch), Reload::Applied),
            "{without_keys}"
        );
        assert!(keys.is_empty(), "{without_keys}");
    }
}

#[tokio::test]
async fn a_file_being_written_changes_nothing_until_it_has_settled() {
    let file = File::new();
    file.write(GUIDE);
    let mut watch = file.watch();
    let keys = watch.keys();
    for part in (0..GUIDE.len()).filter(|end| GUIDE.is_char_boundary(*end)) {
        file.write(&GUIDE[..part]);
        assert!(matches!(watch.poll(), Reload::Unchanged));
        assert!(knows(&keys, "def456_another").await);
    }
}

#[tokio::test]
async fn an_unusable_file_keeps_the_keys_and_is_told_once() {
    let file = File::new();
    file.write(GUIDE);
    let mut watch = file.watch();
    let keys = watch.keys();
    for (content, says) in [
        ("", "is empty"),
        ("API_KEYS={\n \"hunter2\": \"acme\"", "line 1 is not closed"),
        ("API_KEYS=hunter2:client1", "not of the right form"),
        ("API_KEYS={\"hunter2\": \"Acme!\"}", "entry 1: a client id"),
        ("hunter2", "line 1 is not of the form"),
    ] {
        file.write(content);
        let said = kept(settle(&mut watch));
        assert!(said.contains(says) && said.contains(".env"), "{said}");
        assert!(!said.contains("hunter2") && !said.contains('\n'), "{said}");
        assert!(matches!(watch.poll(), Reload::Unchanged));
        assert!(knows(&keys, "abc123_dev_key").await);
    }
    fs::remove_file(&file.path).unwrap();
    assert!(kept(settle(&mut watch)).contains("cannot be read"));
    assert!(knows(&keys, "abc123_dev_key").await);

    file.write(r#"API_KEYS={"one": "acme"}"#);
    assert!(matches!(settle(&mut watch), Reload::Applied));
    assert!(!knows(&keys, "abc123_dev_key").await);
}

#[test]
fn a_wrong_file_stops_the_start_with_the_right_form() {
    let file = File::new();
    file.write("API_KEYS=key1:client1,key2:client2");
    let clock = ManualClock::new(datetime!(2026-01-01 0:00 UTC));
    let error = EnvWatch::open(&file.path, Arc::new(clock)).unwrap_err();
    let said = Report(&error).to_string();
    assert!(
        said.contains(r#"API_KEYS={"key1": "client1", "key2": "client2"}"#),
        "{said}"
    );
}
