//! Workflows in memory pass every check.

use central_logger_workflows::{MemoryWorkflows, workflow_store_checks};

async fn opened() -> (MemoryWorkflows, ()) {
    (MemoryWorkflows::new(), ())
}

workflow_store_checks!(opened);
