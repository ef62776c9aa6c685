//! Several clients are followed at the same time, and none is in the way of another.

use crate::{
    contended::{Contended, Trouble},
    hostile::wait,
    site::{NOON, Site},
};
use central_logger_keys::ClientId;
use central_logger_log_store::LogStore;
use central_logger_workflow_follower::{Follower, followed_to};
use central_logger_workflows::{
    IncidentKind, IncidentQuery, Standing, WorkflowName, WorkflowQuery, Workflows,
};
use serde_json::json;
use std::sync::Arc;
use time::Duration;
use tokio::task::yield_now;

/// A follower of a store in which `a_busy_one` is in trouble, after its first look.
async fn follower(site: &Site) -> (Arc<Contended>, Follower) {
    let store = Arc::new(Contended::new(site));
    store.set(None);
    let follower = Follower::new(store.clone(), site.logs.clone(), site.logs.clone());
    site.look(&follower).await;
    (store, follower)
}

/// How many runs of a client are known.
async fn runs(site: &Site, client: &ClientId) -> u64 {
    let workflows = Workflows::new(site.store.clone(), site.clock.clone());
    let view = workflows.show(client, &site.name).await.unwrap();
    view.map_or(0, |view| view.runs_24h)
}

#[tokio::test]
async fn a_client_that_fails_is_in_nobody_elses_way_and_loses_nothing() {
    let site = Site::new();
    let (store, follower) = follower(&site).await;
    let busy = &store.client;
    for expected in 1..=3 {
        // What failed the second time is followed with what comes after it.
        store.set((expected == 2).then_some(Trouble::Fails));
        site.send_as(busy, NOON, "SUCCESS", None).await;
        site.send("SUCCESS", None).await;
        assert!(site.look(&follower).await);
        assert_eq!(runs(&site, &site.acme).await, expected);
        let known = if expected == 2 { 1 } else { expected };
        assert_eq!(runs(&site, busy).await, known);
        let followed = followed_to(&*site.store).await.unwrap();
        assert_eq!(
            followed,
            Some(site.logs.position().await.unwrap()),
            "it waits for nobody"
        );
    }
}

#[tokio::test]
async fn a_client_that_fails_before_it_was_ever_followed_loses_nothing() {
    let site = Site::new();
    let (store, follower) = follower(&site).await;
    let busy = &store.client;
    store.set(Some(Trouble::FailsOnRuns));
    for _ in 0..2 {
        site.send_as(busy, NOON, "SUCCESS", None).await;
        assert!(site.look(&follower).await);
        assert_eq!(runs(&site, busy).await, 0);
        let followed = followed_to(&*site.store).await.unwrap();
        assert_eq!(followed, Some(site.logs.position().await.unwrap()));
    }
    store.set(None);
    site.send_as(busy, NOON, "SUCCESS", None).await;
    assert!(site.look(&follower).await);
    assert_eq!(runs(&site, busy).await, 3);
}

#[tokio::test]
async fn entries_of_several_clients_that_memory_has_no_room_for_together_count_once() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    let clients = (0..10).map(|number| format!("client_{number}").parse::<ClientId>());
    let clients: Vec<_> = clients.map(Result::unwrap).collect();
    for client in &clients {
        for _ in 0..150 {
            site.send_as(client, NOON, "SUCCESS", None).await;
        }
    }
    assert!(site.look(&follower).await);
    for client in &clients {
        assert_eq!(runs(&site, client).await, 150, "{client}");
    }
}

#[tokio::test]
async fn many_workflows_of_several_clients_are_known_and_watched() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    let clients = ["one", "two", "three"].map(|client| client.parse::<ClientId>().unwrap());
    let workflows = Workflows::new(site.store.clone(), site.clock.clone());
    let members = json!({"every": "1h", "grace": "5m"});
    for client in &clients {
        for number in 0..300 {
            let name = WorkflowName::new("prod", format!("workflow-{number}"));
            let set = workflows.set_monitor(client, &name, members.as_object().unwrap(), false);
            set.await.unwrap();
            let body = json!({
                "environment": "prod", "workflow": name.workflow, "status": "SUCCESS",
                "executed_at": "2026-03-01T12:00:00Z",
            });
            site.store_entry(client, &body).await;
        }
    }
    assert!(site.look(&follower).await);
    let standing = async |client: &ClientId| {
        let listed = workflows.list(client, &WorkflowQuery::default()).await;
        let listed = listed.unwrap();
        let late = listed.iter().filter(|view| view.state == Standing::Late);
        (listed.len(), late.count())
    };
    for client in &clients {
        assert_eq!(standing(client).await, (300, 0), "{client}");
    }
    wait(&site, &follower, Duration::minutes(65)).await;
    for client in &clients {
        assert_eq!(standing(client).await, (300, 300), "{client}");
    }
}

