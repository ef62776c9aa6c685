//! Keys that are used as they were not before, or as they may not.

use super::{
    site::{HOME, Site, foreign, kinds, named},
    traffic::{accept, refuse},
};
use central_logger_key_activity::{AlertKind, KeyHistory, Severity, WatchedKey};
use central_logger_monitor::Thresholds;
use time::Duration;

const ELSEWHERE: &str = "203.0.113.0/24";

/// Lets days go by, with a request each hour.
async fn days(site: &mut Site, key: &WatchedKey, days: i64, requests: u64) {
    for _ in 0..24 * days {
        site.clock.advance(Duration::HOUR);
        let alerts = site
            .see(|batch, at| accept(batch, key, at, requests, HOME))
            .await;
        assert_eq!(alerts, []);
    }
}

#[tokio::test]
async fn a_new_network_is_told_after_a_week_of_learning_and_then_known() {
    let mut site = Site::new();
    let key = foreign("static-acme_corp");
    let from = |network: &'static str| {
        let key = key.clone();
        move |batch: &mut _, at| accept(batch, &key, at, 2, network)
    };
    days(&mut site, &key, 6, 1).await;
    assert_eq!(site.see(from("10.9.9.0/24")).await, [], "it is learned");
    days(&mut site, &key, 1, 1).await;
    site.clock.advance(Duration::HOUR);
    let alerts = site.see(from(ELSEWHERE)).await;
    assert_eq!(kinds(&alerts), [AlertKind::NewNetwork]);
    assert_eq!(alerts[0].kind.severity(), Severity::Critical);
    assert_eq!(
        alerts[0].evidence,
        "used for the first time from 203.0.113.0/24, after 2 known networks"
    );
    assert_eq!(alerts[0].counted.sum, 1, "networks are counted");
    for _ in 0..3 {
        assert_eq!(site.see(from(ELSEWHERE)).await, []);
        site.clock.advance(Duration::HOUR);
    }
    days(&mut site, &key, 2, 1).await;
    assert_eq!(site.see(from(ELSEWHERE)).await, [], "by now it is known");
    assert_eq!(site.stored().await.len(), 1);
}

#[tokio::test]
async fn a_key_that_is_used_from_everywhere_is_not_watched_for_networks() {
    let mut site = Site::new();
    let key = foreign("roaming");
    for number in 0..KeyHistory::MAX_NETWORKS {
        site.clock.advance(Duration::hours(6));
        let network = format!("10.0.{number}.0/24");
        let alerts = site
            .see(|batch, at| accept(batch, &key, at, 1, &network))
            .await;
        // It is learned for a week, and then each is told of as the same episode.
        assert!(number < 30 || alerts.is_empty(), "{alerts:?}");
    }
    let told = site.stored().await.len();
    site.clock.advance(Duration::days(3));
    let alerts = site
        .see(|batch, at| accept(batch, &key, at, 1, ELSEWHERE))
        .await;
    assert_eq!(alerts, []);
    assert_eq!(site.stored().await.len(), told);
}

#[tokio::test]
async fn a_spike_is_ten_times_what_was_usual_at_that_time_of_day() {
    let mut site = Site::new();
    let key = foreign("busy");
    // Without a history, anything may be usual.
    assert_eq!(
        site.see(|batch, at| accept(batch, &key, at, 50_000, HOME))
            .await,
        []
    );
    site.clock.advance(Duration::days(15));
    days(&mut site, &key, 4, 200).await;
    site.clock.advance(Duration::HOUR);
    let much = |number| {
        let key = key.clone();
        move |batch: &mut _, at| accept(batch, &key, at, number, HOME)
    };
    assert_eq!(site.see(much(1_999)).await, []);
    let alerts = site.see(much(1)).await;
    assert_eq!(kinds(&alerts), [AlertKind::Spike]);
    assert_eq!(
        alerts[0].evidence,
        "2,000 requests in an hour from 10.1.2.0/24; at this time of day at most 200 in 14 days"
    );
    assert_eq!(alerts[0].counted.sum, 2_000);
    assert_eq!(site.see(much(500)).await, [], "it goes on");
    assert_eq!(site.stored().await[0].counted.sum, 2_500);
}

