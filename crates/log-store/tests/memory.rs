//! The in-memory store keeps the promises of the traits.

use central_logger_log_store::{MemoryLogs, conformance};

#[tokio::test]
async fn the_memory_store_conforms() {
    conformance::run(&MemoryLogs::new()).await;
}

#[tokio::test]
async fn logs_can_be_taken_out_of_the_memory_store() {
    let logs = MemoryLogs::new();
    conformance::run_keeper(&logs, &logs).await;
}
