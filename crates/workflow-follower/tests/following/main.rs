//! What is followed counts once, whoever leads and whenever a server ends.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod clocks;
mod contended;
mod costs;
mod hostile;
mod script;
mod several;
mod site;
mod unreadable;

use central_logger_log_store::LogStore;
use central_logger_times::Clock;
use central_logger_workflow_follower::{Follower, begin_here, followed_to, rebuild};
use central_logger_workflows::{IncidentKind, Standing, WorkflowQuery, WorkflowStore};
use serde_json::json;
use site::Site;
use time::Duration;

#[tokio::test]
async fn entries_are_followed_once_by_whoever_leads() {
    let site = Site::new();
    let (first, second) = (site.follower(), site.follower());
    assert!(site.look(&first).await);
    assert!(!site.look(&second).await, "another leads");
    site.send("RUNNING", Some("a")).await;
    site.clock.advance(Duration::SECOND);
    site.send("SUCCESS", Some("a")).await;
    assert!(site.look(&first).await);
    assert!(site.look(&first).await);
    let view = site.view().await.unwrap();
    assert_eq!((view.runs_24h, view.state), (1, Standing::Unwatched));
    assert_eq!(view.last_run.unwrap().duration_ms, Some(1000));
    // The first one ends, and what it did last is not lost.
    site.send("FAILED", Some("b")).await;
    site.clock.advance(Follower::LEADERSHIP);
    assert!(site.look(&second).await);
    assert!(!site.look(&first).await);
    let view = site.view().await.unwrap();
    assert_eq!((view.runs_24h, view.failed_24h), (2, 1));
}

#[tokio::test]
async fn a_server_that_ends_before_its_note_counts_nothing_twice() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    let note = site.store.follower().await.unwrap().unwrap();
    site.send("SUCCESS", None).await;
    site.look(&follower).await;
    // As if it had not come to noting how far it got.
    let now = site.store.follower().await.unwrap().unwrap();
    assert!(
        site.store
            .set_follower(Some(now.revision), &note.body)
            .await
            .unwrap()
    );
    site.clock.advance(Follower::LEADERSHIP);
    site.look(&site.follower()).await;
    assert_eq!(site.view().await.unwrap().runs_24h, 1);
}

#[tokio::test]
async fn nothing_is_forgotten_of_what_was_not_followed() {
    let site = Site::new();
    assert_eq!(followed_to(&*site.store).await.unwrap(), None);
    let follower = site.follower();
    site.look(&follower).await;
    let before = followed_to(&*site.store).await.unwrap();
    site.send("SUCCESS", None).await;
    assert_eq!(followed_to(&*site.store).await.unwrap(), before);
    site.look(&follower).await;
    let after = followed_to(&*site.store).await.unwrap();
    assert_eq!(after, Some(site.logs.position().await.unwrap()));
}

#[tokio::test]
async fn what_comes_before_the_first_look_is_followed_from_where_it_was_said_to_begin() {
    let site = Site::new();
    let begin = async || {
        let now = site.clock.now();
        begin_here(&*site.store, &*site.logs, now).await.unwrap();
    };
    begin().await;
    site.send("SUCCESS", None).await;
    begin().await;
    assert!(site.look(&site.follower()).await, "nobody leads");
    assert_eq!(site.view().await.unwrap().runs_24h, 1);
}

#[tokio::test]
async fn incidents_are_raised_at_their_moment_and_end() {
    let site = Site::new();
    let follower = site.follower();
    site.monitor(json!({"every": "1h", "grace": "5m"})).await;
    assert!(site.view().await.unwrap().monitor.unwrap().members()["waits_for_first_run"] == true);
    site.look(&follower).await;
    site.send("SUCCESS", None).await;
    site.look(&follower).await;
    for _ in 0..64 {
        site.clock.advance(Duration::MINUTE);
        site.look(&follower).await;
    }
    assert_eq!(site.incidents().await, []);
    site.clock.advance(Duration::MINUTE);
    site.look(&follower).await;
    site.look(&follower).await;
    assert_eq!(site.incidents().await, [(IncidentKind::RunMissed, true)]);
    assert_eq!(site.view().await.unwrap().state, Standing::Late);
    site.clock.advance(Duration::MINUTE);
    site.send("FAILED", None).await;
    site.look(&follower).await;
    let incidents = site.incidents().await;
    assert_eq!(
        incidents,
        [
            (IncidentKind::RunFailed, true),
            (IncidentKind::RunMissed, false)
        ]
    );
    let removed = site.workflows.remove_monitor(&site.acme, &site.name);
    assert!(removed.await.unwrap().is_some());
    assert!(site.incidents().await.iter().all(|(_, is_open)| !is_open));
}

#[tokio::test]
async fn after_an_outage_what_spools_deliver_is_waited_for() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    site.monitor(json!({"every": "1h", "grace": "5m"})).await;
    site.send("SUCCESS", None).await;
    site.look(&follower).await;
    site.clock.advance(Duration::days(2));
    site.look(&follower).await;
    assert_eq!(site.incidents().await, []);
    site.send("SUCCESS", None).await;
    for _ in 0..20 {
        site.clock.advance(Duration::MINUTE);
        site.look(&follower).await;
    }
    assert_eq!(site.incidents().await, []);
}

#[tokio::test]
async fn what_does_not_run_any_more_is_forgotten_unless_it_is_watched() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    site.send("SUCCESS", None).await;
    site.look(&follower).await;
    site.clock.advance(Duration::days(29));
    site.look(&follower).await;
    assert!(site.view().await.is_some());
    site.monitor(json!({"every": "1h"})).await;
    site.clock.advance(Duration::days(31));
    site.look(&follower).await;
    assert!(site.view().await.unwrap().last_run.is_some());
    let removed = site.workflows.remove_monitor(&site.acme, &site.name);
    removed.await.unwrap();
    site.clock.advance(Duration::days(31));
    site.look(&follower).await;
    assert_eq!(site.view().await, None);
}

#[tokio::test]
async fn states_are_made_anew_from_the_logs() {
    let site = Site::new();
    // Nobody followed yet.
    for minute in 0..5 {
        site.send("RUNNING", Some(&minute.to_string())).await;
        site.clock.advance(Duration::MINUTE);
        site.send("SUCCESS", Some(&minute.to_string())).await;
    }
    let follower = site.follower();
    site.look(&follower).await;
    assert_eq!(site.view().await, None);
    for _ in 0..2 {
        let rebuilt = rebuild(&*site.store, &*site.logs, &site.acme, site.clock.now());
        assert_eq!(rebuilt.await.unwrap(), 10);
        assert_eq!(site.view().await.unwrap().runs_24h, 5);
        site.look(&follower).await;
    }
    site.send("FAILED", None).await;
    site.look(&follower).await;
    let view = site.view().await.unwrap();
    assert_eq!((view.runs_24h, view.failed_24h, view.runs_7d), (6, 1, 6));
    let query = WorkflowQuery::default();
    assert_eq!(
        site.workflows.list(&site.acme, &query).await.unwrap(),
        [view]
    );
}
