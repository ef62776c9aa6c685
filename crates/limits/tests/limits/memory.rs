//! The memory store passes every check.

use central_logger_limits::{MemoryLimits, limit_store_checks};
use central_logger_times::SystemClock;
use std::sync::Arc;

async fn opened() -> (MemoryLimits, ()) {
    (MemoryLimits::new(Arc::new(SystemClock)), ())
}

limit_store_checks!(opened);

/// A check that stood in no macro would run nowhere.
#[test]
fn every_check_is_in_the_macro() {
    let checks = include_str!("../../src/conformance.rs");
    let names = checks.split("\npub async fn ").skip(1);
    let names: Vec<_> = names.filter_map(|rest| rest.split('(').next()).collect();
    assert!(!names.is_empty());
    for name in names {
        assert!(checks.contains(&format!(" {name},\n")), "{name}");
    }
}
