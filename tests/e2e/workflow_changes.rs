//! Changes of what is expected of workflows: made once for a request, taken down, and gone with their client.

use crate::{
    http::Answer,
    process::Server,
    site::Site,
    workflows::{await_runs, entry, manager, put},
};
use serde_json::{Value, json};

on_both_databases! {
    a_channel_is_made_once_for_a_request,
    silence_and_tests_are_repeated_safely,
    each_change_is_in_the_audit_trail_with_what_was_before,
    nothing_is_left_of_a_client_that_is_removed,
    the_provider_manages_channels_of_clients,
    what_a_channel_cannot_be_is_named,
}

const CHANNELS: &str = "/api/v1/channels";
const OF_CLIENTS: &str = "/api/v1/provider/channels";
const SILENCE: &str = "/api/v1/workflows/backup/monitor/silence?environment=prod";

fn post(server: &Server, key: &str, path: &str, name: Option<&str>, body: &Value) -> Answer {
    let mut headers = vec![("X-API-Key", key), ("Content-Type", "application/json")];
    headers.extend(name.map(|name| ("Idempotency-Key", name)));
    server.send("POST", path, &headers, body.to_string().as_bytes())
}

fn webhook() -> Value {
    json!({"kind": "webhook", "url": "https://hooks.example.com/secret-path?token=x"})
}

/// The answer to a repeat.
#[track_caller]
fn repeat(answer: &Answer) -> Value {
    let found = answer.json(200);
    assert_eq!(answer.header("idempotency-replayed"), Some("true"));
    assert_eq!(found.get("secret"), None, "{found}");
    found
}

fn a_channel_is_made_once_for_a_request(site: &Site) {
    let (key, other) = (manager(site, "acme_corp"), manager(site, "acme_corp"));
    let servers = [site.start(), site.start()];
    let made = post(&servers[0], &key, CHANNELS, Some("one"), &webhook());
    assert_eq!(made.header("idempotency-replayed"), None);
    let made = made.json(201);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    for server in &servers {
        let again = repeat(&post(server, &key, CHANNELS, Some("one"), &webhook()));
        assert_eq!(again["id"], made["id"]);
    }
    let another = json!({"kind": "webhook", "url": "https://hooks.example.com/other"});
    post(&servers[0], &key, CHANNELS, Some("one"), &another).problem(422);
    // What was refused is tried again, and the name of another key is another name.
    let wrong = json!({"kind": "webhook", "url": "nowhere"});
    post(&servers[0], &key, CHANNELS, Some("two"), &wrong).problem(422);
    post(&servers[0], &key, CHANNELS, Some("two"), &another).json(201);
    post(&servers[0], &other, CHANNELS, Some("one"), &webhook()).json(201);
    let listed = servers[1].get(&key, CHANNELS).json(200);
    assert_eq!(listed["channels"].as_array().unwrap().len(), 3);
}

fn silence_and_tests_are_repeated_safely(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    let eight = json!({"for": "8h"});
    post(&server, &key, SILENCE, Some("one"), &eight).problem(404);
    put(&server, &key, &[], &json!({"every": "1h"})).json(200);
    let silenced = post(&server, &key, SILENCE, Some("one"), &eight).json(200);
    let again = repeat(&post(&server, &key, SILENCE, Some("one"), &eight));
    assert_eq!(again, silenced);
    let later = post(&server, &key, SILENCE, Some("two"), &eight).json(200);
    assert_ne!(later["silenced_until"], silenced["silenced_until"]);
    let channel = post(&server, &key, CHANNELS, None, &webhook()).json(201);
    let test = format!("{CHANNELS}/{}/test", channel["id"].as_str().unwrap());
    post(&server, &key, &test, Some("one"), &json!({})).json(200);
    repeat(&post(&server, &key, &test, Some("one"), &json!({})));
    post(&server, &key, &test, None, &json!({"loud": true})).problem(422);
}

fn each_change_is_in_the_audit_trail_with_what_was_before(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    for every in ["1h", "1h", "2h"] {
        put(&server, &key, &[], &json!({"every": every})).json(200);
    }
    post(&server, &key, SILENCE, None, &json!({"for": "8h"})).json(200);
    let channel = post(&server, &key, CHANNELS, None, &webhook()).json(201);
    let path = format!("{CHANNELS}/{}", channel["id"].as_str().unwrap());
    let headers = [("X-API-Key", &*key)];
    assert_eq!(server.call("DELETE", &path, &headers).status, 204);
    let named = [
        "--client",
        "acme_corp",
        "--workflow",
        "backup",
        "--environment",
        "prod",
    ];
    site.admin_json(&[&["workflow", "expect", "--nothing"][..], &named].concat());
    let shown = server.get(&key, "/api/v1/audit").json(200);
    let entries = shown["entries"].as_array().unwrap();
    let is_of_workflows = |entry: &&Value| {
        let action = entry["action"].as_str().unwrap();
        ["monitor", "silence", "channel"].contains(&action)
    };
    let entries: Vec<_> = entries.iter().filter(is_of_workflows).collect();
    let actions: Vec<_> = entries
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    let expected = [
        "monitor", "monitor", "silence", "channel", "channel", "monitor",
    ];
    assert_eq!(actions, expected, "what changes nothing is no change");
    assert_eq!(entries[0]["before"], Value::Null);
    assert_eq!(entries[1]["before"]["monitor"]["every"], "1h");
    assert_eq!(entries[1]["after"]["monitor"]["every"], "2h");
    assert_eq!(entries[1]["after"]["workflow"], "backup");
    assert_eq!(entries[1]["actor"]["kind"], "key");
    assert!(entries[2]["after"]["monitor"]["silenced_until"].is_string());
    assert_eq!(entries[3]["after"]["url"], "https://hooks.example.com");
    assert_eq!(entries[4]["before"]["id"], channel["id"]);
    assert_eq!(entries[5]["after"]["monitor"], Value::Null);
    assert_eq!(entries[5]["actor"]["kind"], "provider");
    for entry in &entries {
        assert!(!entry.to_string().contains("secret-path"), "{entry}");
    }
    let verified = site.admin(&["audit", "--verify"]);
    assert_eq!(verified.code, Some(0), "{}", verified.stdout);
}

