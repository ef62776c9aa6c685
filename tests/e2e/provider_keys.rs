//! Keys of the provider's own programs, and what a key has made.

use crate::{http::GUIDE_ENTRY, process::finished_with_input, site::Site};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, KeyMaker, NewKey, authority::ProviderAuthority};
use central_logger_keyring::Keyring;
use central_logger_keys::KeyHasher;
use central_logger_times::SystemClock;
use serde_json::{Value, json};
use std::sync::Arc;

on_both_databases! {
    a_key_of_the_provider_is_no_clients,
    keys_of_the_provider_are_issued_listed_rotated_and_revoked,
    a_key_of_the_provider_is_made_elsewhere_in_the_form_of_a_generated_one,
    commands_tell_keys_of_clients_and_of_the_provider_apart,
    what_a_leaked_key_made_is_revoked_with_it,
}

const WHOAMI: &str = "/api/v1/whoami";

/// Paths that a key of the provider may ask.
const OF_EVERYBODY: [&str; 5] = [
    WHOAMI,
    "/api/v1/sessions",
    "/api/v1/sign-in-mails",
    "/api/v1/leaks",
    "/api/v1/provider",
];

struct ProviderKey {
    id: String,
    key: String,
}

fn issue(site: &Site, arguments: &[&str]) -> ProviderKey {
    let issued = site.admin_json(&[&["provider-key", "issue"], arguments].concat());
    let text = |member: &str| issued[member].as_str().unwrap().to_owned();
    ProviderKey {
        id: text("key_id"),
        key: text("api_key"),
    }
}

/// Makes a key of a client as a request with the key `maker` does, and gives its id and itself.
fn make(site: &Site, maker: &str, client: &str) -> (String, String) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let opened = central_logger_database::open(&site.url()).await.unwrap();
        let hashes = HashPool::new(KeyHasher::new());
        let (clock, actor) = (Arc::new(SystemClock), Actor::new("a request"));
        let maker = KeyMaker::Key(maker.parse().unwrap());
        let keyring = Keyring::new(opened.keys(), hashes, clock, actor)
            .with_authority(Arc::new(ProviderAuthority { maker }));
        let new = NewKey::for_client(client.parse().unwrap());
        let issued = keyring.issue(&Default::default(), new).await.unwrap();
        keyring.everywhere().await.unwrap();
        let key = issued.api_key.expose_secret().to_owned();
        (issued.record.id.to_string(), key)
    })
}

fn a_key_of_the_provider_is_no_clients(site: &Site) {
    let all = ["--scope", "provider:read", "--scope", "provider:write"];
    let of_provider = issue(site, &all);
    let server = site.start();
    let described = server.call("GET", "/openapi.json", &[]).json(200);
    let mut asked = 0;
    for (path, methods) in described["paths"].as_object().unwrap() {
        if !path.starts_with("/api/v1/") || OF_EVERYBODY.iter().any(|open| path.starts_with(open)) {
            continue;
        }
        let path = path.replace(['{', '}'], "");
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            let headers = [
                ("X-API-Key", &*of_provider.key),
                ("Content-Type", "application/json"),
            ];
            let body = match &*method {
                "POST" | "PUT" | "PATCH" => GUIDE_ENTRY,
                _ => "",
            };
            let answer = server.send(&method, &path, &headers, body.as_bytes());
            assert_eq!(answer.status, 403, "{method} {path} {answer:?}");
            for name in ["x-client-id", "x-key-id", "x-key-scopes"] {
                assert_eq!(answer.header(name), None, "{method} {path}");
            }
            asked += 1;
        }
    }
    assert!(asked > 15, "{asked} routes were asked");
    let below = server.get(&of_provider.key, "/api/v1/verify/a/path/below");
    let detail = below.problem(403)["detail"].to_string();
    assert!(detail.contains("a key of the provider"), "{detail}");
}

fn keys_of_the_provider_are_issued_listed_rotated_and_revoked(site: &Site) {
    let issued = site.admin_json(&["provider-key", "issue", "--name", "billing"]);
    assert_eq!(issued["client_id"], Value::Null);
    assert_eq!(issued["scopes"], json!(["provider:read"]));
    let id = issued["key_id"].as_str().unwrap();
    let key = issued["api_key"].as_str().unwrap();
    let of_client = site.issue("acme_corp");

    let listed = site.admin_json(&["provider-key", "list"]);
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
    assert_eq!(listed["keys"][0]["key_id"], id);
    assert_eq!(listed["keys"][0]["name"], "billing");
    assert!(listed["keys"][0]["expires_at"].is_string());
    let of_clients = site.admin_json(&["list"]);
    assert_eq!(of_clients["keys"].as_array().unwrap().len(), 1);
    assert_eq!(of_clients["keys"][0]["key_id"], *of_client.id);
    let table = site.admin(&["provider-key", "list"]).stdout;
    assert!(
        table.contains("billing") && !table.contains(&of_client.id),
        "{table}"
    );

    let server = site.start();
    server.get(key, "/api/v1/logs").problem(403);
    let rotated = site.admin_json(&["provider-key", "rotate", id, "--grace", "0"]);
    assert_eq!(rotated["replaces"], id);
    server.get(key, "/api/v1/logs").problem(401);
    let (new_id, new_key) = (
        rotated["key_id"].as_str().unwrap(),
        rotated["api_key"].as_str().unwrap(),
    );
    server.get(new_key, "/api/v1/logs").problem(403);
    let revoked = site.admin_json(&["provider-key", "revoke", new_id, "--reason", "unused"]);
    assert_eq!(revoked["revoked"], json!([new_id]));
    assert!(revoked["waited_ms"].is_u64());
    server.get(new_key, "/api/v1/logs").problem(401);

    let people = site.admin(&["provider-key", "issue", "--allow-ip", "203.0.113.0/24"]);
    assert!(people.stdout.contains("shown only once"), "{people:?}");
    for wrong in [
        &["--scope", "logs:read"][..],
        &["--expires", "2020-01-01T00:00:00Z"],
    ] {
        let refused = site.admin(&[&["provider-key", "issue"], wrong].concat());
        refused.one_line();
        assert_eq!(refused.code, Some(1), "{refused:?}");
    }
    let refused = site.admin(&["issue", "--client", "acme_corp", "--scope", "provider:read"]);
    assert!(
        refused.stderr.contains("for keys of the provider only"),
        "{refused:?}"
    );
}

