//! Logs in blocks look like logs in rows.

use crate::site::Site;
use serde_json::{Value, json};

on_both_databases! {
    nobody_can_tell_whether_logs_are_sealed,
    what_is_sealed_is_forgotten,
}

fn entries(range: std::ops::Range<usize>) -> Value {
    let entry = |n: usize| {
        json!({
            "environment": "production",
            "executed_at": format!("2025-12-24T10:{:02}:{:02}Z", n / 60, n % 60),
            "status": if n.is_multiple_of(7) { "FAILED" } else { "OK" },
            "message": format!("step {n} of the nightly run"),
            "event_id": format!("run-{n}"),
            "host": {"name": format!("h{}", n % 3)},
        })
    };
    range.map(entry).collect()
}

fn nobody_can_tell_whether_logs_are_sealed(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let sent = entries(0..500).to_string();
    let stored = server.post(&key, sent.clone()).json(201)["ids"].clone();
    let cursor = server.get(&key, "/api/v1/logs?limit=7").json(200)["next_cursor"].clone();
    let questions = [
        "?limit=1000".to_owned(),
        "?limit=100&order=asc&status=FAILED".to_owned(),
        format!("?limit=20&cursor={}", cursor.as_str().unwrap()),
        "?q=nightly%20498".to_owned(),
        "?attr.host.name=h2&not.status=OK&limit=1000".to_owned(),
        "/stats?from=2025-12-24T10:00:00Z&to=2025-12-24T11:00:00Z&interval=1m".to_owned(),
        "/export?format=ndjson".to_owned(),
        "/export?format=csv&status=FAILED".to_owned(),
        format!("/{}", stored[250].as_str().unwrap()),
    ];
    let answers = || {
        let answers = questions.iter().map(|question| {
            let answer = server.get(&key, &format!("/api/v1/logs{question}"));
            assert_eq!(answer.status, 200, "{question}");
            answer.body
        });
        answers.collect::<Vec<_>>()
    };
    let before = answers();
    let sealed = site.admin_json(&["logs", "seal", "--client", "acme_corp"]);
    assert_eq!(sealed["sealed"], 500);
    assert_eq!(sealed["blocks"], 1);
    assert!(sealed["bytes_after"].as_u64() < sealed["bytes_before"].as_u64());
    assert_eq!(answers(), before);

    // Sent again, each is stored once, and has the same id.
    assert_eq!(server.post(&key, sent).json(201)["ids"], stored);
    assert_eq!(answers(), before);
    server.post(&key, entries(500..510).to_string()).json(201);
    let again = site.admin_json(&["logs", "seal"]);
    assert_eq!(again["sealed"], 10);
    assert_eq!(server.list(&key, "?limit=1000").len(), 510);
    let nothing = site.admin_json(&["logs", "seal"]);
    assert_eq!(nothing["sealed"], 0);
    let doctor = site.admin_json_of_any(&["doctor"]);
    let checks = doctor["checks"].as_array().unwrap();
    let blocks = checks
        .iter()
        .find(|check| check["name"] == "blocks")
        .unwrap();
    let detail = blocks["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("510 entries are in sealed blocks (1)"),
        "{detail}"
    );
}

fn what_is_sealed_is_forgotten(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    server.post(&key, entries(0..300).to_string()).json(201);
    site.admin_json(&["logs", "seal"]);
    server.post(&key, entries(300..310).to_string()).json(201);
    let receipt = site.admin_json(&["retention", "forget", "--client", "acme_corp", "--yes"]);
    assert_eq!(receipt["entries"], 310);
    assert_eq!(server.list(&key, "").len(), 0);
    // What is sent again is new.
    server.post(&key, entries(0..1).to_string()).json(201);
    assert_eq!(server.list(&key, "").len(), 1);
}
