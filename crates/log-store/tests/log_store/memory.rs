//! The in-memory store keeps the promises of the traits.

use central_logger_log_store::{
    MemoryLogs, idempotency_checks, log_pruner_checks, log_store_checks, tail_checks,
};

async fn opened() -> (MemoryLogs, ()) {
    (MemoryLogs::new(), ())
}

log_store_checks!(opened);
idempotency_checks!(opened);
tail_checks!(opened);
log_pruner_checks!(opened);
