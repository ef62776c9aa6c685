//! What a reveal link gives, to whom, and how often, on stores in memory and a clock that is set by hand.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod ends;
mod making;
mod revealing;

use central_logger_hash_pool::HashPool;
use central_logger_key_activity::{
    AlertKind, AlertQuery, AlertRaising, AlertStore, MemoryActivity,
};
use central_logger_key_store::{Actor, MemoryKeys, NewKey, Owners};
use central_logger_keys::{KeyHasher, KeyId, KeyPrefix};
use central_logger_log_store::MemoryLogs;
use central_logger_operations::{Caller, Operations, StaticEntries, Stores};
use central_logger_reveal_links::{
    LinkHolder, MadeRevealLink, NewRevealLink, RevealLinkView, RevealLinks, Revealing,
};
use central_logger_sessions::{LinkToken, MemorySessions};
use central_logger_settings::Environment;
use central_logger_times::{ManualClock, Timestamp};
use std::sync::Arc;
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

const URL: &str = "https://logs.example.com";

const HERE: &str = "192.0.2.0/24";

struct Provider {
    operations: Operations,
    stores: Stores,
    activity: Arc<MemoryActivity>,
    clock: Arc<ManualClock>,
    prefix: KeyPrefix,
}

impl Provider {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        let activity = Arc::new(MemoryActivity::new());
        let stores = Stores {
            keys: Arc::new(MemoryKeys::new()),
            activity: activity.clone(),
            logs: Arc::new(MemoryLogs::new()),
            sessions: Arc::new(MemorySessions::new()),
        };
        let operations = operations(&stores, &clock, Caller::Provider(Actor::new("alice@ops")));
        Self {
            operations,
            stores,
            activity,
            clock,
            prefix: KeyPrefix::default(),
        }
    }

    async fn make(&self, new: NewRevealLink) -> Made {
        let links = RevealLinks::of(&self.operations);
        Made::of(links.make(new, URL).await.unwrap().result)
    }

    async fn link(&self, made: &Made) -> RevealLinkView {
        let links = RevealLinks::of(&self.operations);
        links.show(&made.id).await.unwrap()
    }

    fn holder(&self) -> LinkHolder<'_> {
        LinkHolder {
            operations: operations(
                &self.stores,
                &self.clock,
                Caller::Provider(Actor::server("reveal link")),
            ),
            prefix: &self.prefix,
            alerts: AlertRaising::Delivered,
            network: Some(HERE.to_owned()),
        }
    }

    async fn reveal(&self, made: &Made, passphrase: Option<&str>) -> Revealing {
        let passphrase = passphrase.map(|said| said.parse().unwrap());
        let holder = self.holder();
        let revealed = holder.reveal(&made.token, passphrase.as_ref());
        revealed.await.unwrap()
    }

    async fn keys(&self) -> usize {
        let keys = self.operations.keyring().list(Owners::All, None).await;
        keys.unwrap().records.len()
    }

    async fn alerts(&self) -> Vec<(AlertKind, u64, String)> {
        let query = AlertQuery {
            client: None,
            since: Timestamp::MIN,
            before: None,
            limit: 100,
        };
        let alerts = self.activity.alerts(&query).await.unwrap().into_iter();
        alerts
            .map(|alert| (alert.kind, alert.counted.sum, alert.evidence))
            .collect()
    }
}

fn operations(stores: &Stores, clock: &Arc<ManualClock>, caller: Caller) -> Operations {
    let hashes = HashPool::new(KeyHasher::new());
    Operations::new(stores.clone(), hashes, clock.clone(), caller)
}

struct Made {
    id: KeyId,
    token: LinkToken,
    expires_at: OffsetDateTime,
}

impl Made {
    fn of(made: MadeRevealLink) -> Self {
        let token = made.url.strip_prefix("https://logs.example.com/reveal/");
        Self {
            token: token.unwrap().parse().unwrap(),
            id: made.id,
            expires_at: made.expires_at,
        }
    }
}

fn static_entries(api_keys: &str) -> StaticEntries {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(".env");
    std::fs::write(&path, format!("API_KEYS={api_keys}\n")).unwrap();
    StaticEntries::read(&Environment::read(Some(&path)).unwrap())
}

fn to_acme() -> NewRevealLink {
    NewRevealLink::for_key(NewKey::for_client("acme_corp".parse().unwrap()))
}

fn revealed(revealing: Revealing) -> central_logger_reveal_links::RevealedKey {
    match revealing {
        Revealing::Revealed(key) => *key,
        other => panic!("{other:?}"),
    }
}

fn is_gone(revealing: &Revealing) -> bool {
    matches!(revealing, Revealing::Gone)
}
