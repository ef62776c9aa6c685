//! What requests ask for.

use super::{ALL_KEYS, Client, KEYS, manager, text};
use crate::site::Site;
use serde_json::{Value, json};

on_both_databases! {
    what_cannot_be_understood_is_named,
    lists_have_pages_and_filters,
}

fn what_cannot_be_understood_is_named(site: &Site) {
    let maker = manager(site, "acme_corp");
    let program = site.issue_to_provider("provider:read provider:write");
    let server = site.start();
    let client = Client::of(&server, &maker.key);
    let provider = Client::of(&server, &program.key);
    let path = format!("{KEYS}/{}", maker.id);
    let long = "x".repeat(257);
    let (rotate, extend, revoke) = (
        format!("{path}/rotate"),
        format!("{path}/extend"),
        format!("{path}/revoke"),
    );
    let many: Vec<_> = (0..1001).map(|_| "4fT9aXk20bQz").collect();
    for (method, path, body, pointers) in [
        (
            "POST",
            KEYS,
            json!({"client_id": "widget_co"}),
            &["/client_id"][..],
        ),
        (
            "POST",
            KEYS,
            json!({"id": "x", "a/b~c": 1}),
            &["/a~1b~0c", "/id"],
        ),
        ("POST", KEYS, json!({"name": ""}), &["/name"]),
        ("POST", KEYS, json!({"name": "two\nlines"}), &["/name"]),
        ("POST", KEYS, json!({"name": long}), &["/name"]),
        ("POST", KEYS, json!({"name": 7}), &["/name"]),
        ("POST", KEYS, json!({"scopes": []}), &["/scopes"]),
        ("POST", KEYS, json!({"scopes": "logs:read"}), &["/scopes"]),
        (
            "POST",
            KEYS,
            json!({"scopes": ["logs:read", "logs:delete"]}),
            &["/scopes/1"],
        ),
        (
            "POST",
            KEYS,
            json!({"scopes": ["provider:read"]}),
            &["/scopes"],
        ),
        (
            "POST",
            KEYS,
            json!({"environment": "production"}),
            &["/environment"],
        ),
        (
            "POST",
            KEYS,
            json!({"expires_at": "tomorrow"}),
            &["/expires_at"],
        ),
        (
            "POST",
            KEYS,
            json!({"expires_at": "2020-01-01T00:00:00Z"}),
            &["/expires_at"],
        ),
        ("POST", KEYS, json!({"expires_in": "0d"}), &["/expires_in"]),
        (
            "POST",
            KEYS,
            json!({"expires_in": "4294967295d"}),
            &["/expires_in"],
        ),
        (
            "POST",
            KEYS,
            json!({"expires_in": "1d", "expires_at": "2100-01-01T00:00:00Z"}),
            &["/expires_in"],
        ),
        (
            "POST",
            KEYS,
            json!({"rate": "fast", "allow_ip": ["203.0.113.9/24"]}),
            &["/rate", "/allow_ip/0"],
        ),
        ("PATCH", &*path, json!({"allow_ip": [""]}), &["/allow_ip/0"]),
        ("PATCH", &*path, json!({"allow_ip": []}), &["/allow_ip"]),
        (
            "PATCH",
            &*path,
            json!({"scopes": ["logs:read"]}),
            &["/scopes"],
        ),
        ("PATCH", &*path, json!({"rate": ["1/s"]}), &["/rate"]),
        ("POST", &*rotate, json!({"grace": "-1h"}), &["/grace"]),
        (
            "POST",
            &*rotate,
            json!({"expires_at": "2020-01-01T00:00:00Z"}),
            &["/expires_at"],
        ),
        ("POST", &*extend, json!({}), &["/by"]),
        ("POST", &*extend, json!({"by": null}), &["/by"]),
        (
            "POST",
            &*revoke,
            json!({"with_made": "yes"}),
            &["/with_made"],
        ),
        ("POST", &*revoke, json!({"reason": ""}), &["/reason"]),
    ] {
        let refused = client.send(method, path, &body).problem(422);
        let errors = refused["errors"].as_array().unwrap();
        let found: Vec<_> = errors.iter().map(|error| text(&error["pointer"])).collect();
        assert_eq!(found, pointers, "{method} {path} {body}");
        assert!(errors.iter().all(|error| error["message"].is_string()));
    }
    let revoke_all = format!("{ALL_KEYS}/revoke");
    for (path, body, pointer) in [
        (ALL_KEYS, json!({}), "/client_id"),
        (ALL_KEYS, json!({"client_id": "Acme"}), "/client_id"),
        (&*revoke_all, json!({}), "/key_ids"),
        (&*revoke_all, json!({"key_ids": []}), "/key_ids"),
        (&*revoke_all, json!({"key_ids": ["a b"]}), "/key_ids/0"),
        (&*revoke_all, json!({"key_ids": many}), "/key_ids"),
    ] {
        let refused = provider.post(path, &body).problem(422);
        let [error] = &refused["errors"].as_array().unwrap()[..] else {
            panic!("{path} {body}: {refused}")
        };
        assert_eq!(error["pointer"], pointer, "{path} {body}");
    }
    for (query, field) in [
        ("?client_id=acme_corp", "client_id"),
        ("?status=asleep", "status"),
        ("?limit=0", "limit"),
        ("?limit=1001", "limit"),
        ("?limit=1&limit=1", "limit"),
        ("?due=soon", "due"),
        ("?q=", "q"),
        ("?cursor=a+b", "cursor"),
        ("?order=asc", "order"),
    ] {
        let refused = client.get(&format!("{KEYS}{query}")).problem(422);
        assert_eq!(refused["errors"][0]["field"], field, "{query}");
    }
    let key = ("X-API-Key", &*maker.key);
    let json = ("Content-Type", "application/json");
    let large = format!(r#"{{"name":"{}"}}"#, "x".repeat(129 * 1024));
    for (headers, body, status) in [
        (&[key, json][..], "{", 400),
        (&[key, json], "[]", 422),
        (&[key, json], r#"{"name":"a","name":"b"}"#, 422),
        (&[key], "{}", 415),
        (&[key, ("Content-Type", "application/x-ndjson")], "{}", 415),
        (&[key, json, ("Content-Encoding", "gzip")], "{}", 415),
        (&[key, json], &*large, 413),
    ] {
        server
            .send("POST", KEYS, headers, body.as_bytes())
            .problem(status);
    }
    let listed = client.get(KEYS).json(200);
    assert_eq!(
        listed["keys"].as_array().unwrap().len(),
        1,
        "nothing was made"
    );
}

fn lists_have_pages_and_filters(site: &Site) {
    let maker = manager(site, "acme_corp");
    let program = site.issue_to_provider("provider:read provider:write");
    site.issue("widget_co");
    let server = site.start();
    let client = Client::of(&server, &maker.key);
    let mut made = vec![maker.id.clone()];
    for name in ["Billing job", "other", "billing test"] {
        let issued = client.post(KEYS, &json!({"name": name})).json(201);
        made.push(text(&issued["key_id"]).to_owned());
    }
    client
        .post(&format!("{KEYS}/{}/disable", made[3]), &Value::Null)
        .json(200);
    let ids = |client: &Client<'_>, path: &str| {
        let page = client.get(path).json(200);
        let keys = page["keys"].as_array().unwrap().clone();
        let ids: Vec<_> = keys
            .iter()
            .map(|key| text(&key["key_id"]).to_owned())
            .collect();
        (ids, page["next_cursor"].as_str().map(str::to_owned))
    };
    let (first, cursor) = ids(&client, &format!("{KEYS}?limit=3"));
    let (rest, end) = ids(
        &client,
        &format!("{KEYS}?limit=3&cursor={}", cursor.unwrap()),
    );
    assert_eq!([first, rest].concat(), made);
    assert_eq!(end, None);
    let found = |query: &str| ids(&client, &format!("{KEYS}{query}")).0;
    assert_eq!(found("?q=BILLING"), [&*made[1], &made[3]]);
    assert_eq!(found("?q=billing&status=disabled"), [&*made[3]]);
    assert_eq!(found(&format!("?q=cl_live_{}", made[2])), [&*made[2]]);
    assert!(found("?due=90d").is_empty());
    let provider = Client::of(&server, &program.key);
    assert_eq!(
        ids(&provider, ALL_KEYS).0.len(),
        5,
        "those of the provider are none of them"
    );
    assert_eq!(
        ids(&provider, &format!("{ALL_KEYS}?client_id=widget_co"))
            .0
            .len(),
        1
    );
}
