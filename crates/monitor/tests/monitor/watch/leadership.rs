//! Several who watch, those who begin anew, clocks that jump, and floods.

use super::{
    site::{HOME, Site, foreign, kinds},
    traffic::{accept, guess, refuse},
};
use central_logger_key_activity::{AlertKind, AlertSubject};
use central_logger_monitor::Watch;
use central_logger_times::Clock;
use time::Duration;

#[tokio::test]
async fn of_two_who_watch_one_looks_and_the_other_takes_over() {
    let mut site = Site::new();
    let mut other = site.another_watch();
    let key = foreign("revoked");
    let revoked = |batch: &mut _, at| refuse(batch, Some(&key), "revoked", at, 1, HOME);
    assert_eq!(kinds(&site.see(revoked).await), [AlertKind::UsedAfterEnd]);
    site.happen(revoked).await;
    assert_eq!(other.look().await.unwrap(), []);
    assert_eq!(site.stored().await[0].counted.sum, 1, "it was not its turn");

    site.clock.advance(Watch::LEADERSHIP + Duration::SECOND);
    assert_eq!(other.look().await.unwrap(), [], "the same episode");
    assert_eq!(site.stored().await[0].counted.sum, 2);
    assert_eq!(site.look().await, [], "now the first has to wait");
    site.happen(revoked).await;
    assert_eq!(site.look().await, []);
    assert_eq!(site.stored().await[0].counted.sum, 2);
}

#[tokio::test]
async fn an_episode_goes_on_until_a_quiet_day() {
    let mut site = Site::new();
    let key = foreign("revoked");
    let revoked = |batch: &mut _, at| refuse(batch, Some(&key), "revoked", at, 1, HOME);
    let alerts = site.see(revoked).await;
    let (first, began) = (alerts[0].clone(), site.clock.now());
    for _ in 0..3 {
        site.clock.advance(Duration::hours(20));
        assert_eq!(site.see(revoked).await, []);
    }
    let stored = site.stored().await;
    assert_eq!(stored.len(), 1);
    assert_eq!(
        (stored[0].first_at, stored[0].last_at),
        (began, site.clock.now())
    );
    assert_eq!(stored[0].counted.sum, 4);
    site.clock.advance(Duration::days(1));
    let again = site.see(revoked).await;
    assert_eq!(kinds(&again), [AlertKind::UsedAfterEnd]);
    assert_ne!(again[0].id, first.id);
    assert_eq!(again[0].counted.sum, 1);
}

#[tokio::test]
async fn a_clock_that_jumps_raises_nothing_twice() {
    let mut site = Site::new();
    let key = foreign("revoked");
    let revoked = |batch: &mut _, at| refuse(batch, Some(&key), "revoked", at, 1, HOME);
    site.happen(|batch, at| accept(batch, &key, at, 1, HOME))
        .await;
    assert_eq!(kinds(&site.see(revoked).await), [AlertKind::UsedAfterEnd]);
    for jump in [-3, 1, 5, -6, 3] {
        site.clock.advance(Duration::hours(jump));
        assert_eq!(site.see(revoked).await, [], "after {jump} hours");
    }
    assert_eq!(site.stored().await.len(), 1);
    // Set back by a year, as when a battery is empty: it is looked on, by a turn that can be taken.
    site.clock.advance(Duration::days(-365));
    let other = foreign("other");
    let alerts = site
        .see(|batch, at| refuse(batch, Some(&other), "revoked", at, 1, HOME))
        .await;
    assert!(
        alerts
            .iter()
            .any(|alert| alert.subject.key_id.as_ref() == Some(&other.1))
    );
}

#[tokio::test]
async fn a_flood_from_everywhere_makes_a_few_alerts() {
    let mut site = Site::new();
    let alerts = site
        .see(|batch, at| {
            for number in 0..10_000 {
                let network = format!("10.{}.{}.0/24", number / 250, number % 250);
                guess(batch, None, "unknown", at, 100, &network);
            }
        })
        .await;
    let of_all = alerts
        .iter()
        .filter(|alert| alert.subject == AlertSubject::default());
    let of_all: Vec<_> = of_all.collect();
    assert_eq!((alerts.len(), of_all.len()), (21, 1));
    assert_eq!(of_all[0].counted.sum, 100 * (10_000 - 20));
    assert_eq!(site.look().await, []);
    assert_eq!(site.stored().await.len(), 21);
}
