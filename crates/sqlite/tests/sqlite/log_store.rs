//! Logs in real files pass every check.

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

mod sealed {
    //! The same when everything is sealed between any two calls.

    use super::{SqliteLogs, TempDir, opened as opened_plain};
    use central_logger_block_store::testing::InBlocks;
    use central_logger_log_store::{
        idempotency_checks, log_pruner_checks, log_store_checks, tail_checks,
    };

    async fn opened() -> (InBlocks<SqliteLogs>, TempDir) {
        let (logs, directory) = opened_plain().await;
        (InBlocks::sealed(logs), directory)
    }

    log_store_checks!(opened);
    idempotency_checks!(opened);
    tail_checks!(opened);
    log_pruner_checks!(opened);
}

mod fresh {
    //! The same when every commit writes fresh blocks.

    use super::{SqliteLogs, TempDir, opened as opened_plain};
    use central_logger_block_store::testing::InBlocks;
    use central_logger_log_store::{
        idempotency_checks, log_pruner_checks, log_store_checks, tail_checks,
    };

    async fn opened() -> (InBlocks<SqliteLogs>, TempDir) {
        let (logs, directory) = opened_plain().await;
        (InBlocks::fresh(logs.with_blocks_from(1)), directory)
    }

    log_store_checks!(opened);
    idempotency_checks!(opened);
    tail_checks!(opened);
    log_pruner_checks!(opened);
}

mod fresh_then_sealed {
    //! The same when every commit writes fresh blocks, which are sealed between any two calls.

    use super::{SqliteLogs, TempDir, opened as opened_plain};
    use central_logger_block_store::testing::InBlocks;
    use central_logger_log_store::{
        idempotency_checks, log_pruner_checks, log_store_checks, tail_checks,
    };

    async fn opened() -> (InBlocks<SqliteLogs>, TempDir) {
        let (logs, directory) = opened_plain().await;
        (InBlocks::sealed(logs.with_blocks_from(1)), directory)
    }

    log_store_checks!(opened);
    idempotency_checks!(opened);
    tail_checks!(opened);
    log_pruner_checks!(opened);
}
