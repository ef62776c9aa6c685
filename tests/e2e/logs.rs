//! Sending entries and reading them back.

use crate::{http::Answer, process::Server, site::Site};
use serde_json::{Value, json};

on_both_databases! {
    an_entry_reads_back_with_all_its_members,
    an_array_is_stored_whole,
    lists_are_filtered,
    pages_hold_every_entry_once,
    an_event_is_stored_once,
    largest_entries_and_bodies_are_taken,
}

fn an_entry_reads_back_with_all_its_members(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let sent = json!({
        "environment": "production",
        "executed_at": "2025-12-24T10:30:00.5+01:00",
        "status": "SUCCESS",
        "workflow": "invoices",
        "message": "41 sent, \u{1f980} 1 late",
        "event_id": "run-4711",
        "duration_ms": 1234.50,
        "host": {"name": "worker-1", "tags": ["a", null, true]},
        "größe": 12345678901234567890_u64,
    });
    let created = server.post(&key, sent.to_string());
    let location = created.header("location").unwrap().to_owned();
    let created = created.json(201);
    assert_eq!(created["client_id"], "acme_corp");
    let id = created["id"].as_str().unwrap();
    assert_eq!(location, format!("/api/v1/logs/{id}"));

    let mut expected = sent;
    for member in ["id", "client_id", "received_at"] {
        expected[member] = created[member].clone();
    }
    assert_eq!(server.get(&key, &location).json(200), expected);
    assert_eq!(server.list(&key, ""), [expected]);
}

fn an_array_is_stored_whole(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let mut entries: Vec<_> = (0..1000).map(|n| entry(n, "SUCCESS")).collect();
    let accepted = server.post(&key, json!(entries).to_string()).json(201);
    assert_eq!(accepted["accepted"], 1000);
    assert_eq!(accepted["ids"].as_array().unwrap().len(), 1000);
    assert_eq!(server.list(&key, "?limit=1000").len(), 1000);

    entries[999]["environment"] = json!("");
    let refused = server.post(&key, json!(entries).to_string()).problem(422);
    assert_eq!(refused["errors"][0]["index"], 999);
    assert_eq!(refused["errors"][0]["field"], "environment");
    assert!(refused["errors"][0]["message"].is_string());
    assert_eq!(server.list(&key, "?limit=1000").len(), 1000);
}

fn lists_are_filtered(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    for (n, status) in ["SUCCESS", "FAILED", "SUCCESS", "FAILED"]
        .iter()
        .enumerate()
    {
        let mut entry = entry(n, status);
        if n == 3 {
            entry["environment"] = json!("staging & more");
        }
        server.post(&key, entry.to_string()).json(201);
    }
    for (query, expected) in [
        ("", vec![3, 2, 1, 0]),
        ("?order=asc", vec![0, 1, 2, 3]),
        ("?status=FAILED", vec![3, 1]),
        ("?environment=production&status=FAILED", vec![1]),
        ("?environment=staging+%26%20more", vec![3]),
        ("?from=2025-12-24T10:00:01Z", vec![3, 2, 1]),
        ("?to=2025-12-24T10:00:01Z", vec![0]),
        (
            "?from=2025-12-24T11:00:01%2B01:00&to=2025-12-24T10:00:03Z",
            vec![2, 1],
        ),
        ("?limit=2", vec![3, 2]),
        ("?status=success", vec![]),
    ] {
        let found = server.list(&key, query);
        let numbers: Vec<_> = found.iter().map(|log| log["n"].as_u64().unwrap()).collect();
        assert_eq!(numbers, expected, "{query}");
    }
    for query in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "from=yesterday",
        "order=up",
        "colour=red",
        "cursor=x",
    ] {
        let problem = server
            .get(&key, &format!("/api/v1/logs?{query}"))
            .problem(422);
        let (field, _) = query.split_once('=').unwrap();
        assert_eq!(problem["errors"][0]["field"], field);
    }
}

fn pages_hold_every_entry_once(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    // Many at the same time, so that pages end between equals.
    let entries: Vec<_> = (0..95).map(|n| entry(n / 10, "SUCCESS")).collect();
    let stored = server.post(&key, json!(entries).to_string()).json(201);
    for order in ["asc", "desc"] {
        let mut ids = Vec::new();
        let mut next = format!("/api/v1/logs?limit=10&order={order}");
        loop {
            let page = server.get(&key, &next).json(200);
            ids.extend(
                page["logs"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|log| log["id"].clone()),
            );
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            next = format!("/api/v1/logs?limit=10&order={order}&cursor={cursor}");
        }
        assert_eq!(ids.len(), 95);
        let mut ascending = ids.clone();
        ascending.sort_by_key(Value::to_string);
        if order == "asc" {
            assert_eq!(ids, ascending);
        }
        let mut expected = stored["ids"].as_array().unwrap().clone();
        expected.sort_by_key(Value::to_string);
        assert_eq!(ascending, expected);
    }
}

fn an_event_is_stored_once(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let mut event = entry(1, "SUCCESS");
    event["event_id"] = json!("run-1");
    let first = server.post(&key, event.to_string()).json(201);
    let again = server
        .post(&key, json!([event, event]).to_string())
        .json(201);
    assert_eq!(again["ids"], json!([first["id"], first["id"]]));
    assert_eq!(server.list(&key, "").len(), 1);
}

fn largest_entries_and_bodies_are_taken(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let taken = |answer: Answer, server: &Server| {
        assert_eq!(answer.status, 201, "{answer:?}");
        server.list(&key, "?limit=1000").len()
    };
    let mut large = entry(0, "SUCCESS");
    large["message"] = json!("x".repeat(64 * 1024));
    large["more"] = json!("y".repeat(190 * 1024));
    let text = large.to_string();
    assert_eq!(taken(server.post(&key, &text), &server), 1);

    let spare = 256 * 1024 - text.len();
    large["more"] = json!("y".repeat(190 * 1024 + spare));
    assert_eq!(large.to_string().len(), 256 * 1024);
    assert_eq!(taken(server.post(&key, large.to_string()), &server), 2);
    large["more"] = json!("y".repeat(190 * 1024 + spare + 1));
    server.post(&key, large.to_string()).problem(422);

    let many: Vec<_> = (0..10_000).map(|n| entry(n, "SUCCESS")).collect();
    let accepted = server.post(&key, json!(many).to_string()).json(201);
    assert_eq!(accepted["accepted"], 10_000);
}

fn entry(n: usize, status: &str) -> Value {
    json!({
        "environment": "production",
        "executed_at": format!("2025-12-24T10:{:02}:{:02}Z", n / 60 % 60, n % 60),
        "status": status,
        "n": n,
    })
}
