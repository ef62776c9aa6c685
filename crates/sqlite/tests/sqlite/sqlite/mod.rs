//! Both stores on real files.

mod files;
mod schema;
mod stores;

use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, NewKey};
use central_logger_keyring::Keyring;
use central_logger_keys::KeyHasher;
use central_logger_sqlite::Sqlite;
use central_logger_times::SystemClock;
use std::{path::Path, sync::Arc};
use tempfile::TempDir;

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn path(directory: &TempDir) -> std::path::PathBuf {
    directory.path().join("deep/er/central-logger.db")
}

async fn opened(path: &Path) -> Sqlite {
    let sqlite = Sqlite::open(path).await.unwrap();
    sqlite.migrate().await.unwrap();
    sqlite
}

fn keyring(sqlite: &Sqlite) -> Keyring {
    let hashes = HashPool::new(KeyHasher::new());
    Keyring::new(
        Arc::new(sqlite.keys()),
        hashes,
        Arc::new(SystemClock),
        Actor::new("tester@here"),
    )
}

fn acme() -> NewKey {
    NewKey::for_client("acme".parse().unwrap())
}
