//! Reading beside a client that reads as much as it can, and from a database that is slow.

use crate::{process::Server, site::Site};
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

on_both_databases! {
    nobody_waits_for_a_client_that_reads_all_it_can,
}

/// More than a store has connections, and than there may be reads at once.
const READERS: usize = 40;

/// The counts of all that is stored here.
const COUNTS: &str = "/stats?from=2025-12-24T10:00:00Z&to=2025-12-24T11:00:00Z";

fn nobody_waits_for_a_client_that_reads_all_it_can(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    store(&server, &acme, 5000);
    store(&server, &widget, 60);
    let is_endless = site.database_url.is_some();
    if is_endless {
        // On PostgreSQL no read of this client comes to an end.
        site.execute(
            "CREATE POLICY endless ON workflow_logs AS RESTRICTIVE FOR SELECT
             USING (CASE client_id WHEN 'acme_corp' THEN pg_sleep(3600) IS NULL ELSE true END)",
        );
    }
    let is_over = AtomicBool::new(false);
    let (server, acme) = (&server, &*acme);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|reader| {
                let is_over = &is_over;
                scope.spawn(move || {
                    let paths = ["?status=NOPE", "?q=nosuch", COUNTS, ""];
                    let path = format!("/api/v1/logs{}", paths[reader % paths.len()]);
                    while !is_over.load(Ordering::Relaxed) {
                        read(server, acme, &path, is_endless);
                    }
                })
            })
            .collect();
        for round in 0..5 {
            let entry = entry(round).to_string();
            let name = format!("name-{round}");
            let headers = [
                ("X-API-Key", &*widget),
                ("Content-Type", "application/json"),
                ("Idempotency-Key", &name),
            ];
            for _ in 0..2 {
                let stored = server.send("POST", "/api/v1/logs", &headers, entry.as_bytes());
                let id = stored.json(201)["id"].as_str().unwrap().to_owned();
                server.get(&widget, &format!("/api/v1/logs/{id}")).json(200);
            }
            assert_eq!(server.list(&widget, "").len(), 50);
            assert_eq!(server.list(&widget, "?q=entry&limit=60").len(), 60);
            server.call("GET", "/readyz", &[]).json(200);
            site.admin_json(&["list"]);
        }
        is_over.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

/// What is asked for too often is refused in good order.
fn read(server: &Server, key: &str, path: &str, is_endless: bool) {
    let answer = server.get(key, path);
    match answer.status {
        200 if is_endless => {
            // It has waited for its first entry in vain.
            let page = answer.json(200);
            assert_eq!(page["logs"], json!([]), "{path}");
            assert!(page["next_cursor"].is_string(), "{path}: {page}");
        }
        200 => {}
        // Counts are whole or none.
        422 if path.ends_with(COUNTS) => {}
        503 => {
            answer.problem(503);
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
        }
        _ => panic!("{path}: {answer:?}"),
    }
}

#[test]
fn a_search_of_a_slow_database_is_answered_with_what_was_found_and_where_to_go_on() {
    let site = Site::on_postgres();
    let key = site.issue("acme_corp").key;
    let server = site.start();
    store(&server, &key, 200);
    // It takes for ever to read the entry with the number 20.
    site.execute(
        "CREATE POLICY endless ON workflow_logs AS RESTRICTIVE FOR SELECT
         USING (CASE status WHEN 'status 20' THEN pg_sleep(3600) IS NULL ELSE true END)",
    );
    for (query, expected) in [
        ("?q=nosuch", &[][..]),
        ("?status=status+100&limit=2", &[100]),
        ("?q=entry&status=status+21&environment=e", &[]),
    ] {
        let page = server.get(&key, &format!("/api/v1/logs{query}")).json(200);
        assert_eq!(numbers(&page), expected, "{query}");
        assert!(page["next_cursor"].is_string(), "{query}");
    }
    // What the limit asks for was found long before.
    let page = server
        .get(&key, "/api/v1/logs?status=status+100&limit=1")
        .json(200);
    assert_eq!(numbers(&page), [100]);
    // Counts are whole or none.
    let counts = format!("/api/v1/logs{COUNTS}");
    server.get(&key, &counts).problem(422);
}

fn numbers(page: &Value) -> Vec<u64> {
    let logs = page["logs"].as_array().unwrap().iter();
    logs.map(|log| log["n"].as_u64().unwrap()).collect()
}

fn entry(number: usize) -> Value {
    json!({
        "environment": "e", "status": format!("status {number}"), "n": number,
        "message": format!("entry {number}"),
        "executed_at": format!("2025-12-24T10:{:02}:{:02}.{:03}Z", number / 1000 / 60, number / 1000 % 60, number % 1000),
    })
}

/// Stores entries as rows: of more at a time the server makes a block, which no policy for rows holds up.
fn store(server: &Server, key: &str, count: usize) {
    let entries: Vec<_> = (0..count).map(entry).collect();
    for some in entries.chunks(50) {
        server.post(key, json!(some).to_string()).json(201);
    }
}
