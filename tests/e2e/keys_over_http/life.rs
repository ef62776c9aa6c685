//! A whole life of keys.

use super::{ALL_KEYS, Client, KEYS, WHOAMI, has_members, manager, text};
use crate::site::Site;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_databases! {
    a_client_leads_the_whole_life_of_its_keys,
    a_program_of_the_provider_leads_the_life_of_keys_of_any_client,
}

fn a_client_leads_the_whole_life_of_its_keys(site: &Site) {
    let maker = manager(site, "acme_corp");
    let server = site.start();
    let client = Client::of(&server, &maker.key);

    let made = client.post(
        KEYS,
        &json!({"name": "billing job", "expires_in": "90d", "note": "for May"}),
    );
    let issued = made.json(201);
    let id = text(&issued["key_id"]).to_owned();
    let path = format!("{KEYS}/{id}");
    assert_eq!(made.header("location"), Some(&*path));
    assert_eq!(issued["scopes"], json!(["logs:write", "logs:read"]));
    assert_eq!(issued["audit"], Value::Null, "the trail is the provider's");
    assert!(issued["waited_ms"].is_u64());
    for (header, value) in [
        ("cache-control", "no-store"),
        ("vary", "X-API-Key, Authorization, Cookie"),
    ] {
        assert_eq!(made.header(header), Some(value));
    }
    let key = text(&issued["api_key"]);
    assert_eq!(server.get(key, WHOAMI).json(200)["client_id"], "acme_corp");

    let shown = client.get(&path);
    let details = shown.json(200);
    has_members(&details, &["predecessor", "successor", "usage", "alerts"]);
    assert_eq!(details["made_by"], *maker.id);
    assert_eq!(details["name"], "billing job");
    assert_eq!(shown.header("etag"), made.header("etag"));
    assert!(!shown.body.contains(key));
    let listed = client.get(KEYS).json(200);
    let ids: Vec<_> = listed["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["key_id"])
        .collect();
    assert_eq!(ids, [&json!(maker.id), &json!(id)]);
    has_members(&listed["keys"][1], &[]);

    let patched = client.patch(
        &path,
        &json!({"rate": "100/s", "note": null, "allow_ip": ["127.0.0.1", "::1"]}),
    );
    let now = patched.json(200);
    has_members(&now, &["waited_ms"]);
    assert!(now["waited_ms"].is_u64());
    assert_eq!(
        (&now["rate"], &now["note"], &now["name"]),
        (&json!("100/s"), &Value::Null, &json!("billing job"))
    );
    assert_eq!(now["allow_ip"], json!(["127.0.0.1/32", "::1/128"]));
    assert_ne!(patched.header("etag"), shown.header("etag"));
    assert_eq!(patched.header("etag"), client.get(&path).header("etag"));

    let disabled = client
        .post(&format!("{path}/disable"), &Value::Null)
        .json(200);
    has_members(&disabled, &["waited_ms"]);
    assert_eq!(disabled["status"], "disabled");
    server.get(key, WHOAMI).problem(401);
    let refused = client
        .post(&format!("{path}/rotate"), &Value::Null)
        .problem(409);
    assert_eq!(refused["state"], "disabled");
    let enabled = client.post(&format!("{path}/enable"), &json!({})).json(200);
    assert_eq!(enabled["status"], "active");
    server.get(key, WHOAMI).json(200);

    let refused = client
        .post(&format!("{path}/finish"), &Value::Null)
        .problem(409);
    assert_eq!(refused["state"], "not_rotated");
    let rotated = client.post(&format!("{path}/rotate"), &json!({"grace": "1h"}));
    let successor = rotated.json(201);
    assert_eq!(successor["replaces"], *id);
    assert!(successor["waited_ms"].is_u64());
    let location = format!("{KEYS}/{}", text(&successor["key_id"]));
    assert_eq!(rotated.header("location"), Some(&*location));
    let second = text(&successor["api_key"]);
    for works in [key, second] {
        server.get(works, WHOAMI).json(200);
    }
    let details = client.get(&path).json(200);
    assert_eq!(details["successor"]["key_id"], successor["key_id"]);
    let extended = client
        .post(&format!("{path}/extend"), &json!({"by": "1h"}))
        .json(200);
    assert!(extended["grace_ends_at"].as_str() > details["grace_ends_at"].as_str());
    let finished = client
        .post(&format!("{path}/finish"), &Value::Null)
        .json(200);
    assert_eq!(
        (&finished["status"], &finished["revoked_reason"]),
        (&json!("revoked"), &json!("rotated"))
    );
    server.get(key, WHOAMI).problem(401);
    for action in ["rotate", "finish", "disable", "enable"] {
        let refused = client
            .post(&format!("{path}/{action}"), &Value::Null)
            .problem(409);
        assert_eq!(refused["state"], "revoked", "{action}");
    }
    assert_eq!(
        client.patch(&path, &json!({"name": "x"})).problem(409)["state"],
        "revoked"
    );

    let revoked = client
        .post(&format!("{location}/revoke"), &json!({"reason": "leaked"}))
        .json(200);
    has_members(&revoked, &["waited_ms"]);
    assert_eq!(
        (&revoked["status"], &revoked["revoked_reason"]),
        (&json!("revoked"), &json!("leaked"))
    );
    server.get(second, WHOAMI).problem(401);
    // Once more is no error, and the first reason stays.
    let again = client
        .post(&format!("{location}/revoke"), &json!({"reason": "other"}))
        .json(200);
    assert_eq!(again["revoked_reason"], "leaked");

    // A key that manages keys goes with what it made.
    let all = json!({"scopes": ["logs:read", "keys:manage"]});
    let leaked = client.post(KEYS, &all).json(201);
    let thief = Client::of(&server, text(&leaked["api_key"]));
    let made = thief.post(KEYS, &Value::Null).json(201);
    let path = format!("{KEYS}/{}/revoke", text(&leaked["key_id"]));
    let revoked = client.post(&path, &json!({"with_made": true})).json(200);
    has_members(&revoked, &["revoked", "waited_ms"]);
    let ids: BTreeSet<_> = revoked["revoked"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect();
    assert_eq!(
        ids,
        BTreeSet::from([text(&leaked["key_id"]), text(&made["key_id"])])
    );
    thief.get(KEYS).problem(401);
    server.get(text(&made["api_key"]), WHOAMI).problem(401);
}

fn a_program_of_the_provider_leads_the_life_of_keys_of_any_client(site: &Site) {
    let program = site.issue_to_provider("provider:read provider:write");
    let reader = site.issue_to_provider("provider:read");
    let server = site.start();
    let provider = Client::of(&server, &program.key);

    let new =
        json!({"client_id": "acme_corp", "scopes": ["logs:read", "keys:manage"], "rate": "60/m"});
    let made = provider.post(ALL_KEYS, &new);
    let issued = made.json(201);
    let id = text(&issued["key_id"]);
    let path = format!("{ALL_KEYS}/{id}");
    assert_eq!(made.header("location"), Some(&*path));
    assert!(issued["audit"]["sequence"].is_u64());
    assert_eq!(provider.get(&path).json(200)["made_by"], *program.id);
    let client = Client::of(&server, text(&issued["api_key"]));
    let own = client.get(&format!("{KEYS}/{id}")).json(200);
    assert_eq!(
        own["made_by"], "provider",
        "a client does not see keys of the provider"
    );

    // What the provider has set the client only tightens, and what it disabled stays so.
    let second = client
        .post(KEYS, &json!({"scopes": ["logs:read"]}))
        .json(201);
    let second_path = format!("{ALL_KEYS}/{}", text(&second["key_id"]));
    let patched = provider
        .patch(&second_path, &json!({"rate": "30/m", "name": "seen to"}))
        .json(200);
    assert!(patched["waited_ms"].is_u64());
    let own_path = format!("{KEYS}/{}", text(&second["key_id"]));
    client
        .patch(&own_path, &json!({"rate": "60/m"}))
        .problem(403);
    client.patch(&own_path, &json!({"rate": "10/m"})).json(200);
    provider
        .post(&format!("{second_path}/disable"), &Value::Null)
        .json(200);
    let refused = client
        .post(&format!("{own_path}/enable"), &Value::Null)
        .problem(403);
    assert!(text(&refused["detail"]).contains("provider"), "{refused}");
    provider
        .post(&format!("{second_path}/enable"), &Value::Null)
        .json(200);

    let rotated = provider
        .post(&format!("{second_path}/rotate"), &json!({"grace": "1h"}))
        .json(201);
    provider
        .post(&format!("{second_path}/extend"), &json!({"by": "1h"}))
        .json(200);
    provider
        .post(&format!("{second_path}/finish"), &Value::Null)
        .json(200);
    assert!(rotated["waited_ms"].is_u64());
    server.get(text(&second["api_key"]), WHOAMI).problem(401);
    server.get(text(&rotated["api_key"]), WHOAMI).json(200);

    // Several at once, all or none.
    let other = provider
        .post(ALL_KEYS, &json!({"client_id": "widget_co"}))
        .json(201);
    let both = json!([rotated["key_id"], other["key_id"]]);
    let with_unknown = json!({"key_ids": [rotated["key_id"], "4fT9aXk20bQz"]});
    provider
        .post(&format!("{ALL_KEYS}/revoke"), &with_unknown)
        .problem(404);
    server.get(text(&rotated["api_key"]), WHOAMI).json(200);
    let revoked = provider
        .post(&format!("{ALL_KEYS}/revoke"), &json!({"key_ids": both}))
        .json(200);
    assert_eq!(revoked.as_object().unwrap().len(), 2, "{revoked}");
    assert_eq!(revoked["revoked"].as_array().unwrap().len(), 2);
    assert!(revoked["waited_ms"].is_u64());
    for key in [&rotated, &other] {
        server.get(text(&key["api_key"]), WHOAMI).problem(401);
    }

    // With the scope that only looks, nothing is changed.
    let reads = Client::of(&server, &reader.key);
    let listed = reads
        .get(&format!("{ALL_KEYS}?client_id=widget_co"))
        .json(200);
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
    reads.get(&path).json(200);
    for (method, path) in [
        ("POST", ALL_KEYS),
        ("PATCH", &*path),
        ("POST", &format!("{path}/revoke")),
    ] {
        let refused = reads.send(method, path, &Value::Null).problem(403);
        assert!(
            text(&refused["detail"]).contains("provider:write"),
            "{refused}"
        );
    }
    // It makes no keys like itself.
    let like_itself = json!({"client_id": "acme_corp", "scopes": ["provider:write"]});
    let refused = provider.post(ALL_KEYS, &like_itself).problem(422);
    assert_eq!(refused["errors"][0]["pointer"], "/scopes");
    for id in [&program.id, &reader.id] {
        provider.get(&format!("{ALL_KEYS}/{id}")).problem(404);
        provider
            .post(&format!("{ALL_KEYS}/{id}/revoke"), &Value::Null)
            .problem(404);
    }
}