fn a_key_of_the_provider_is_made_elsewhere_in_the_form_of_a_generated_one(site: &Site) {
    let store = |key: &str| {
        let mut command = site.admin_command();
        command.args(["--json", "provider-key", "issue", "--key-stdin"]);
        finished_with_input(&mut command, key)
    };
    let generated = site.admin_json(&["generate"]);
    let key = generated["api_key"].as_str().unwrap();
    let stored = store(key);
    assert_eq!(stored.code, Some(0), "{stored:?}");
    let stored: Value = serde_json::from_str(&stored.stdout).unwrap();
    assert_eq!(stored["key_id"], generated["key_id"]);
    site.start().get(key, "/api/v1/logs").problem(403);
    for (key, code) in [
        (key, "key_exists"),
        ("made_elsewhere_0123456789", "invalid_key"),
        ("short", "invalid_key"),
        (&key[..key.len() - 1], "invalid_key"),
    ] {
        let refused = store(key);
        assert!(!refused.stderr.contains(key), "{refused:?}");
        let error: Value = serde_json::from_str(refused.one_line()).unwrap();
        assert_eq!(error["error"]["code"], code);
    }
}

fn commands_tell_keys_of_clients_and_of_the_provider_apart(site: &Site) {
    let of_provider = issue(site, &[]);
    let of_client = site.issue("acme_corp");
    let refused = site.admin(&["rotate", &of_provider.id]);
    assert!(
        refused
            .one_line()
            .contains("`provider-key` has commands for it")
    );
    for arguments in [
        &["rotate", "--finish"][..],
        &["rotate", "--extend", "1h"],
        &["disable"],
        &["enable"],
    ] {
        let (command, options) = arguments.split_first().unwrap();
        let refused = site.admin(&[&[*command, &*of_provider.id], options].concat());
        assert!(
            refused
                .one_line()
                .contains("`provider-key` has commands for it"),
            "{refused:?}"
        );
    }
    for command in ["rotate", "revoke"] {
        let refused = site.admin(&["provider-key", command, &of_client.id]);
        let says = "is a key of the client acme_corp, not of the provider";
        assert!(refused.one_line().contains(says), "{refused:?}");
    }
    for arguments in [
        &["show", &of_provider.id][..],
        &["update", &of_provider.id, "--name", "billing"],
    ] {
        let told = site.admin(arguments);
        assert!(
            told.stdout.contains("none: a key of the provider"),
            "{told:?}"
        );
    }
    // Taking access away is not refused over whose key it is.
    let revoked = site.admin(&["revoke", &of_provider.id]);
    assert!(
        revoked
            .stdout
            .starts_with("It was a key of the provider. Revoked: ")
    );
}

fn what_a_leaked_key_made_is_revoked_with_it(site: &Site) {
    let (leaked, bystander) = (site.issue("acme_corp"), site.issue("acme_corp"));
    let server = site.start();
    let (child, child_key) = make(site, &leaked.id, "acme_corp");
    let (grandchild, grandchild_key) = make(site, &child, "acme_corp");
    assert_eq!(site.admin_json(&["show", &child])["made_by"], *leaked.id);
    for key in [&leaked.key, &child_key, &grandchild_key] {
        server.post(key, GUIDE_ENTRY).json(201);
    }
    let revoked = site.admin_json(&["revoke", &leaked.id, "--with-made", "--reason", "leaked"]);
    let ids = revoked["revoked"].as_array().unwrap();
    assert_eq!(ids.len(), 3);
    for id in [&leaked.id, &child, &grandchild] {
        assert!(ids.contains(&json!(id)), "{revoked}");
    }
    for key in [&leaked.key, &child_key, &grandchild_key] {
        server.post(key, GUIDE_ENTRY).problem(401);
    }
    server.post(&bystander.key, GUIDE_ENTRY).json(201);

    let of_provider = issue(site, &["--scope", "provider:write"]);
    let (_, made) = make(site, &of_provider.id, "widget_co");
    server.post(&made, GUIDE_ENTRY).json(201);
    site.admin_json(&["provider-key", "revoke", &of_provider.id, "--with-made"]);
    server.post(&made, GUIDE_ENTRY).problem(401);
    let both = site.admin(&["revoke", "--client", "acme_corp", "--with-made"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}
