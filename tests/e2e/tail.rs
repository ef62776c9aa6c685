//! Following entries as they are stored.

use crate::{events::Events, process::Server, site::Site};
use serde_json::{Value, json};
use std::{collections::BTreeSet, thread, time::Instant};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

on_both_databases! {
    entries_come_from_every_server_to_their_own_client,
    what_was_stored_before_a_tail_was_opened_does_not_come,
    each_entry_comes_once_whenever_it_was_executed,
    a_repeated_event_comes_once,
    a_tail_goes_on_after_the_last_event,
    a_tail_ends_with_its_key,
    a_tail_ends_when_the_server_stops,
    a_client_has_only_so_many_tails,
    a_viewer_that_has_gone_makes_room,
    faulty_tails_are_422,
}

fn entries_come_from_every_server_to_their_own_client(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let servers = [site.start(), site.start()];
    store(&servers[0], &acme, "before", 0);
    let mut all = servers[0].follow(&acme, "", None);
    let mut failed = servers[0].follow(&acme, "?status=FAILED&q=ends", None);
    store(&servers[1], &widget, "FAILED", 0);
    let ids = [
        store(&servers[1], &acme, "OK", 0),
        // It is told later than it happened, which changes nothing.
        store(&servers[1], &acme, "FAILED", 240),
        store(&servers[0], &acme, "OK", 120),
    ];
    let mut come: Vec<_> = (0..3).map(|_| all.next().unwrap()).collect();
    assert!(come.iter().all(|log| log["client_id"] == "acme_corp"));
    come.sort_by_key(|log| ids.iter().position(|id| log["id"] == *id));
    let come: Vec<_> = come.iter().map(|log| log["id"].as_str().unwrap()).collect();
    assert_eq!(come, ids);
    assert_eq!(failed.next().unwrap()["id"], ids[1]);
}

fn what_was_stored_before_a_tail_was_opened_does_not_come(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    for _ in 0..5 {
        store_many(&server, &key, 1000, 0);
    }
    let mut tail = server.follow(&key, "", None);
    let id = store(&server, &key, "OK", 0);
    assert_eq!(tail.next().unwrap()["id"], id);
    let id = store(&server, &key, "OK", 0);
    assert_eq!(tail.next().unwrap()["id"], id);
}

fn each_entry_comes_once_whenever_it_was_executed(site: &Site) {
    let key = site.issue("acme_corp").key;
    let servers = [site.start(), site.start()];
    let mut tails = [
        servers[0].follow(&key, "", None),
        servers[1].follow(&key, "", None),
    ];
    std::thread::scope(|scope| {
        for (n, server) in servers.iter().chain(&servers).enumerate() {
            let key = &key;
            scope.spawn(move || {
                for body in 0..20 {
                    store_many(server, key, 50, body * 1_000_000 + n as i64);
                    store(server, key, "OK", body * 100_000);
                }
            });
        }
    });
    let last = store(&servers[0], &key, "LAST", 0);
    for tail in &mut tails {
        let mut come = BTreeSet::new();
        loop {
            let id = tail.next().unwrap()["id"].as_str().unwrap().to_owned();
            let is_last = id == last;
            assert!(come.insert(id), "it comes twice");
            if is_last {
                break;
            }
        }
        assert_eq!(come.len(), 4 * 20 * 51 + 1);
    }
}

fn a_repeated_event_comes_once(site: &Site) {
    let key = site.issue("acme_corp").key;
    let servers = [site.start(), site.start()];
    let event = |server: &Server, id: &str| {
        let event = json!({
            "environment": "e", "executed_at": "2025-12-24T10:30:00Z", "status": "s", "event_id": id,
        });
        server.post(&key, event.to_string()).json(201)["id"].clone()
    };
    event(&servers[0], "before");
    let mut tail = servers[0].follow(&key, "", None);
    event(&servers[1], "before");
    let new = event(&servers[1], "new");
    event(&servers[0], "new");
    event(&servers[0], "before");
    let end = store(&servers[0], &key, "OK", 0);
    assert_eq!(tail.next().unwrap()["id"], new);
    assert_eq!(tail.next().unwrap()["id"], end);
}

/// How many tails of a client may be open.
const OF_A_CLIENT: usize = 100;

/// How long a client is refused at most after its viewers have gone. A server notices within about two seconds, since it
/// sends something each half a second and the second of these cannot be sent. One that is silent for 15 seconds notices
/// after 30, which is too late; ten times what it should take is enough for a busy machine.
const NOTICED: std::time::Duration = std::time::Duration::from_secs(20);