#[tokio::test]
async fn of_a_quiet_key_a_thousand_requests_are_a_spike() {
    let mut site = Site::new();
    let key = foreign("quiet");
    days(&mut site, &key, 4, 1).await;
    let much = |number| {
        let key = key.clone();
        move |batch: &mut _, at| accept(batch, &key, at, number, HOME)
    };
    assert_eq!(site.see(much(990)).await, []);
    assert_eq!(kinds(&site.see(much(10)).await), [AlertKind::Spike]);
}

#[tokio::test]
async fn a_dormant_key_wakes_up() {
    let mut site = Site::new();
    let (slept, never_used) = (site.issue(None).await, site.issue(None).await);
    let (slept, never_used) = (named(&slept), named(&never_used));
    site.happen(|batch, at| accept(batch, &slept, at, 1, HOME))
        .await;
    site.clock.advance(Duration::days(31));
    // From elsewhere too, which is not told of twice.
    let alerts = site
        .see(|batch, at| accept(batch, &slept, at, 1, ELSEWHERE))
        .await;
    assert_eq!(kinds(&alerts), [AlertKind::Dormant]);
    assert_eq!(
        alerts[0].evidence,
        "used from 203.0.113.0/24 after 31 days without use"
    );
    let alerts = site
        .see(|batch, at| accept(batch, &never_used, at, 1, HOME))
        .await;
    assert_eq!(kinds(&alerts), [AlertKind::Dormant]);
    assert_eq!(alerts[0].subject.key_id.as_ref(), Some(&never_used.1));
    site.clock.advance(Duration::days(29));
    let alerts = site
        .see(|batch, at| accept(batch, &slept, at, 1, HOME))
        .await;
    assert_eq!(alerts, []);
}

#[tokio::test]
async fn nobody_knows_who_slept_before_anything_was_counted() {
    let mut site = Site::new();
    let old = named(&site.issue(None).await);
    site.clock.advance(Duration::days(60));
    let alerts = site.see(|batch, at| accept(batch, &old, at, 1, HOME)).await;
    assert_eq!(alerts, []);
}

#[tokio::test]
async fn a_key_is_used_after_its_end() {
    let mut site = Site::new();
    let (revoked, expired) = (
        site.issue(None).await,
        site.issue(Some(Duration::days(2))).await,
    );
    site.revoke(&revoked).await;
    site.clock.advance(Duration::days(3));
    for (key, reason, evidence) in [
        (
            revoked,
            "revoked",
            "1 request within two hours from 10.1.2.0/24, revoked on 2026-03-02",
        ),
        (
            expired,
            "expired",
            "1 request within two hours from 10.1.2.0/24, expired on 2026-03-04",
        ),
    ] {
        let alerts = site
            .see(|batch, at| refuse(batch, Some(&named(&key)), reason, at, 1, HOME))
            .await;
        assert_eq!(kinds(&alerts), [AlertKind::UsedAfterEnd]);
        assert_eq!(alerts[0].evidence, evidence);
    }
}

#[tokio::test]
async fn one_client_has_thresholds_of_its_own() {
    let thresholds = "forbidden=3 acme_corp.forbidden=off".parse::<Thresholds>();
    let mut site = Site::with(thresholds.unwrap());
    let theirs = ("widget_co".parse().unwrap(), "theirs".parse().unwrap());
    let refused = |key: &WatchedKey, reason: &'static str, number| {
        let key = key.clone();
        move |batch: &mut _, at| refuse(batch, Some(&key), reason, at, number, HOME)
    };
    assert_eq!(
        site.see(refused(&foreign("ours"), "forbidden", 50)).await,
        []
    );
    assert_eq!(site.see(refused(&theirs, "forbidden", 2)).await, []);
    let alerts = site.see(refused(&theirs, "forbidden_address", 1)).await;
    assert_eq!(kinds(&alerts), [AlertKind::Forbidden]);
    assert_eq!(
        alerts[0].evidence,
        "2 requests refused within two hours for the key's scopes, 1 for its address from 10.1.2.0/24"
    );
}
