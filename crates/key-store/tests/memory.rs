//! The in-memory store keeps the promises of the traits.

use central_logger_key_store::{MemoryKeys, conformance};

#[tokio::test]
async fn the_memory_store_conforms() {
    conformance::run(&MemoryKeys::new()).await;
}

#[tokio::test]
async fn the_memory_store_can_be_followed() {
    let keys = MemoryKeys::new();
    conformance::run_feed(&keys, &keys).await;
}
