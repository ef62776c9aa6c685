//! Limits that several authenticators share, over stores in memory and a clock set by hand.

use central_logger_auth::{
    Allowance, Authenticator, Limit, Origin, PresentedCredential, Principal, Refusal,
    VerificationRequest,
};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, MemoryKeys, NewKey,
    quota::{Quota, QuotaDimension},
};
use central_logger_keyring::Keyring;
use central_logger_keys::{KeyHasher, KeyPrefix, RefusalReason, Scope};
use central_logger_limits::{MemoryLimits, SharedLimits, UnreachableLimits};
use central_logger_times::ManualClock;
use std::{num::NonZeroU64, sync::Arc};
use time::{Duration, macros::datetime};

struct Fixture {
    clock: Arc<ManualClock>,
    keyring: Keyring,
    servers: [Authenticator; 3],
}

fn fixture() -> Fixture {
    let store = Arc::new(MemoryKeys::new());
    let clock = Arc::new(ManualClock::new(datetime!(2026-02-28 12:00 UTC)));
    let hashes = HashPool::new(KeyHasher::new());
    let limits = Arc::new(MemoryLimits::new(clock.clone()));
    let server = || {
        Authenticator::new(store.clone())
            .with_hashes(hashes.clone())
            .with_clock(clock.clone())
            .with_shared_limits(SharedLimits::new(limits.clone(), clock.clone()))
    };
    Fixture {
        servers: [server(), server(), server()],
        keyring: Keyring::new(
            store.clone(),
            hashes.clone(),
            clock.clone(),
            Actor::new("tester@here"),
        ),
        clock,
    }
}

async fn send(server: &Authenticator, key: &str) -> Result<Principal, Refusal> {
    let request = VerificationRequest {
        presented: PresentedCredential::from_headers([key.as_bytes()], []),
        origin: Origin::Unknown,
        required: Some(Scope::LOGS_READ),
    };
    server.authenticate(request).await
}

/// What a request is told that gets through.
async fn left(server: &Authenticator, key: &str) -> Vec<Allowance> {
    let principal = send(server, key).await.unwrap();
    principal.allowances().iter().copied().collect()
}

/// The limit that a request meets.
async fn reached(server: &Authenticator, key: &str) -> Allowance {
    match send(server, key).await {
        Err(Refusal::Limited(allowances)) => *allowances.iter().last().unwrap(),
        other => panic!("{other:?}"),
    }
}

impl Fixture {
    async fn issue(&self, rate: Option<&str>) -> String {
        let new = NewKey {
            rate_limit: rate.map(|rate| rate.parse().unwrap()),
            ..NewKey::for_client("acme".parse().unwrap())
        };
        let issued = self.keyring.issue(&KeyPrefix::default(), new).await;
        issued.unwrap().api_key.expose_secret().to_owned()
    }

    async fn set_quota(&self, per_day: u64, per_month: u64) {
        let quota = Quota::default()
            .with(QuotaDimension::RequestsPerDay, NonZeroU64::new(per_day))
            .with(QuotaDimension::RequestsPerMonth, NonZeroU64::new(per_month));
        let client = "acme".parse().unwrap();
        let set = self.keyring.set_quota(&client, |_| quota).await.unwrap();
        set.at_commit();
    }
}

#[tokio::test]
async fn a_rate_is_told_and_kept_as_by_one_server() {
    let f = fixture();
    let key = f.issue(Some("5/m")).await;
    for (request, server) in f.servers.iter().cycle().take(5).enumerate() {
        let remaining = 4 - request as u32;
        let rate = Allowance {
            limit: Limit::Rate,
            quota: 5,
            window: 60,
            remaining,
            reset: 12 * (5 - remaining),
        };
        assert_eq!(left(server, &key).await, [rate]);
    }
    for server in &f.servers {
        let reached = reached(server, &key).await;
        assert_eq!((reached.remaining, reached.reset), (0, 12));
    }
    f.clock.advance(Duration::seconds(12));
    assert_eq!(left(&f.servers[2], &key).await[0].remaining, 0);
    assert_eq!(reached(&f.servers[0], &key).await.reset, 12);
}

#[tokio::test]
async fn all_keys_of_a_client_share_its_quotas_at_all_servers() {
    let f = fixture();
    let (one, other) = (f.issue(None).await, f.issue(None).await);
    f.set_quota(4, 6).await;
    let told = left(&f.servers[0], &one).await;
    let told: Vec<_> = told
        .iter()
        .map(|each| (each.limit, each.quota, each.remaining, each.reset))
        .collect();
    let half_a_day = 43_200;
    let expected = [
        (Limit::Day, 4, 3, half_a_day),
        (Limit::Month, 6, 5, half_a_day),
    ];
    assert_eq!(told, expected);
    for (server, key) in f.servers.iter().zip([&one, &other, &one]) {
        send(server, key).await.unwrap();
    }
    for server in &f.servers {
        assert_eq!(reached(server, &other).await.limit, Limit::Day);
    }
    // What the day refused, the month has not counted, and the other way round.
    f.set_quota(9, 6).await;
    send(&f.servers[1], &one).await.unwrap();
    send(&f.servers[2], &one).await.unwrap();
    for server in &f.servers {
        assert_eq!(reached(server, &one).await.limit, Limit::Month);
    }
    f.set_quota(9, 100).await;
    for server in &f.servers {
        send(server, &one).await.unwrap();
    }
    for server in &f.servers {
        assert_eq!(reached(server, &one).await.limit, Limit::Day);
    }
    // The next day is of another month, too.
    f.clock.advance(Duration::days(1));
    let told = left(&f.servers[0], &one).await;
    assert_eq!((told[0].remaining, told[1].remaining), (8, 99));
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_told_from_a_limit() {
    let f = fixture();
    let (limited, free) = (f.issue(Some("5/m")).await, f.issue(None).await);
    let limits = SharedLimits::new(Arc::new(UnreachableLimits), f.clock.clone());
    let server = f.servers[0].clone().with_shared_limits(limits);
    for _ in 0..3 {
        let refusal = send(&server, &limited).await.unwrap_err();
        assert_eq!(refusal.reason(), RefusalReason::Unavailable);
        assert_eq!(refusal.problem().status, 503);
        let headers = refusal.headers();
        assert!(
            headers.iter().any(|(name, _)| *name == "retry-after"),
            "{headers:?}"
        );
    }
    assert_eq!(left(&server, &free).await, []);
}
