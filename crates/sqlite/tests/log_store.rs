//! Logs in real files pass every check.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_log_store::{
    idempotency_checks, log_pruner_checks, log_store_checks, tail_checks,
};
use central_logger_sqlite::{Sqlite, SqliteLogs};
use tempfile::TempDir;

async fn opened() -> (SqliteLogs, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(&directory.path().join("central-logger.db"))
        .await
        .unwrap();
    sqlite.migrate().await.unwrap();
    (sqlite.logs(), directory)
}

log_store_checks!(opened);
idempotency_checks!(opened);
tail_checks!(opened);
log_pruner_checks!(opened);