fn nothing_is_left_of_a_client_that_is_removed(site: &Site) {
    let key = manager(site, "acme_corp");
    let program = site.issue_to_provider("provider:read provider:write");
    let server = site.start();
    put(&server, &key, &[], &json!({"every": "1h"})).json(200);
    post(&server, &key, CHANNELS, None, &webhook()).json(201);
    server.post(&key, entry("FAILED", "a", 0)).json(201);
    await_runs(&server, &key, "backup", 1);
    let removed = server.call(
        "DELETE",
        "/api/v1/provider/clients/acme_corp",
        &[("X-API-Key", &program.key)],
    );
    removed.json(200);
    for (path, member) in [
        (
            "/api/v1/provider/workflows?client_id=acme_corp",
            "workflows",
        ),
        (
            "/api/v1/provider/incidents?client_id=acme_corp",
            "incidents",
        ),
        ("/api/v1/provider/channels?client_id=acme_corp", "channels"),
    ] {
        let left = server.get(&program.key, path).json(200);
        assert_eq!(left[member], json!([]), "{path}");
    }
}

fn the_provider_manages_channels_of_clients(site: &Site) {
    let key = manager(site, "acme_corp");
    let program = site.issue_to_provider("provider:read provider:write");
    let reader = site.issue_to_provider("provider:read");
    let server = site.start();
    let mut body = webhook();
    post(&server, &program.key, OF_CLIENTS, None, &body).problem(422);
    body["client_id"] = "acme_corp".into();
    post(&server, &reader.key, OF_CLIENTS, None, &body).problem(403);
    let made = post(&server, &program.key, OF_CLIENTS, Some("one"), &body).json(201);
    let again = repeat(&post(&server, &program.key, OF_CLIENTS, Some("one"), &body));
    assert_eq!(again["id"], made["id"]);
    let own = server.get(&key, CHANNELS).json(200);
    let listed = format!("{OF_CLIENTS}?client_id=acme_corp");
    assert_eq!(server.get(&reader.key, &listed).json(200), own);
    let id = made["id"].as_str().unwrap();
    let test = format!("{OF_CLIENTS}/{id}/test?client_id=acme_corp");
    post(&server, &program.key, &test, None, &json!({})).json(200);
    let path = format!("{OF_CLIENTS}/{id}?client_id=other");
    let headers = [("X-API-Key", &*program.key)];
    server.call("DELETE", &path, &headers).problem(404);
    let path = format!("{OF_CLIENTS}/{id}?client_id=acme_corp");
    assert_eq!(server.call("DELETE", &path, &headers).status, 204);
    assert_eq!(server.get(&key, CHANNELS).json(200)["channels"], json!([]));
}

fn what_a_channel_cannot_be_is_named(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    for (member, value, pointer) in [
        (
            "quiet_hours",
            json!({"from": "22:00", "to": "25:00"}),
            "/quiet_hours/to",
        ),
        (
            "quiet_hours",
            json!({"from": "22:00", "to": "07:00", "time_zone": "Mars"}),
            "/quiet_hours/time_zone",
        ),
        ("quiet_hours", json!({"from": "22:00"}), "/quiet_hours/to"),
        ("workflows", json!([]), "/workflows"),
        ("environment", json!(""), "/environment"),
        ("loud", json!(true), "/loud"),
        ("format", json!("carrier"), "/format"),
    ] {
        let mut body = webhook();
        body[member] = value;
        let problem = post(&server, &key, CHANNELS, None, &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem:#}");
    }
    let mut body = webhook();
    body["quiet_hours"] = json!({"from": "22:00", "to": "07:00", "time_zone": "Europe/Berlin"});
    body["workflows"] = json!(["backup", "report"]);
    body["environment"] = "prod".into();
    let made = post(&server, &key, CHANNELS, None, &body).json(201);
    for member in ["quiet_hours", "workflows", "environment"] {
        assert_eq!(made[member], body[member]);
    }
}
