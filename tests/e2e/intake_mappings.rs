//! Rules of a client's own for foreign fields, and hooks.

use crate::{
    http::Answer,
    intake::{JSON, LOKI, messages, send},
    process::Server,
    site::Site,
    workflows::manager,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

on_both_databases! {
    rules_of_a_client_hold_on_every_server_and_for_it_alone,
    rules_are_tried_before_they_hold,
    a_webhook_is_known_by_its_signature,
    a_hook_takes_keys_too_and_ends_with_its_mapping,
    a_client_without_good_keys_has_no_hooks,
    the_provider_sets_the_mappings_of_a_client,
}

fn call(server: &Server, key: &str, method: &str, path: &str, body: &Value) -> Answer {
    let headers = [("X-API-Key", key), ("Content-Type", JSON)];
    match body {
        Value::Null => server.call(method, path, &headers[..1]),
        body => server.send(method, path, &headers, body.to_string().as_bytes()),
    }
}

fn set(server: &Server, key: &str, name: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/intake/mappings/{name}");
    call(server, key, "PUT", &path, body)
}

fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let bytes = mac.finalize().into_bytes();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

fn deliver(server: &Server, path: &str, body: &str, signature: &str) -> Answer {
    let headers = [
        ("Content-Type", JSON),
        ("X-GitHub-Event", "workflow_run"),
        ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
        ("X-Hub-Signature-256", signature),
    ];
    server.send("POST", path, &headers, body.as_bytes())
}

const RUN: &str = r#"{"action":"completed","workflow_run":{"id":30433642,"name":"Build","conclusion":"failure","display_title":"Update README.md","updated_at":"2026-11-30T10:30:00Z"}}"#;

fn rules_of_a_client_hold_on_every_server_and_for_it_alone(site: &Site) {
    let (key, other) = (manager(site, "acme_corp"), site.issue("widget_co").key);
    let (server, second) = (site.start(), site.start());
    let push = |server: &Server, key: &str, time: u64| {
        let body = LOKI.replace("1772361000250000000", &time.to_string());
        assert_eq!(
            send(server, key, "/loki/api/v1/push", JSON, body.as_bytes()).status,
            204
        );
    };
    push(&second, &key, 1_772_361_000_250_000_000);
    let rules = json!({"rules": {"environment": "app", "workflow": {"default": "nightly"}}});
    let made = set(&server, &key, "default", &rules).json(201);
    assert!(made["secret"].as_str().unwrap().len() >= 32);
    let entry = |server: &Server, key: &str| server.list(key, "?limit=1")[0].clone();
    push(&server, &key, 1_772_361_001_250_000_000);
    assert_eq!(entry(&server, &key)["environment"], "shop");
    // Of a shipper, the rule's own default comes behind what the protocol tells.
    assert_eq!(entry(&server, &key)["workflow"], "shop");
    push(&server, &other, 1_772_361_001_250_000_000);
    assert_eq!(entry(&server, &other)["environment"], "default");
    crate::workflows::await_that(|| {
        static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(2);
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        push(
            &second,
            &key,
            1_772_361_000_250_000_000 + number * 1_000_000_000,
        );
        let entry = entry(&second, &key);
        (entry["environment"] == "shop").then_some(()).ok_or(entry)
    });
    let shown = call(
        &second,
        &key,
        "GET",
        "/api/v1/intake/mappings/default",
        &Value::Null,
    )
    .json(200);
    assert_eq!(shown["rules"]["environment"], json!({"from": ["app"]}));
    assert_eq!(shown["secret"], Value::Null);
    let listed = call(
        &second,
        &other,
        "GET",
        "/api/v1/intake/mappings",
        &Value::Null,
    );
    assert_eq!(listed.status, 403, "it needs keys:manage");
    let without = json!({"rules": {}});
    let again = set(&server, &key, "default", &without).json(200);
    assert_eq!(
        (&again["id"], &again["secret"]),
        (&made["id"], &Value::Null)
    );
}

fn rules_are_tried_before_they_hold(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    let rules =
        json!({"workflow": "job", "status": {"from": ["state"], "values": {"ok": "SUCCESS"}}});
    let refused = set(
        &server,
        &key,
        "backup",
        &json!({"rules": rules, "sample": {"job": "a"}}),
    );
    let problem = refused.problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/sample", "{problem}");
    for (body, pointer) in [
        (json!({}), "/rules"),
        (json!({"rules": {"id": "x"}}), "/rules"),
        (json!({"rules": rules, "more": 1}), "/more"),
        (json!({"like": "cron"}), "/like"),
        (json!({"rules": rules, "protocol": "gelf"}), "/protocol"),
    ] {
        let problem = set(&server, &key, "backup", &body).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    set(&server, &key, "Backup", &json!({"rules": rules})).problem(422);
    let none = call(
        &server,
        &key,
        "GET",
        "/api/v1/intake/mappings",
        &Value::Null,
    )
    .json(200);
    assert_eq!(none["mappings"], json!([]));
    let sample = json!([{"job": "a", "state": "ok"}, 7]);
    let trial = json!({"rules": rules, "sample": sample});
    let tried = call(&server, &key, "POST", "/api/v1/intake/try", &trial).json(200);
    assert_eq!(tried["entries"][0]["status"], "SUCCESS");
    assert_eq!(
        tried["refused"],
        json!([{"index": 1, "detail": "it is not a JSON object"}])
    );
    assert_eq!(tried["without_effect"], json!([]));
    assert!(server.list(&key, "").is_empty());

    site.write("sample.json", &json!({"job": "a"}).to_string());
    let sample = site.path("sample.json");
    let sample = sample.to_str().unwrap();
    let options = ["--workflow", "job", "--status", "state"];
    let tried = site.admin_json(&[&["intake", "try", sample][..], &options].concat());
    assert_eq!(tried["entries"][0]["workflow"], "a");
    assert_eq!(tried["without_effect"], json!(["status"]));
    let set = ["intake", "set", "--client", "acme_corp", "--name", "backup"];
    let refused = site.admin(&[&set[..], &options, &["--sample", sample]].concat());
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let made = site.admin_json(&[&set[..], &options].concat());
    assert!(
        made["path"]
            .as_str()
            .unwrap()
            .starts_with("/hooks/acme_corp.")
    );
    let shown = site.admin_json(&["intake", "show", "--client", "acme_corp"]);
    assert_eq!(shown["mappings"][0]["name"], "backup");
    let tried = site.admin_json(&[
        "intake",
        "try",
        sample,
        "--client",
        "acme_corp",
        "--name",
        "backup",
    ]);
    assert_eq!(tried["entries"][0]["workflow"], "a");
}

fn a_webhook_is_known_by_its_signature(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    let made = set(&server, &key, "github", &json!({"like": "github"})).json(201);
    let (path, secret) = (
        made["path"].as_str().unwrap(),
        made["secret"].as_str().unwrap(),
    );
    for _ in 0..2 {
        let answer = deliver(&server, path, RUN, &signature(secret, RUN)).json(201);
        assert_eq!(answer["ids"].as_array().unwrap().len(), 1);
    }
    let entries = server.list(&key, "");
    assert_eq!(entries.len(), 1, "a delivery is stored once");
    for (member, value) in [
        ("workflow", "Build"),
        ("status", "FAILED"),
        ("message", "Update README.md"),
        ("run_id", "30433642"),
        ("executed_at", "2026-11-30T10:30:00Z"),
        ("x-github-event", "workflow_run"),
    ] {
        assert_eq!(entries[0][member], value, "{}", entries[0]);
    }
    let wrong = [
        deliver(&server, path, RUN, &signature("another", RUN)),
        deliver(
            &server,
            path,
            &RUN.replace("failure", "success"),
            &signature(secret, RUN),
        ),
        deliver(&server, path, RUN, "sha256=00"),
        deliver(
            &server,
            "/hooks/acme_corp.00000000000000000000000000000000",
            RUN,
            &signature(secret, RUN),
        ),
        deliver(&server, "/hooks/widget_co", RUN, &signature(secret, RUN)),
    ];
    let wrong = wrong.map(|answer| answer.problem(401)["detail"].clone());
    assert!(wrong.iter().all(|detail| *detail == wrong[0]), "{wrong:?}");
    let unsigned = server.send("POST", path, &[("Content-Type", JSON)], RUN.as_bytes());
    assert_eq!(unsigned.problem(401)["detail"], "Missing API key");
    assert_eq!(server.list(&key, "").len(), 1);
    let report = server.get(&key, "/api/v1/intake").json(200);
    assert_eq!(report["protocols"]["hook"]["stored"], 1, "{report}");
    // An address that has failed too often is refused even with a good signature.
    let is_limited = (0..400).any(|_| deliver(&server, path, RUN, "sha256=00").status == 429);
    assert!(is_limited);
    // It may have waited long enough for another attempt.
    let is_refused = (0..100).any(|_| {
        deliver(&server, path, RUN, "sha256=00");
        deliver(&server, path, RUN, &signature(secret, RUN)).status == 429
    });
    assert!(is_refused);
}

fn a_hook_takes_keys_too_and_ends_with_its_mapping(site: &Site) {
    let (key, other) = (manager(site, "acme_corp"), manager(site, "widget_co"));
    let server = site.start();
    let made = set(
        &server,
        &key,
        "jobs",
        &json!({"rules": {"workflow": "job"}}),
    )
    .json(201);
    let (path, secret) = (
        made["path"].as_str().unwrap(),
        made["secret"].as_str().unwrap(),
    );
    let body = json!([{"job": "a", "message": "first"}, {"job": "b", "message": "second"}]);
    let answer = call(&server, &key, "POST", path, &body).json(201);
    assert_eq!(answer["ids"].as_array().unwrap().len(), 2);
    assert_eq!(messages(&server, &key), ["first", "second"]);
    call(&server, &other, "POST", path, &body).problem(404);
    assert!(server.list(&other, "").is_empty());
    let headers = [("X-API-Key", "wrong"), ("Content-Type", JSON)];
    let body = body.to_string();
    server
        .send("POST", path, &headers, body.as_bytes())
        .problem(401);
    call(&server, &key, "POST", path, &json!("text")).problem(400);
    let one = "/api/v1/intake/mappings/jobs";
    call(&server, &other, "DELETE", one, &Value::Null).problem(404);
    assert_eq!(call(&server, &key, "DELETE", one, &Value::Null).status, 204);
    call(&server, &key, "DELETE", one, &Value::Null).problem(404);
    deliver(&server, path, &body, &signature(secret, &body)).problem(401);
    assert_eq!(server.list(&key, "").len(), 2);
}

fn a_client_without_good_keys_has_no_hooks(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    let made = set(&server, &key, "ci", &json!({"like": "github"})).json(201);
    let (path, secret) = (
        made["path"].as_str().unwrap(),
        made["secret"].as_str().unwrap(),
    );
    site.admin_json(&["revoke", "--client", "acme_corp", "--yes"]);
    deliver(&server, path, RUN, &signature(secret, RUN)).problem(401);
    site.issue("acme_corp");
    deliver(&server, path, RUN, &signature(secret, RUN)).json(201);
}

fn the_provider_sets_the_mappings_of_a_client(site: &Site) {
    let key = manager(site, "acme_corp");
    let provider = site.issue_to_provider("provider:read provider:write").key;
    let server = site.start();
    let of = |name: &str, client: &str| {
        format!("/api/v1/provider/intake/mappings{name}?client_id={client}")
    };
    let body = json!({"rules": {"workflow": "job"}});
    call(
        &server,
        &provider,
        "PUT",
        &of("/default", "acme_corp"),
        &body,
    )
    .json(201);
    call(&server, &key, "PUT", &of("/default", "acme_corp"), &body).problem(403);
    let shown = call(
        &server,
        &provider,
        "GET",
        &of("/default", "acme_corp"),
        &Value::Null,
    );
    assert_eq!(shown.json(200)["rules"]["workflow"]["from"], json!(["job"]));
    let none = call(
        &server,
        &provider,
        "GET",
        &of("", "widget_co"),
        &Value::Null,
    )
    .json(200);
    assert_eq!(none["mappings"], json!([]));
    call(
        &server,
        &provider,
        "GET",
        "/api/v1/provider/intake/mappings",
        &Value::Null,
    )
    .problem(422);
    let listed = call(
        &server,
        &key,
        "GET",
        "/api/v1/intake/mappings",
        &Value::Null,
    )
    .json(200);
    assert_eq!(listed["mappings"][0]["name"], "default");
    let removed = call(
        &server,
        &provider,
        "DELETE",
        &of("/default", "acme_corp"),
        &Value::Null,
    );
    assert_eq!(removed.status, 204);
}
