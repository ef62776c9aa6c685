//! Backups of both files, taken while others write, and their way back.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, KeyStore, NewKey, Owners};
use central_logger_keyring::Keyring;
use central_logger_keys::{ClientId, KeyHasher, KeyPrefix};
use central_logger_log_store::{LogEntry, LogSearch, LogStore, entries::Place};
use central_logger_sqlite::Sqlite;
use central_logger_sqlite_backup::{Backup, BackupError, Pair};
use central_logger_times::SystemClock;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tempfile::TempDir;
use time::{OffsetDateTime, macros::datetime};

const RECEIVED: OffsetDateTime = datetime!(2026-03-01 12:00:00.123 UTC);

struct Fixture {
    directory: TempDir,
    sqlite: Sqlite,
    client: ClientId,
}

impl Fixture {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("data/central-logger.db");
        let sqlite = Sqlite::open(&file).await.unwrap();
        sqlite.migrate().await.unwrap();
        Self {
            sqlite,
            directory,
            client: "acme".parse().unwrap(),
        }
    }

    fn back_up(&self, folder: &Path) -> Result<Backup, BackupError> {
        pair(&self.path("data/central-logger.db")).back_up(folder, RECEIVED)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    async fn issue(&self) {
        let hashes = HashPool::new(KeyHasher::new());
        let actor = Actor::new("alice@ops");
        let keyring = Keyring::new(
            Arc::new(self.sqlite.keys()),
            hashes,
            Arc::new(SystemClock),
            actor,
        );
        let new = NewKey::for_client(self.client.clone());
        keyring.issue(&KeyPrefix::default(), new).await.unwrap();
    }

    async fn append(&self, number: usize) {
        let (logs, entries) = (self.sqlite.logs(), [entry(number)]);
        let stored = logs.append(&self.client, RECEIVED, &entries).await;
        stored.unwrap();
    }
}

fn pair(keys: &Path) -> Pair {
    Pair {
        keys: keys.to_owned(),
        logs: Sqlite::logs_file(keys),
    }
}

fn entry(number: usize) -> LogEntry {
    let mut builder = LogEntry::builder(RECEIVED);
    builder
        .environment("production")
        .executed_at("2026-03-01T11:00:00Z")
        .status("OK")
        .message(format!("entry {number}"));
    let mut entry = builder.build().unwrap();
    entry.place(Place {
        arrival: number as u64 + 1,
        writer: 0,
    });
    entry
}

async fn counts(sqlite: &Sqlite, client: &ClientId) -> (usize, usize) {
    let mut search = LogSearch::default();
    search.query.limit = 1000;
    let page = sqlite.logs().page(client, &search).await.unwrap();
    let keys = sqlite.keys().list(Owners::All).await.unwrap();
    (keys.records.len(), page.logs.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_taken_while_others_write_is_restored_as_it_was() {
    let f = Fixture::new().await;
    for number in 0..20 {
        f.append(number).await;
    }
    f.issue().await;
    let (writing, is_over) = (f.sqlite.clone(), Arc::new(AtomicBool::new(false)));
    let (client, until) = (f.client.clone(), Arc::clone(&is_over));
    let writer = tokio::spawn(async move {
        let mut number = 20;
        while !until.load(Ordering::Relaxed) && number < 500 {
            let (logs, entries) = (writing.logs(), [entry(number)]);
            let stored = logs.append(&client, RECEIVED, &entries).await;
            stored.unwrap();
            number += 1;
        }
        number
    });
    let folder = f.path("backups/today");
    let backup = f.back_up(&folder).unwrap();
    is_over.store(true, Ordering::Relaxed);
    let written = writer.await.unwrap();
    assert_eq!((backup.keys, backup.sequence > 0), (1, true));
    assert!((20..=written as i64).contains(&backup.entries));
    f.issue().await;

    let place = f.path("elsewhere/central-logger.db");
    let restored = pair(&place).restore(&folder).unwrap();
    assert_eq!(restored, backup);
    let opened = Sqlite::open(&place).await.unwrap();
    assert!(opened.pending().await.unwrap().is_empty());
    let found = counts(&opened, &f.client).await;
    assert_eq!(found, (1, backup.entries as usize));
    // It can be written on.
    let (logs, entries) = (opened.logs(), [entry(1000)]);
    let stored = logs.append(&f.client, RECEIVED, &entries).await;
    stored.unwrap();
    #[cfg(unix)]
    for file in ["backup.json", "central-logger.db", "central-logger-logs.db"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.join(file)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o077, 0, "{file}");
    }
}

#[tokio::test]
async fn what_is_no_whole_backup_is_not_restored() {
    let f = Fixture::new().await;
    f.issue().await;
    f.append(0).await;
    let folder = f.path("backup");
    let place = f.path("new/central-logger.db");
    let restore = || pair(&place).restore(&folder).map(drop);
    assert!(matches!(restore(), Err(BackupError::NoBackup(..))));
    f.back_up(&folder).unwrap();
    for name in ["central-logger.db", "central-logger-logs.db"] {
        let file = folder.join(name);
        let good = fs::read(&file).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        for changed in [bad, good[..good.len() - 1].to_vec(), Vec::new()] {
            fs::write(&file, changed).unwrap();
            assert!(matches!(restore(), Err(BackupError::Changed(_))));
            assert!(!place.exists() && is_empty(place.parent().unwrap()));
        }
        fs::write(&file, good).unwrap();
    }
    let manifest = folder.join("backup.json");
    let good = fs::read_to_string(&manifest).unwrap();
    let newer = good.replace("\"format\": 1", "\"format\": 2");
    fs::write(&manifest, newer).unwrap();
    assert!(matches!(restore(), Err(BackupError::Newer(_))));
    fs::write(&manifest, &good[..good.len() / 2]).unwrap();
    assert!(matches!(restore(), Err(BackupError::NoBackup(..))));
    fs::write(&manifest, good).unwrap();
    restore().unwrap();
}

fn is_empty(folder: &Path) -> bool {
    let mut files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    // What an attempt has left beside the place is written over by the next one.
    files.all(|file| file.extension().is_some_and(|end| end == "part"))
}

#[tokio::test]
async fn nothing_that_is_there_is_written_over() {
    let f = Fixture::new().await;
    let folder = f.path("backup");
    f.back_up(&folder).unwrap();
    let again = f.back_up(&folder);
    assert!(matches!(again, Err(BackupError::NotEmpty(_))));
    let place = f.path("data/central-logger.db");
    let before = fs::read(&place).unwrap();
    let refused = pair(&place).restore(&folder);
    assert!(matches!(refused, Err(BackupError::InTheWay(_))));
    assert_eq!(fs::read(&place).unwrap(), before);
    // A log of writes that was left behind would be taken for one of the restored file.
    let other = f.path("other.db");
    fs::write(f.path("other.db-wal"), "").unwrap();
    let refused = pair(&other).restore(&folder);
    assert!(matches!(refused, Err(BackupError::InTheWay(_))));
}
