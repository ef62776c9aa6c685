//! How many requests get through, over the in-memory store and a clock set by hand.

use central_logger_auth::{
    Allowance, Authenticator, Limit, Origin, PresentedCredential, Principal, Refusal,
    VerificationRequest,
};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, MemoryKeys, NewKey,
    quota::{Quota, QuotaDimension},
};
use central_logger_keyring::{Keyring, Rotation};
use central_logger_keys::{ApiKey, KeyHasher, KeyId, KeyPrefix, Scope};
use central_logger_times::ManualClock;
use std::{num::NonZeroU64, sync::Arc};
use time::{Duration, macros::datetime};

struct Fixture {
    clock: Arc<ManualClock>,
    keyring: Keyring,
    authenticator: Authenticator,
}

fn fixture() -> Fixture {
    let store = Arc::new(MemoryKeys::new());
    let clock = Arc::new(ManualClock::new(datetime!(2026-02-28 23:59:50 UTC)));
    let hashes = HashPool::new(KeyHasher::new());
    Fixture {
        keyring: Keyring::new(
            store.clone(),
            hashes.clone(),
            clock.clone(),
            Actor::new("tester@here"),
        ),
        authenticator: Authenticator::new(store)
            .with_hashes(hashes)
            .with_clock(clock.clone()),
        clock,
    }
}

impl Fixture {
    async fn issue(&self, rate: Option<&str>) -> (KeyId, String) {
        let new = NewKey {
            rate_limit: rate.map(|rate| rate.parse().unwrap()),
            ..NewKey::for_client("acme".parse().unwrap())
        };
        let issued = self
            .keyring
            .issue(&KeyPrefix::default(), new)
            .await
            .unwrap();
        let text = issued.api_key.expose_secret().to_owned();
        (issued.record.id, text)
    }

    async fn set_quota(&self, per_day: Option<u32>, per_month: Option<u32>) {
        let limit = |limit: Option<u32>| NonZeroU64::new(limit.unwrap_or_default().into());
        let quota = Quota::default()
            .with(QuotaDimension::RequestsPerDay, limit(per_day))
            .with(QuotaDimension::RequestsPerMonth, limit(per_month));
        let client = "acme".parse().unwrap();
        let set = self.keyring.set_quota(&client, |_| quota).await.unwrap();
        assert_eq!(set.at_commit(), quota);
    }

    async fn send(
        &self,
        key: &str,
        from: &str,
        scope: Option<Scope>,
    ) -> Result<Principal, Refusal> {
        let request = VerificationRequest {
            presented: PresentedCredential::from_headers([key.as_bytes()], []),
            origin: Origin::Caller(from.parse().unwrap()),
            required: scope,
        };
        self.authenticator.authenticate(request).await
    }

    /// What is left after a request that gets through.
    async fn left(&self, key: &str) -> Vec<Allowance> {
        let principal = self.send(key, "192.0.2.1", None).await.unwrap();
        principal.allowances().iter().copied().collect()
    }

