//! No client sees another's entries.

use crate::{http::GUIDE_ENTRY, site::Site};
use serde_json::json;

on_both_databases! {
    neither_of_two_clients_sees_the_other,
    a_key_does_only_what_its_scopes_allow,
}

fn neither_of_two_clients_sees_the_other(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    let mut stored = Vec::new();
    for key in [&acme, &widget] {
        // The same event for both, so that only the client tells the entries apart.
        let batch: Vec<_> = (0..3)
            .map(|n| {
                json!({
                    "environment": "production",
                    "executed_at": "2025-12-24T10:30:00Z",
                    "status": "SUCCESS",
                    "event_id": format!("run-{n}"),
                    "owner": key,
                })
            })
            .collect();
        stored.push(server.post(key, json!(batch).to_string()).json(201)["ids"].clone());
    }
    assert_eq!(stored[0], stored[1]);

    let single = server.post(&acme, GUIDE_ENTRY).json(201);
    let path = format!("/api/v1/logs/{}", single["id"].as_str().unwrap());
    server.get(&acme, &path).json(200);
    server.get(&widget, &path).problem(404);

    let first = server.get(&acme, "/api/v1/logs?limit=1").json(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    for query in [
        "?limit=1000".to_owned(),
        format!("?cursor={cursor}"),
        format!("?order=asc&cursor={cursor}"),
    ] {
        for log in server.list(&widget, &query) {
            assert_eq!(log["client_id"], "widget_co", "{query}");
            assert_eq!(log["owner"], *widget, "{query}");
        }
    }
    assert_eq!(server.list(&widget, "?limit=1000").len(), 3);
    assert_eq!(server.list(&acme, "?limit=1000").len(), 4);

    let foreign = json!({
        "client_id": "widget_co",
        "environment": "production",
        "executed_at": "2025-12-24T10:30:00Z",
        "status": "SUCCESS",
    });
    let refused = server.post(&acme, foreign.to_string()).problem(422);
    assert_eq!(refused["errors"][0]["field"], "client_id");
    assert_eq!(server.list(&widget, "?limit=1000").len(), 3);
    // Further keys of the same client see the same logs.
    let second = site.issue("acme_corp").key;
    assert_eq!(server.list(&second, "?limit=1000").len(), 4);
}

fn a_key_does_only_what_its_scopes_allow(site: &Site) {
    let issue = |scope| {
        site.issue_with(&["--client", "acme_corp", "--scope", scope])
            .key
    };
    let (writer, reader, manager) = (
        issue("logs:write"),
        issue("logs:read"),
        issue("keys:manage"),
    );
    let server = site.start();
    let id = server.post(&writer, GUIDE_ENTRY).json(201)["id"].clone();
    let path = format!("/api/v1/logs/{}", id.as_str().unwrap());
    assert_eq!(server.list(&reader, "").len(), 1);
    server.get(&reader, &path).json(200);

    server.post(&reader, GUIDE_ENTRY).problem(403);
    server.post(&manager, GUIDE_ENTRY).problem(403);
    for key in [&writer, &manager] {
        server.get(key, "/api/v1/logs").problem(403);
        server.get(key, &path).problem(403);
        server.get(key, "/api/v1/whoami").json(200);
    }
    assert_eq!(server.list(&reader, "").len(), 1);
}
