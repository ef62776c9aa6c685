//! A look costs what came, and what is kept piece by piece is what all of it together would be.

use crate::site::{NOON, Site};
use central_logger_workflow_follower::Follower;
use central_logger_workflows::{Document, DocumentKind, WorkflowStore, kept_state};
use serde_json::json;
use time::{Duration, OffsetDateTime};

async fn document(site: &Site, kind: DocumentKind) -> Option<Document> {
    let found = site.store.find(&site.acme, kind, &site.name.key()).await;
    found.unwrap()
}

/// Entries of forty runs, of which some come late, in the wrong order, or twice.
fn entries() -> Vec<(OffsetDateTime, &'static str, String)> {
    let mut entries = Vec::new();
    for number in 0..40 {
        let (run, begin) = (format!("r{number}"), NOON + Duration::minutes(3 * number));
        let status = if number % 5 == 0 { "FAILED" } else { "SUCCESS" };
        let parts = [
            (begin, "RUNNING"),
            (begin + Duration::seconds(20 + number), status),
        ];
        let parts = parts.map(|(at, status)| (at, status, run.clone()));
        match number % 4 {
            0 => entries.extend(parts.into_iter().rev()),
            1 => entries.splice(0..0, parts).for_each(drop),
            _ => entries.extend(parts),
        }
    }
    entries.push((NOON, "ERROR", "r7".to_owned()));
    entries
}

/// Stores the entries two hours later, and looks after so many of them, each time as another follower or as the same.
async fn followed(at_a_time: usize, takes_turns: bool) -> Site {
    let site = Site::new();
    let mut follower = site.follower();
    site.look(&follower).await;
    site.monitor(json!({"every": "1h", "failed": ["FAILED"]}))
        .await;
    site.clock.advance(Duration::hours(2));
    for some in entries().chunks(at_a_time) {
        for (at, status, run) in some {
            site.send_of(*at, status, Some(run)).await;
        }
        if takes_turns {
            follower = site.follower();
            site.clock.advance(Follower::LEADERSHIP);
        }
        assert!(site.look(&follower).await);
    }
    site
}

#[tokio::test]
async fn what_was_kept_piece_by_piece_is_what_all_of_it_together_is() {
    let at_once = followed(1000, false).await.view().await.unwrap();
    assert_eq!((at_once.runs_24h, at_once.failed_24h), (40, 8));
    for (at_a_time, takes_turns) in [(1, false), (1, true), (7, false), (7, true), (33, true)] {
        let view = followed(at_a_time, takes_turns).await.view().await.unwrap();
        assert_eq!(view.last_run, at_once.last_run);
        let counts = |view: &central_logger_workflows::WorkflowView| {
            let counts = (view.runs_24h, view.failed_24h, view.running, view.p95_ms_7d);
            (counts, view.p50_ms_24h, view.has_failed)
        };
        assert_eq!(counts(&view), counts(&at_once), "{at_a_time}");
    }
}

#[tokio::test]
async fn what_has_changed_is_written_and_not_all_that_is_known() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    for run in 0..20 {
        site.send("SUCCESS", Some(&run.to_string())).await;
    }
    site.look(&follower).await;
    let whole = document(&site, DocumentKind::State).await.unwrap();
    for run in 20..50 {
        site.send("SUCCESS", Some(&run.to_string())).await;
        site.look(&follower).await;
        let recent = document(&site, DocumentKind::Recent).await.unwrap();
        assert!(recent.body.len() < 10_000, "{}", recent.body.len());
    }
    let now = document(&site, DocumentKind::State).await.unwrap();
    assert_eq!(now.revision, whole.revision);
    assert_eq!(site.view().await.unwrap().runs_24h, 50);
    // It does not grow without an end.
    for run in 50..60 {
        site.send("SUCCESS", Some(&run.to_string())).await;
        site.look(&follower).await;
    }
    let now = document(&site, DocumentKind::State).await.unwrap();
    assert_eq!(now.revision, whole.revision + 1);
    let key = site.name.key();
    let state = kept_state::find(&*site.store, &site.acme, &key).await;
    assert_eq!(state.unwrap().unwrap().runs().len(), 60);
}

#[tokio::test]
async fn a_workflow_that_runs_seldom_is_known_while_it_runs() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    for _ in 0..5 {
        site.send("SUCCESS", None).await;
        site.look(&follower).await;
        site.clock.advance(Duration::days(20));
        site.look(&follower).await;
        assert!(site.view().await.is_some());
    }
    site.clock.advance(Duration::days(11));
    site.look(&follower).await;
    assert_eq!(site.view().await, None);
    for kind in [DocumentKind::State, DocumentKind::Recent] {
        assert_eq!(document(&site, kind).await, None);
    }
}

/// How many runs are known, as they are read.
async fn runs(site: &Site) -> usize {
    let found = kept_state::find(&*site.store, &site.acme, &site.name.key()).await;
    found.unwrap().unwrap().runs().len()
}

#[tokio::test]
async fn a_run_that_was_given_up_as_lost_does_not_come_back() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    // It comes from a spool.
    let began = NOON - Duration::days(10);
    site.send_of(began, "RUNNING", Some("lost")).await;
    site.look(&follower).await;
    site.clock.advance(Duration::days(15));
    site.send("SUCCESS", Some("a")).await;
    site.look(&follower).await;
    assert_eq!(runs(&site).await, 2);
    site.clock.advance(Duration::days(6));
    site.send("SUCCESS", Some("b")).await;
    site.look(&follower).await;
    assert_eq!(runs(&site).await, 2);
    let whole = document(&site, DocumentKind::State).await.unwrap();
    assert_eq!(whole.revision, 1, "what still has it was not written again");
}

#[tokio::test]
async fn a_run_is_given_up_as_lost_where_the_workflow_is_watched_and_does_not_run() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    site.monitor(json!({"every": "1h"})).await;
    site.send("RUNNING", Some("lost")).await;
    site.send("SUCCESS", Some("a")).await;
    site.look(&follower).await;
    assert_eq!(runs(&site).await, 2);
    site.clock.advance(Duration::days(31));
    site.look(&follower).await;
    assert_eq!(runs(&site).await, 1);
}