    /// The limit that a request meets.
    async fn reached(&self, key: &str, from: &str) -> Allowance {
        match self.send(key, from, None).await {
            Err(Refusal::Limited(allowances)) => *allowances.iter().last().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    async fn fail(&self, key: &str, from: &str) {
        match self.send(key, from, None).await {
            Err(Refusal::Invalid(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_key_without_limits_is_told_of_none() {
    let f = fixture();
    let (_, key) = f.issue(None).await;
    for _ in 0..1000 {
        assert_eq!(f.left(&key).await, []);
    }
}

#[tokio::test]
async fn a_rate_lets_a_burst_through_and_then_one_at_a_time() {
    let f = fixture();
    let (_, key) = f.issue(Some("100/s")).await;
    for remaining in (0..10).rev() {
        let rate = Allowance {
            limit: Limit::Rate,
            quota: 100,
            window: 1,
            remaining,
            reset: 1,
        };
        assert_eq!(f.left(&key).await, [rate]);
    }
    let reached = f.reached(&key, "192.0.2.1").await;
    assert_eq!((reached.remaining, reached.reset), (0, 1));
    f.clock.advance(Duration::milliseconds(9));
    f.reached(&key, "192.0.2.1").await;
    f.clock.advance(Duration::milliseconds(1));
    assert_eq!(f.left(&key).await[0].remaining, 0);
    f.reached(&key, "192.0.2.1").await;
}

#[tokio::test]
async fn a_flood_gets_through_at_the_rate() {
    let f = fixture();
    let (_, key) = f.issue(Some("100/s")).await;
    let mut passed = 0;
    for _ in 0..10_000 {
        f.clock.advance(Duration::MILLISECOND);
        match f.send(&key, "192.0.2.1", None).await {
            Ok(_) => passed += 1,
            Err(refusal) => assert!(matches!(refusal, Refusal::Limited(_)), "{refusal:?}"),
        }
    }
    assert_eq!(passed, 1009, "ten seconds of 100, and the burst");
}

#[tokio::test]
async fn a_low_rate_tells_how_long_to_wait() {
    let f = fixture();
    let (_, key) = f.issue(Some("2/h")).await;
    for _ in 0..2 {
        f.left(&key).await;
    }
    assert_eq!(f.reached(&key, "192.0.2.1").await.reset, 1800);
    f.clock.advance(Duration::seconds(1799));
    assert_eq!(f.reached(&key, "192.0.2.1").await.reset, 1);
    f.clock.advance(Duration::SECOND);
    f.left(&key).await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_neither_opens_nor_shuts_a_rate() {
    let f = fixture();
    let (_, key) = f.issue(Some("1/s")).await;
    f.left(&key).await;
    f.clock.advance(Duration::days(-400));
    f.reached(&key, "192.0.2.1").await;
    f.clock.advance(Duration::SECOND);
    f.left(&key).await;
}

#[tokio::test]
async fn every_key_has_a_rate_of_its_own_which_its_successor_has_too() {
    let f = fixture();
    let (id, key) = f.issue(Some("1/h")).await;
    let (_, other) = f.issue(Some("1/h")).await;
    f.left(&key).await;
    f.reached(&key, "192.0.2.1").await;
    f.left(&other).await;
    let rotation = Rotation {
        grace: Duration::HOUR,
        expires_at: None,
    };
    let rotated = f.keyring.rotate(&id, &KeyPrefix::default(), rotation).await;
    let new = rotated.unwrap().at_commit().issued;
    assert_eq!(f.left(new.api_key.expose_secret()).await[0].quota, 1);
    f.reached(new.api_key.expose_secret(), "192.0.2.1").await;
}

#[tokio::test]
async fn all_keys_of_a_client_share_its_quotas_until_midnight() {
    let f = fixture();
    let ((_, one), (_, two)) = (f.issue(None).await, f.issue(None).await);
    f.set_quota(Some(3), Some(4)).await;
    let left = f.left(&one).await;
    let day = Allowance {
        limit: Limit::Day,
        quota: 3,
        window: 86_400,
        remaining: 2,
        reset: 10,
    };
    let month = Allowance {
        limit: Limit::Month,
        quota: 4,
        window: 28 * 86_400,
        remaining: 3,
        reset: 10,
    };
    assert_eq!(left, [day, month]);
    f.left(&two).await;
    f.left(&two).await;
    for key in [&one, &two] {
        let reached = f.reached(key, "192.0.2.1").await;
        assert_eq!((reached.limit, reached.remaining), (Limit::Day, 0));
    }
    // The next day is of another month, too.
    f.clock.advance(Duration::seconds(10));
    assert_eq!(f.left(&one).await[1].window, 31 * 86_400);
    f.left(&one).await;
    f.left(&one).await;
    f.clock.advance(Duration::DAY);
    assert_eq!(f.left(&one).await[1].remaining, 0);
    let reached = f.reached(&one, "192.0.2.1").await;
    assert_eq!((reached.limit, reached.reset), (Limit::Month, 30 * 86_400));
    // What the month refused, the day has not counted.
    f.set_quota(Some(3), None).await;
    assert_eq!(f.left(&one).await[0].remaining, 1);
}

#[tokio::test]
async fn what_is_refused_otherwise_uses_up_nothing() {
    let f = fixture();
    let (id, key) = f.issue(Some("1/h")).await;
    let forged = ApiKey::forged(id).unwrap();
    f.fail(forged.expose_secret(), "192.0.2.1").await;
    let scope = Some(Scope::KEYS_MANAGE);
    let refusal = f.send(&key, "192.0.2.1", scope).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Forbidden(_)), "{refusal:?}");
    f.left(&key).await;
}

#[tokio::test]
async fn an_address_may_fail_300_times_a_minute_and_its_good_keys_get_through() {
    let f = fixture();
    let (id, key) = f.issue(None).await;
    let forged = ApiKey::forged(id).unwrap();
    let forged = forged.expose_secret();
    for _ in 0..300 {
        f.fail(forged, "192.0.2.1").await;
    }
    let reached = f.reached(forged, "192.0.2.1").await;
    assert_eq!(
        (reached.limit, reached.quota, reached.window),
        (Limit::Failures, 300, 60)
    );
    assert_eq!(f.left(&key).await, [], "it is no matter of the key's");
    f.fail(forged, "192.0.2.2").await;
    f.clock.advance(Duration::milliseconds(200));
    f.fail(forged, "192.0.2.1").await;
    f.reached(forged, "::ffff:192.0.2.1").await;
}

#[tokio::test]
async fn addresses_of_ipv6_fail_by_their_64() {
    let f = fixture();
    for host in 0..300 {
        let from = format!("2001:db8:0:7::{host:x}");
        f.fail("!", &from).await;
    }
    f.reached("!", "2001:db8:0:7:ffff::1").await;
    f.fail("!", "2001:db8:0:8::1").await;
}

#[tokio::test]
async fn an_address_that_fails_too_often_gets_no_slow_hashing() {
    let f = fixture();
    let opaque = "made-by-somebody-else-0123456789";
    let client = NewKey::for_client("acme".parse().unwrap());
    let adopted = f
        .keyring
        .import(ApiKey::parse(opaque).unwrap(), client)
        .await;
    adopted.unwrap();
    for _ in 0..300 {
        f.fail("!", "192.0.2.1").await;
    }
    f.reached("!", "192.0.2.1").await;
    // Nothing is remembered here, so the key would have to be hashed.
    f.reached(opaque, "192.0.2.1").await;
    f.send(opaque, "192.0.2.2", None).await.unwrap();
    f.clock.advance(Duration::SECOND);
    f.send(opaque, "192.0.2.1", None).await.unwrap();
}
