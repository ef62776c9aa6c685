//! Requests with an idempotency key, sent again and again.

use crate::{
    http::{Answer, GUIDE_ENTRY},
    process::{PATIENCE, Server},
    site::Site,
};
use std::{thread, time::Instant};

on_both_databases! {
    a_repeat_is_answered_as_the_first_was,
    a_key_stands_for_one_body_and_one_client,
    the_same_bytes_in_another_format_are_another_body,
    only_what_was_stored_is_remembered,
    equal_requests_at_once_on_two_servers_store_once,
    a_repeat_on_another_server_after_a_crash_is_answered_as_the_first_was,
}

const MANY: &str = r#"[
    {"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s"},
    {"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s"}]"#;

fn a_repeat_is_answered_as_the_first_was(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    for (name, body, count) in [("one", GUIDE_ENTRY, 1), ("many", MANY, 3)] {
        let first = send(&server, &key, name, body);
        first.json(201);
        assert_eq!(first.header("idempotency-replayed"), None);
        for _ in 0..3 {
            let repeat = send(&server, &key, name, body);
            assert_eq!(repeat.header("idempotency-replayed"), Some("true"));
            assert_same(&repeat, &first);
        }
        assert_eq!(server.list(&key, "").len(), count);
    }
}

fn a_key_stands_for_one_body_and_one_client(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    let first = send(&server, &acme, "same", GUIDE_ENTRY);
    first.json(201);
    let other = GUIDE_ENTRY.replace("SUCCESS", "FAILED");
    let refused = send(&server, &acme, "same", &other).problem(422);
    assert!(refused["detail"].as_str().unwrap().contains("another body"));
    assert_eq!(server.list(&acme, "").len(), 1);

    let others = send(&server, &widget, "same", &other);
    others.json(201);
    assert_eq!(others.header("idempotency-replayed"), None);
    assert_eq!(server.list(&widget, "").len(), 1);
    // Another key of the same client says the same.
    let second = site.issue("acme_corp").key;
    assert_same(&send(&server, &second, "same", GUIDE_ENTRY), &first);
    // In quotation marks it is the same name.
    assert_same(&send(&server, &acme, "\"same\"", GUIDE_ENTRY), &first);
}

fn the_same_bytes_in_another_format_are_another_body(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let line = r#"{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s"}"#;
    let (json, lines) = ("application/json", "application/x-ndjson");
    for (name, first, second, count) in [("one", json, lines, 1), ("two", lines, json, 2)] {
        let send = |media_type| {
            let headers = [
                ("X-API-Key", &*key),
                ("Content-Type", media_type),
                ("Idempotency-Key", name),
            ];
            server.send("POST", "/api/v1/logs", &headers, line.as_bytes())
        };
        let stored = send(first);
        stored.json(201);
        send(second).problem(422);
        assert_same(&send(first), &stored);
        let array = format!("[{line}]");
        self::send(&server, &key, name, &array).problem(422);
        assert_eq!(server.list(&key, "").len(), count);
    }
}

fn only_what_was_stored_is_remembered(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    send(&server, &key, "again", "{}").problem(422);
    send(&server, &key, "again", "{").problem(400);
    let stored = send(&server, &key, "again", GUIDE_ENTRY);
    stored.json(201);
    assert_eq!(stored.header("idempotency-replayed"), None);

    let long = "k".repeat(256);
    for wrong in ["", "two words", &long] {
        send(&server, &key, wrong, GUIDE_ENTRY).problem(422);
    }
    send(&server, &key, &long[1..], GUIDE_ENTRY).json(201);
    assert_eq!(server.list(&key, "").len(), 2);
}

fn equal_requests_at_once_on_two_servers_store_once(site: &Site) {
    let key = site.issue("acme_corp").key;
    let servers = [site.start(), site.start()];
    let answers: Vec<_> = thread::scope(|scope| {
        let senders: Vec<_> = (0..100)
            .map(|n| {
                let (server, key) = (&servers[n % 2], &key);
                scope.spawn(move || send_until_taken(server, key, "at-once", MANY))
            })
            .collect();
        senders
            .into_iter()
            .map(|sender| sender.join().unwrap())
            .collect()
    });
    let is_first = |answer: &&Answer| answer.header("idempotency-replayed").is_none();
    assert_eq!(answers.iter().filter(is_first).count(), 1);
    for answer in &answers {
        assert_same(answer, &answers[0]);
    }
    assert_eq!(servers[0].list(&key, "").len(), 2);
}

fn a_repeat_on_another_server_after_a_crash_is_answered_as_the_first_was(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    let first = send(&server, &key, "once", GUIDE_ENTRY);
    first.json(201);
    server.kill();
    let other = site.start_process();
    let repeat = send(&other, &key, "once", GUIDE_ENTRY);
    assert_eq!(repeat.header("idempotency-replayed"), Some("true"));
    assert_same(&repeat, &first);
    assert_eq!(other.list(&key, "").len(), 1);
}

fn send(server: &Server, key: &str, idempotency_key: &str, body: &str) -> Answer {
    let headers = [
        ("X-API-Key", key),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", idempotency_key),
    ];
    server.send("POST", "/api/v1/logs", &headers, body.as_bytes())
}

/// Sends again what a busy server had no time for.
fn send_until_taken(server: &Server, key: &str, idempotency_key: &str, body: &str) -> Answer {
    let began = Instant::now();
    loop {
        let answer = send(server, key, idempotency_key, body);
        if answer.status != 503 {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "{answer:?}");
    }
}

#[track_caller]
fn assert_same(one: &Answer, other: &Answer) {
    assert_eq!((one.status, &one.body), (other.status, &other.body));
    assert_eq!(one.header("location"), other.header("location"));
}
