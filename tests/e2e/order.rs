//! In which order entries of one time stand.

use crate::{process::Server, site::Site};
use serde_json::{Value, json};

on_both_databases! {
    entries_of_one_time_keep_the_order_in_which_they_were_sent,
    finer_parts_of_a_second_count_and_tell_events_apart,
    several_servers_give_each_entry_an_id_of_its_own,
}

const NOON: &str = "2025-12-24T12:00:00Z";

fn entries_of_one_time_keep_the_order_in_which_they_were_sent(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let mut sent = 0;
    for _ in 0..3 {
        let server = site.start_process();
        for count in [1, 250, 1, 1, 30] {
            let numbers: Vec<_> = (sent..sent + count).collect();
            sent += count;
            post(&server, &acme, &numbers, NOON);
            post(&server, &widget, &numbers, NOON);
        }
        assert_eq!(listed(&server, &acme, "asc"), (0..sent).collect::<Vec<_>>());
        assert_eq!(
            listed(&server, &acme, "desc"),
            (0..sent).rev().collect::<Vec<_>>()
        );
        // The next server continues where this one was.
        server.kill();
    }
}

fn finer_parts_of_a_second_count_and_tell_events_apart(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    for (number, time) in [
        (3, ".000003Z"),
        (1, ".000001Z"),
        (4, ".0000031Z"),
        (2, ".0000021Z"),
    ] {
        post(
            &server,
            &key,
            &[number],
            &format!("2025-12-24T12:00:00{time}"),
        );
    }
    assert_eq!(listed(&server, &key, "asc"), [1, 2, 3, 4]);
    let event = |time: &str| {
        let time = format!("2025-12-24T13:00:00{time}");
        let event =
            json!({"environment": "e", "executed_at": time, "status": "s", "event_id": "one"});
        server.post(&key, event.to_string()).json(201)["id"].clone()
    };
    let first = event(".000001Z");
    assert_eq!(event(".0000019Z"), first);
    assert_ne!(event(".000002Z"), first);
    assert_eq!(server.list(&key, "?from=2025-12-24T13:00:00Z").len(), 2);
}

fn several_servers_give_each_entry_an_id_of_its_own(site: &Site) {
    let key = site.issue("acme_corp").key;
    let servers = [site.start(), site.start(), site.start()];
    let numbers: Vec<_> = (0..100).collect();
    std::thread::scope(|scope| {
        for server in &servers {
            for _ in 0..2 {
                scope.spawn(|| (0..5).for_each(|_| post(server, &key, &numbers, NOON)));
            }
        }
    });
    assert_eq!(listed(&servers[0], &key, "asc").len(), 3000);
}

fn post(server: &Server, key: &str, numbers: &[u64], executed_at: &str) {
    let entry =
        |n: &u64| json!({"environment": "e", "executed_at": executed_at, "status": "s", "n": n});
    let entries: Vec<_> = numbers.iter().map(entry).collect();
    let ids = match &*entries {
        [one] => vec![server.post(key, one.to_string()).json(201)["id"].clone()],
        many => {
            let answer = server.post(key, json!(many).to_string()).json(201);
            answer["ids"].as_array().unwrap().clone()
        }
    };
    assert_eq!(ids.len(), numbers.len());
    assert!(ids.iter().map(|id| id.as_str().unwrap()).is_sorted());
}

/// The numbers of all entries.
fn listed(server: &Server, key: &str, order: &str) -> Vec<u64> {
    let path = format!("/api/v1/logs/export?order={order}");
    let exported = server.get(key, &path).body;
    let number = |line| {
        serde_json::from_str::<Value>(line).unwrap()["n"]
            .as_u64()
            .unwrap()
    };
    exported.lines().map(number).collect()
}
