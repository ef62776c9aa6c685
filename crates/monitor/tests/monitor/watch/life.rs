//! Keys whose end or rotation is near.

use super::{
    site::{HOME, Site, kinds, named},
    traffic::{accept, refuse},
};
use central_logger_key_activity::{AlertKind, Severity};
use central_logger_key_store::KeyRecord;
use central_logger_monitor::Thresholds;
use time::Duration;

/// Keys are in use all the time, so nothing is told of their age or of their sleep.
fn young() -> Site {
    Site::with(
        "rotation_due=off dormant=off"
            .parse::<Thresholds>()
            .unwrap(),
    )
}

async fn used(site: &mut Site, key: &KeyRecord) -> Vec<AlertKind> {
    kinds(
        &site
            .see(|batch, at| accept(batch, &named(key), at, 1, HOME))
            .await,
    )
}

#[tokio::test]
async fn a_key_in_use_expires_soon() {
    let mut site = young();
    let key = site.issue(Some(Duration::days(90))).await;
    site.clock.advance(Duration::days(75));
    assert_eq!(used(&mut site, &key).await, []);
    site.clock.advance(Duration::days(2));
    assert_eq!(site.look().await, [], "nobody uses it");
    let alerts = site
        .see(|batch, at| accept(batch, &named(&key), at, 1, HOME))
        .await;
    assert_eq!(kinds(&alerts), [AlertKind::Expiring]);
    let alert = &alerts[0];
    assert_eq!(alert.kind.severity(), Severity::Notice);
    assert_eq!(alert.subject.key_id, Some(key.id.clone()));
    assert_eq!(
        alert.evidence,
        "in use, without a successor, and expires on 2026-05-31"
    );
    site.clock.advance(Duration::days(5));
    assert_eq!(used(&mut site, &key).await, [], "that was told");
}

#[tokio::test]
async fn of_a_short_life_the_last_quarter_counts() {
    let mut site = young();
    let key = site.issue(Some(Duration::hours(24))).await;
    site.clock.advance(Duration::hours(17));
    assert_eq!(used(&mut site, &key).await, []);
    site.clock.advance(Duration::hours(2));
    assert_eq!(used(&mut site, &key).await, [AlertKind::Expiring]);
}

#[tokio::test]
async fn a_key_that_was_replaced_or_cannot_be_used_is_not_said_to_expire() {
    let mut site = young();
    let (replaced, disabled, revoked) = (
        site.issue(Some(Duration::days(20))).await,
        site.issue(Some(Duration::days(20))).await,
        site.issue(Some(Duration::days(20))).await,
    );
    site.clock.advance(Duration::days(19));
    site.rotate(&replaced, Duration::days(10)).await;
    site.disable(&disabled).await;
    site.revoke(&revoked).await;
    for key in [&replaced, &disabled, &revoked] {
        assert_eq!(used(&mut site, key).await, []);
    }
}

#[tokio::test]
async fn an_old_key_in_use_is_to_be_rotated() {
    let mut site = Site::new();
    let (used_one, unused) = (site.issue(None).await, site.issue(None).await);
    for _ in 0..9 {
        site.clock.advance(Duration::days(10));
        assert_eq!(used(&mut site, &used_one).await, []);
    }
    site.clock.advance(Duration::days(1));
    let alerts = site
        .see(|batch, at| {
            accept(batch, &named(&used_one), at, 1, HOME);
            refuse(batch, Some(&named(&unused)), "rate", at, 1, HOME);
        })
        .await;
    assert_eq!(kinds(&alerts), [AlertKind::RotationDue]);
    assert_eq!(alerts[0].evidence, "in use, and issued on 2026-03-02");
    assert_eq!(alerts[0].subject.key_id, Some(used_one.id));
}

#[tokio::test]
async fn an_old_key_is_still_in_use_when_its_grace_ends() {
    let mut site = young();
    let (lazy, eager) = (site.issue(None).await, site.issue(None).await);
    site.clock.advance(Duration::days(10));
    let next = site.rotate(&lazy, Duration::days(8)).await;
    let next_of_eager = site.rotate(&eager, Duration::days(8)).await;
    site.clock.advance(Duration::days(5));
    assert_eq!(used(&mut site, &lazy).await, []);
    site.clock.advance(Duration::days(1) + Duration::HOUR);
    assert_eq!(used(&mut site, &next_of_eager).await, []);
    let alerts = site
        .see(|batch, at| accept(batch, &named(&lazy), at, 1, HOME))
        .await;
    assert_eq!(kinds(&alerts), [AlertKind::GraceEnding]);
    let evidence = format!(
        "still in use instead of {}, and its grace ends at 2026-03-20 10:00 UTC",
        next.id
    );
    assert_eq!(alerts[0].evidence, evidence);
}