fn a_viewer_that_has_gone_makes_room(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let mut have_gone = Instant::now();
    for _ in 0..3 {
        let tails = (0..OF_A_CLIENT).map(|_| follow_in_time(&server, &key, have_gone));
        let tails: Vec<_> = tails.collect();
        server.follow_in_vain(&key, &[], "").problem(429);
        drop(tails);
        have_gone = Instant::now();
    }
}

/// Follows as soon as there is room, since the viewers before have gone. The time that it takes to follow does not count,
/// only that for which it is refused: a busy machine needs its time for a hundred connections.
fn follow_in_time(server: &Server, key: &str, have_gone: Instant) -> Events {
    loop {
        let asked_after = have_gone.elapsed();
        match server.try_follow(key, "", None) {
            Ok(events) => return events,
            Err(refused) => assert!(
                asked_after < NOTICED,
                "no room {asked_after:?} after the viewers have gone: {refused}"
            ),
        }
        thread::sleep(std::time::Duration::from_millis(50));
    }
}

fn a_tail_goes_on_after_the_last_event(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    let mut tail = server.follow(&key, "", None);
    let first = store(&server, &key, "OK", 0);
    assert_eq!(tail.next().unwrap()["id"], first);
    drop(tail);
    let missed = store(&server, &key, "OK", 100);
    let server = {
        server.kill();
        site.start_process()
    };
    let mut tail = server.follow(&key, "", Some(&first));
    assert_eq!(tail.next().unwrap()["id"], missed);
    let next = store(&server, &key, "OK", 0);
    assert_eq!(tail.next().unwrap()["id"], next);
    let mut tail = server.follow(&key, &format!("?last_event_id={first}"), None);
    assert_eq!(tail.next().unwrap()["id"], missed);
}

fn a_tail_ends_with_its_key(site: &Site) {
    let (issued, other) = (site.issue("acme_corp"), site.issue("acme_corp").key);
    let server = site.start();
    let (mut tail, mut others) = (
        server.follow(&issued.key, "", None),
        server.follow(&other, "", None),
    );
    site.admin_json(&["revoke", &issued.id, "--yes"]);
    let id = store(&server, &other, "OK", 0);
    assert_eq!(tail.next(), None);
    assert_eq!(others.next().unwrap()["id"], id);
    let refused = server.follow_in_vain(&issued.key, &[], "");
    refused.problem(401);
}

fn a_tail_ends_when_the_server_stops(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    let mut tail = server.follow(&key, "", None);
    server.tell_to_stop();
    assert_eq!(tail.next(), None);
    assert!(server.wait().0.success());
}

fn a_client_has_only_so_many_tails(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    let tails = (0..OF_A_CLIENT).map(|_| server.follow(&acme, "", None));
    let tails: Vec<_> = tails.collect();
    let refused = server.follow_in_vain(&acme, &[], "");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=5).contains(&wait), "{wait}");
    let detail = &refused.problem(429)["detail"];
    assert!(detail.as_str().unwrap().starts_with("100 tails"));
    drop(server.follow(&widget, "", None));
    drop(tails);
}

fn faulty_tails_are_422(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    for (query, field) in [
        ("?limit=1", "limit"),
        ("?from=2025-12-24T10:00:00Z", "from"),
        ("?order=asc", "order"),
        ("?cursor=1", "cursor"),
        ("?q=", "q"),
        ("?last_event_id=yesterday", "last_event_id"),
    ] {
        let refused = server.follow_in_vain(&key, &[], query).problem(422);
        assert_eq!(refused["errors"][0]["field"], field, "{query}");
    }
    let last = [("Last-Event-ID", "yesterday")];
    let refused = server.follow_in_vain(&key, &last, "").problem(422);
    assert_eq!(refused["errors"][0]["field"], "Last-Event-ID");
}

/// Stores an entry that was executed so many seconds ago, and tells its id.
fn store(server: &Server, key: &str, status: &str, seconds_ago: i64) -> String {
    let executed_at = OffsetDateTime::now_utc() - Duration::seconds(seconds_ago);
    let entry = json!({
        "environment": "e", "status": status, "message": "it ends",
        "executed_at": executed_at.format(&Rfc3339).unwrap(),
    });
    match server.post(key, entry.to_string()).json(201)["id"].take() {
        Value::String(id) => id,
        other => panic!("{other}"),
    }
}

/// Stores so many entries in one request, executed so many seconds ago.
fn store_many(server: &Server, key: &str, count: usize, seconds_ago: i64) {
    let executed_at = OffsetDateTime::now_utc() - Duration::seconds(seconds_ago);
    let entry = json!({
        "environment": "e", "status": "OK", "executed_at": executed_at.format(&Rfc3339).unwrap(),
    });
    server
        .post(key, json!(vec![entry; count]).to_string())
        .json(201);
}
