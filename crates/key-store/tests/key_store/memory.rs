//! The memory store passes every check.

use central_logger_key_store::{
    MemoryKeys, conformance::feed::Followed, key_admin_checks, key_feed_checks,
};

async fn opened() -> (MemoryKeys, ()) {
    (MemoryKeys::new(), ())
}

key_admin_checks!(opened);

async fn followed() -> (Followed, ()) {
    (MemoryKeys::new().into(), ())
}

key_feed_checks!(followed);

/// A check that stood in no list would run nowhere.
#[test]
fn every_check_is_in_a_list() {
    let lists = include_str!("../../src/conformance.rs");
    for checks in [
        include_str!("../../src/conformance/audit.rs"),
        include_str!("../../src/conformance/changes.rs"),
        include_str!("../../src/conformance/clients.rs"),
        include_str!("../../src/conformance/feed.rs"),
        include_str!("../../src/conformance/keys.rs"),
        include_str!("../../src/conformance/read_only.rs"),
        include_str!("../../src/conformance/receipts.rs"),
        include_str!("../../src/conformance/retention.rs"),
        include_str!("../../src/conformance/reveal_links.rs"),
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
