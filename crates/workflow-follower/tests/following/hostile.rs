//! What clocks, spools, other clients and those who remove things do to what is followed.

use crate::{
    contended::Contended,
    site::{NOON, Site},
};
use central_logger_times::Clock;
use central_logger_workflow_channels::{Channels, NewChannel, NewTarget};
use central_logger_workflow_follower::{Follower, RestingClients, rebuild};
use central_logger_workflows::{DocumentKind, IncidentKind, Standing, WorkflowStore, Workflows};
use serde_json::json;
use std::sync::{Arc, atomic::Ordering};
use time::Duration;

/// Looks each minute.
pub(crate) async fn wait(site: &Site, follower: &Follower, length: Duration) {
    for _ in 0..length.whole_minutes() {
        site.clock.advance(Duration::MINUTE);
        site.look(follower).await;
    }
}

/// Adds a channel, and returns how many messages wait in it.
async fn waiting(site: &Site) -> usize {
    let channels = Channels::new(site.store.clone(), site.clock.clone(), Default::default());
    let new = NewChannel {
        target: NewTarget::Webhook {
            url: "https://hooks.example.com/1".to_owned(),
            format: Default::default(),
        },
        about: Default::default(),
        quiet_hours: None,
    };
    channels
        .add(&site.acme, "one".to_owned(), new)
        .await
        .unwrap();
    let shown = channels.show(&site.acme, "one").await.unwrap();
    shown.unwrap().waiting
}

#[tokio::test]
async fn a_clock_that_is_ahead_hides_no_run_that_does_not_come() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    site.monitor(json!({"every": "1h", "grace": "5m"})).await;
    site.send_of(NOON + Duration::hours(20), "SUCCESS", None)
        .await;
    wait(&site, &follower, Duration::minutes(64)).await;
    assert_eq!(site.incidents().await, []);
    wait(&site, &follower, Duration::minutes(2)).await;
    assert_eq!(site.incidents().await, [(IncidentKind::RunMissed, true)]);
    let last = site.view().await.unwrap().last_run.unwrap();
    assert_eq!(last.started_at, NOON);
}

#[tokio::test]
async fn a_spool_that_is_delivered_piece_by_piece_raises_one_incident() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    site.monitor(json!({"every": "1h", "grace": "5m"})).await;
    site.send("SUCCESS", None).await;
    // The client is cut off for six hours, in which it goes on running.
    wait(&site, &follower, Duration::minutes(6 * 60)).await;
    assert_eq!(site.incidents().await, [(IncidentKind::RunMissed, true)]);
    for hour in 1..=6 {
        site.send_of(NOON + Duration::hours(hour), "SUCCESS", None)
            .await;
        site.clock.advance(Duration::seconds(20));
        site.look(&follower).await;
    }
    wait(&site, &follower, Duration::minutes(10)).await;
    assert_eq!(site.incidents().await, [(IncidentKind::RunMissed, false)]);
}

#[tokio::test]
async fn nothing_that_was_seen_before_comes_back_after_all_was_removed() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    site.monitor(json!({"every": "1h"})).await;
    site.send("FAILED", None).await;
    site.look(&follower).await;
    assert_eq!(waiting(&site).await, 0);
    assert_eq!(site.incidents().await.len(), 1);
    site.store.forget(&site.acme).await.unwrap();
    wait(&site, &follower, Duration::minutes(3)).await;
    site.send("SUCCESS", None).await;
    site.look(&follower).await;
    assert_eq!(site.incidents().await, []);
    let view = site.view().await.unwrap();
    assert_eq!((view.runs_24h, view.monitor), (1, None));
    for kind in [DocumentKind::Incident, DocumentKind::Channel] {
        assert_eq!(site.store.count(&site.acme, kind).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn monitors_rest_while_no_key_of_the_client_is_accepted() {
    let site = Site::new();
    let resting = RestingClients::default();
    let follower = site.follower().with_resting(resting.clone());
    site.look(&follower).await;
    site.monitor(json!({"every": "1h", "grace": "5m"})).await;
    site.send("FAILED", None).await;
    site.look(&follower).await;
    assert_eq!(site.incidents().await, [(IncidentKind::RunFailed, true)]);
    assert_eq!(waiting(&site).await, 0);
    resting.set([site.acme.clone()].into());
    wait(&site, &follower, Duration::hours(30)).await;
    assert_eq!(site.incidents().await, [(IncidentKind::RunFailed, false)]);
    assert_eq!(waiting(&site).await, 0, "nobody is told of it");
    // What was not expected while it rested is not missed now.
    resting.set(Default::default());
    wait(&site, &follower, Duration::minutes(59)).await;
    assert_eq!(site.incidents().await.len(), 1);
    wait(&site, &follower, Duration::minutes(10)).await;
    assert_eq!(site.incidents().await[0], (IncidentKind::RunMissed, true));
}

#[tokio::test]
async fn what_is_still_wrong_after_silence_is_told_of_then() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    site.monitor(json!({"every": "1h", "grace": "5m"})).await;
    assert_eq!(waiting(&site).await, 0);
    let eight = "8h".parse().unwrap();
    let silenced = site.workflows.silence(&site.acme, &site.name, eight);
    assert!(silenced.await.unwrap().is_some());
    // It fails, is well again, and fails for good.
    for status in ["FAILED", "SUCCESS", "FAILED"] {
        site.send(status, None).await;
        wait(&site, &follower, Duration::minutes(2)).await;
    }
    let open = |all: Vec<(IncidentKind, bool)>| all.into_iter().filter(|(_, open)| *open).count();
    assert_eq!(site.incidents().await.len(), 2);
    wait(&site, &follower, Duration::minutes(8 * 60 - 7)).await;
    assert_eq!(waiting(&site).await, 0);
    assert_eq!(open(site.incidents().await), 2, "it failed, and stopped");
    wait(&site, &follower, Duration::minutes(2)).await;
    assert_eq!(waiting(&site).await, 2);
}

#[tokio::test]
async fn what_ran_before_the_days_that_are_counted_is_known_after_a_rebuild() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    site.monitor(json!({"every": "30d", "grace": "1d"})).await;
    site.send("SUCCESS", None).await;
    site.look(&follower).await;
    site.clock.advance(Duration::days(20));
    site.look(&follower).await;
    let rebuilt = rebuild(&*site.store, &*site.logs, &site.acme, site.clock.now());
    rebuilt.await.unwrap();
    let view = site.view().await.unwrap();
    assert_eq!(view.last_run.unwrap().started_at, NOON);
    assert_eq!(view.next_expected_at, Some(NOON + Duration::days(30)));
}

