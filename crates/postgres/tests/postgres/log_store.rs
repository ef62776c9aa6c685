//! Logs in a real PostgreSQL pass every check.

use central_logger_log_store::{
    idempotency_checks, log_pruner_checks, log_store_checks, tail_checks,
};
use central_logger_postgres::{Postgres, PostgresLogs, testing::new_database};
use tokio::sync::OnceCell;

async fn migrated(url: &str) -> PostgresLogs {
    let postgres = Postgres::connect(url).await.unwrap();
    postgres.migrate().await.unwrap();
    postgres.logs()
}

async fn opened() -> (PostgresLogs, ()) {
    (migrated(&new_database().await).await, ())
}

/// Opens one database for all checks that can run beside each other.
async fn opened_beside_others() -> (PostgresLogs, ()) {
    static URL: OnceCell<String> = OnceCell::const_new();
    let url = URL.get_or_init(|| async {
        let url = new_database().await;
        migrated(&url).await;
        url
    });
    let postgres = Postgres::connect(url.await).await.unwrap();
    (postgres.logs(), ())
}

log_store_checks!(opened_beside_others);
idempotency_checks!(opened_beside_others);
// These take away what others may look for.
tail_checks!(opened);
log_pruner_checks!(opened);

mod sealed {
    //! The same when everything is sealed between any two calls.

    use super::{opened as opened_plain, opened_beside_others as opened_plain_beside_others};
    use central_logger_block_store::testing::InBlocks;
    use central_logger_log_store::{
        idempotency_checks, log_pruner_checks, log_store_checks, tail_checks,
    };
    use central_logger_postgres::PostgresLogs;

    async fn opened() -> (InBlocks<PostgresLogs>, ()) {
        (InBlocks::sealed(opened_plain().await.0), ())
    }

    async fn opened_beside_others() -> (InBlocks<PostgresLogs>, ()) {
        (InBlocks::sealed(opened_plain_beside_others().await.0), ())
    }

    log_store_checks!(opened_beside_others);
    idempotency_checks!(opened_beside_others);
    tail_checks!(opened);
    log_pruner_checks!(opened);
}

mod fresh {
    //! The same when every commit writes fresh blocks.

    use super::{opened as opened_plain, opened_beside_others as opened_plain_beside_others};
    use central_logger_block_store::testing::InBlocks;
    use central_logger_log_store::{
        idempotency_checks, log_pruner_checks, log_store_checks, tail_checks,
    };
    use central_logger_postgres::PostgresLogs;

    async fn opened() -> (InBlocks<PostgresLogs>, ()) {
        (
            InBlocks::fresh(opened_plain().await.0.with_blocks_from(1)),
            (),
        )
    }

    async fn opened_beside_others() -> (InBlocks<PostgresLogs>, ()) {
        (
            InBlocks::fresh(opened_plain_beside_others().await.0.with_blocks_from(1)),
            (),
        )
    }

    log_store_checks!(opened_beside_others);
    idempotency_checks!(opened_beside_others);
    tail_checks!(opened);
    log_pruner_checks!(opened);
}

mod fresh_then_sealed {
    //! The same when every commit writes fresh blocks, which are sealed between any two calls.

    use super::{opened as opened_plain, opened_beside_others as opened_plain_beside_others};
    use central_logger_block_store::testing::InBlocks;
    use central_logger_log_store::{
        idempotency_checks, log_pruner_checks, log_store_checks, tail_checks,
    };
    use central_logger_postgres::PostgresLogs;

    async fn opened() -> (InBlocks<PostgresLogs>, ()) {
        (
            InBlocks::sealed(opened_plain().await.0.with_blocks_from(1)),
            (),
        )
    }

    async fn opened_beside_others() -> (InBlocks<PostgresLogs>, ()) {
        (
            InBlocks::sealed(opened_plain_beside_others().await.0.with_blocks_from(1)),
            (),
        )
    }

    log_store_checks!(opened_beside_others);
    idempotency_checks!(opened_beside_others);
    tail_checks!(opened);
    log_pruner_checks!(opened);
}
