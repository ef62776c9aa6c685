//! The memory store passes every check.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use async_trait::async_trait;
use central_logger_key_activity::{
    KeyUse, MemoryActivity, UsageStore, alert_checks, conformance::known_keys::KnownKeys,
    known_key_checks, usage_checks, watch_checks,
};
use central_logger_keys::{ClientId, KeyId};

async fn opened() -> (MemoryActivity, ()) {
    (MemoryActivity::new(), ())
}

usage_checks!(opened);
watch_checks!(opened);
alert_checks!(opened);

struct Keys(MemoryActivity);

#[async_trait]
impl KnownKeys for Keys {
    fn activity(&self) -> &dyn UsageStore {
        &self.0
    }

    async fn add(&self, id: &KeyId, client: &ClientId) {
        self.0.add_key(id, client);
    }

    async fn last_use(&self, id: &KeyId) -> Option<KeyUse> {
        self.0.last_use(id)
    }
}

async fn opened_with_keys() -> (Keys, ()) {
    (Keys(MemoryActivity::new()), ())
}

known_key_checks!(opened_with_keys);

/// A check that stood in no macro would run nowhere.
#[test]
fn every_check_is_in_a_macro() {
    let macros = include_str!("../src/conformance.rs");
    for checks in [
        include_str!("../src/conformance/alerts.rs"),
        include_str!("../src/conformance/known_keys.rs"),
        include_str!("../src/conformance/usage.rs"),
        include_str!("../src/conformance/watch.rs"),
    ] {
        let names = checks.split("\npub async fn ").skip(1);
        let names: Vec<_> = names.filter_map(|rest| rest.split('(').next()).collect();
        assert!(!names.is_empty());
        for name in names {
            assert!(macros.contains(&format!(" {name},\n")), "{name}");
        }
    }
}