#[tokio::test]
async fn a_client_that_changes_all_the_time_is_in_nobody_elses_way() {
    let site = Site::new();
    let contended = Contended::new(&site);
    let busy = contended.client.clone();
    let follower = Follower::new(Arc::new(contended), site.logs.clone(), site.logs.clone());
    site.look(&follower).await;
    site.send_as(&busy, NOON, "SUCCESS", None).await;
    site.send("SUCCESS", None).await;
    site.look(&follower).await;
    let view = site.view().await.unwrap();
    assert_eq!((view.runs_24h, view.state), (1, Standing::Unwatched));
    // Nothing of it is lost.
    site.clock.advance(Follower::LEADERSHIP);
    site.look(&site.follower()).await;
    let workflows = Workflows::new(site.store.clone(), site.clock.clone());
    let view = workflows.show(&busy, &site.name).await.unwrap().unwrap();
    assert_eq!(view.runs_24h, 1);
    assert_eq!(site.view().await.unwrap().runs_24h, 1);
}

#[tokio::test]
async fn a_state_that_nobody_else_changes_is_read_once() {
    let site = Site::new();
    let store = Arc::new(Contended::new(&site));
    let follower = Follower::new(store.clone(), site.logs.clone(), site.logs.clone());
    site.look(&follower).await;
    site.monitor(json!({"every": "1h"})).await;
    let sent = async || {
        site.send("SUCCESS", None).await;
        site.look(&follower).await;
        store.states_read.swap(0, Ordering::Relaxed)
    };
    // New documents are read back, of which there are two.
    for _ in 0..3 {
        sent().await;
    }
    for _ in 0..20 {
        assert_eq!(sent().await, 0);
    }
    let rebuilt = rebuild(&*site.store, &*site.logs, &site.acme, site.clock.now());
    assert_eq!(rebuilt.await.unwrap(), 23);
    assert!(sent().await > 0, "it was changed by others");
    assert_eq!(site.view().await.unwrap().runs_24h, 24);
}

#[tokio::test]
async fn states_of_a_client_of_whom_nothing_comes_do_not_stay_in_memory() {
    let site = Site::new();
    let store = Arc::new(Contended::new(&site));
    let follower = Follower::new(store.clone(), site.logs.clone(), site.logs.clone());
    site.look(&follower).await;
    let sent = async || {
        site.send("SUCCESS", None).await;
        site.look(&follower).await;
        store.states_read.swap(0, Ordering::Relaxed)
    };
    for _ in 0..3 {
        sent().await;
    }
    assert_eq!(sent().await, 0);
    wait(&site, &follower, Duration::minutes(59)).await;
    assert_eq!(sent().await, 0);
    wait(&site, &follower, Duration::minutes(60)).await;
    assert!(sent().await > 0);
}

#[tokio::test]
async fn a_run_that_another_leader_follows_meanwhile_is_not_missed() {
    let site = Arc::new(Site::new());
    let store = Arc::new(Contended::new(&site));
    let follower = Follower::new(store.clone(), site.logs.clone(), site.logs.clone());
    site.look(&follower).await;
    site.monitor(json!({"every": "30m", "grace": "5m"})).await;
    // Until the state need not be read again.
    for _ in 0..4 {
        site.send("SUCCESS", Some("a")).await;
        site.look(&follower).await;
    }
    wait(&site, &follower, Duration::minutes(34)).await;
    site.clock.advance(Duration::MINUTE);
    let others = Arc::clone(&site);
    let meanwhile = async move {
        let in_time = NOON + Duration::minutes(34);
        others.send_of(in_time, "SUCCESS", Some("b")).await;
        let later = others.clock.now() + Follower::LEADERSHIP;
        assert!(others.follower().look(later).await.unwrap());
    };
    *store.meanwhile.lock().unwrap() = Some(Box::pin(meanwhile));
    store.states_read.store(0, Ordering::Relaxed);
    site.look(&follower).await;
    assert!(
        store.meanwhile.lock().unwrap().is_none(),
        "no monitor was read"
    );
    assert_eq!(store.states_read.load(Ordering::Relaxed), 0);
    assert_eq!(site.incidents().await, []);
    assert_eq!(site.view().await.unwrap().runs_24h, 2);
}
