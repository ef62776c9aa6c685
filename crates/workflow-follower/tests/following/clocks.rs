//! What becomes of what was noted by a clock that was ahead, and was set right since.

use crate::{
    hostile::wait,
    site::{NOON, Site},
};
use central_logger_times::Clock;
use central_logger_workflows::IncidentKind;
use serde_json::json;
use time::Duration;

const MONTH: Duration = Duration::days(30);

#[tokio::test]
async fn a_clock_that_jumps_raises_no_storm_and_runs_are_missed_when_it_is_set_back() {
    for monitor in [
        json!({"cron": "0 * * * *", "grace": "5m"}),
        json!({"every": "1h", "grace": "5m"}),
    ] {
        let site = Site::new();
        let follower = site.follower();
        site.look(&follower).await;
        site.monitor(monitor).await;
        site.send("SUCCESS", None).await;
        site.look(&follower).await;
        site.clock.step(MONTH);
        wait(&site, &follower, Duration::minutes(20)).await;
        assert_eq!(site.incidents().await, [(IncidentKind::RunMissed, true)]);
        site.clock.step(-MONTH);
        site.look(&follower).await;
        assert_eq!(site.incidents().await, [(IncidentKind::RunMissed, false)]);
        // It is twenty past twelve.
        wait(&site, &follower, Duration::minutes(44)).await;
        assert_eq!(site.incidents().await, [(IncidentKind::RunMissed, false)]);
        wait(&site, &follower, Duration::MINUTE).await;
        let missed = (IncidentKind::RunMissed, true);
        assert!(site.incidents().await.contains(&missed));
    }
}

#[tokio::test]
async fn a_run_that_a_clock_ahead_has_noted_does_not_hide_that_no_other_comes() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    site.monitor(json!({"every": "1h", "grace": "5m"})).await;
    site.clock.step(MONTH);
    // The clock of one client is right, and one is wrong as that of the server is.
    site.send_of(NOON, "SUCCESS", None).await;
    site.send("SUCCESS", None).await;
    site.clock.step(-MONTH);
    wait(&site, &follower, Duration::minutes(64)).await;
    assert_eq!(site.incidents().await, []);
    wait(&site, &follower, Duration::MINUTE).await;
    assert_eq!(site.incidents().await, [(IncidentKind::RunMissed, true)]);
    let last = site.view().await.unwrap().last_run.unwrap();
    assert_eq!(last.started_at, NOON);
}

#[tokio::test]
async fn a_run_that_was_followed_by_a_clock_ahead_does_not_hide_that_no_other_comes() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    site.monitor(json!({"every": "1h", "grace": "5m"})).await;
    site.send("SUCCESS", None).await;
    site.look(&follower).await;
    site.clock.step(MONTH);
    site.send("SUCCESS", None).await;
    site.look(&follower).await;
    site.clock.step(-MONTH);
    wait(&site, &follower, Duration::minutes(64)).await;
    assert_eq!(site.incidents().await, []);
    // Whoever reads what is kept finds the same.
    let next = site.follower();
    site.clock.advance(Duration::MINUTE);
    site.look(&next).await;
    assert_eq!(site.incidents().await, [(IncidentKind::RunMissed, true)]);
    site.send("SUCCESS", None).await;
    site.look(&next).await;
    assert_eq!(site.incidents().await, [(IncidentKind::RunMissed, false)]);
    let now = site.clock.now();
    assert_eq!(site.view().await.unwrap().last_run.unwrap().started_at, now);
}

#[tokio::test]
async fn a_server_whose_clock_is_a_little_behind_does_not_take_the_lead() {
    let site = Site::new();
    let (first, second) = (site.follower(), site.follower());
    assert!(site.look(&first).await);
    let behind = site.clock.now() - Duration::SECOND;
    assert!(!second.look(behind).await.unwrap());
    assert!(site.look(&first).await);
}
