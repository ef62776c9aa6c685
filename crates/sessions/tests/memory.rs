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
    let lists = include_str!("../src/conformance.rs");
    for checks in [
        include_str!("../src/conformance/ends.rs"),
        include_str!("../src/conformance/links.rs"),
        include_str!("../src/conformance/receipts.rs"),
        include_str!("../src/conformance/sessions.rs"),
    ] {
        let names = checks.split("\npub async fn ").skip(1);
        let names: Vec<_> = names.filter_map(|rest| rest.split('(').next()).collect();
        assert!(!names.is_empty());
        for name in names {
            let is_listed = [",", ";"].map(|end| lists.contains(&format!(" {name}{end}\n")));
            assert!(is_listed.contains(&true), "{name}");
        }
    }
}
