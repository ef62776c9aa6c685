//! The in-memory store keeps the promises of the trait.

use central_logger_log_store::{MemoryLogs, conformance};

#[tokio::test]
async fn the_memory_store_conforms() {
    conformance::run(&MemoryLogs::new()).await;
}
