//! The memory store passes every check.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_sessions::{MemorySessions, session_store_checks};

async fn opened() -> (MemorySessions, ()) {
    (MemorySessions::new(), ())
}

session_store_checks!(opened);

/// A check that stood in no macro would run nowhere.
#[test]
fn every_check_is_in_the_macro() {
    let checks = include_str!("../src/conformance.rs");
    let names = checks.split("\npub async fn ").skip(1);
    let names: Vec<_> = names.filter_map(|rest| rest.split('(').next()).collect();
    assert!(!names.is_empty());
    for name in names {
        assert!(checks.contains(&format!(" {name},\n")), "{name}");
    }
}