#[tokio::test]
async fn nothing_is_lost_when_the_store_goes_away_during_a_look() {
    let site = Site::new();
    let (store, follower) = follower(&site).await;
    let before = followed_to(&*site.store).await.unwrap();
    let others = ["one", "two", "three"].map(|client| client.parse::<ClientId>().unwrap());
    for client in others.iter().chain([&store.client, &site.acme]) {
        site.send_as(client, NOON, "SUCCESS", None).await;
    }
    store.set(Some(Trouble::IsAway));
    for _ in 0..2 {
        let error = follower.look(NOON).await.unwrap_err();
        assert!(error.is_transient());
        assert_eq!(followed_to(&*site.store).await.unwrap(), before);
    }
    store.set(None);
    assert!(site.look(&follower).await);
    for client in others.iter().chain([&store.client, &site.acme]) {
        assert_eq!(runs(&site, client).await, 1, "{client}");
    }
    assert_ne!(followed_to(&*site.store).await.unwrap(), before);
}

#[tokio::test]
async fn a_client_that_takes_long_is_in_nobody_elses_way() {
    let site = Arc::new(Site::new());
    let (store, follower) = follower(&site).await;
    site.send_as(&store.client, NOON, "SUCCESS", None).await;
    site.send("SUCCESS", None).await;
    let (others, busy) = (Arc::clone(&site), store.client.clone());
    // The first one of whom a monitor is read has to wait until the other one was followed.
    let meanwhile = async move {
        for _ in 0..1000 {
            if runs(&others, &others.acme).await + runs(&others, &busy).await == 1 {
                return;
            }
            yield_now().await;
        }
        panic!("each client waits for the one before");
    };
    *store.meanwhile.lock().unwrap() = Some(Box::pin(meanwhile));
    site.look(&follower).await;
    assert!(store.meanwhile.lock().unwrap().is_none());
    for client in [&store.client, &site.acme] {
        assert_eq!(runs(&site, client).await, 1, "{client}");
    }
}

#[tokio::test]
async fn the_entries_of_many_clients_count_once_each() {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    // More than there is room for in memory.
    let clients = (0..200).map(|number| format!("client_{number}").parse::<ClientId>());
    let clients: Vec<_> = clients.map(Result::unwrap).collect();
    for round in 1..=4 {
        for (number, client) in clients.iter().enumerate() {
            // Some are not there each time.
            if number % round == 0 {
                site.send_as(client, NOON, "SUCCESS", None).await;
            }
        }
        assert!(site.look(&follower).await);
    }
    for (number, client) in clients.iter().enumerate() {
        let sent = (1..=4).filter(|round| number % round == 0).count();
        assert_eq!(runs(&site, client).await, sent as u64, "{client}");
    }
}

#[tokio::test]
async fn runs_that_do_not_come_are_missed_of_all_clients_but_one_that_fails() {
    let site = Site::new();
    let (store, follower) = follower(&site).await;
    let workflows = Workflows::new(site.store.clone(), site.clock.clone());
    let others = (0..20).map(|number| format!("client_{number}").parse::<ClientId>());
    let mut clients: Vec<_> = others.map(Result::unwrap).collect();
    clients.push(store.client.clone());
    for client in &clients {
        let members = json!({"every": "1h", "grace": "5m"});
        let members = members.as_object().unwrap();
        let set = workflows.set_monitor(client, &site.name, members, false);
        set.await.unwrap();
        site.send_as(client, NOON, "SUCCESS", None).await;
    }
    site.look(&follower).await;
    let missed = async |client: &ClientId| {
        let query = IncidentQuery {
            limit: 100,
            ..IncidentQuery::default()
        };
        let page = workflows.incidents(client, &query).await.unwrap();
        let kinds = page.incidents.iter().map(|incident| incident.kind);
        kinds.collect::<Vec<_>>()
    };
    for _ in 0..64 {
        site.clock.advance(Duration::MINUTE);
        site.look(&follower).await;
    }
    store.set(Some(Trouble::Fails));
    site.clock.advance(Duration::MINUTE);
    assert!(site.look(&follower).await);
    for client in &clients {
        let expected = (*client != store.client).then_some(IncidentKind::RunMissed);
        let expected: Vec<_> = expected.into_iter().collect();
        assert_eq!(missed(client).await, expected, "{client}");
    }
    store.set(None);
    assert!(site.look(&follower).await);
    assert_eq!(missed(&store.client).await, [IncidentKind::RunMissed]);
}
