//! Changes of keys with an idempotency key, sent again and again.

use crate::{
    http::Answer,
    keys_over_http::{ALL_KEYS, Client, KEYS, WHOAMI, has_members, manager, text},
    process::Server,
    site::Site,
};
use serde_json::{Value, json};
use std::{io::Write, thread};

on_both_databases! {
    a_repeat_makes_no_second_key_and_shows_no_secret,
    what_a_killed_server_did_not_answer_is_done_once,
    every_change_of_a_key_is_made_once,
    revocations_of_many_keys_are_repeated_without_others,
    a_name_stands_for_one_request,
    of_two_at_once_on_two_servers_one_is_done,
    what_was_refused_is_tried_again,
    a_repeat_makes_no_second_link_and_shows_no_address,
    a_repeat_begins_no_second_session_and_sets_no_cookie,
}

/// The requests that hit a server which is killed.
const KILLS: usize = 3;

impl Client<'_> {
    fn named(&self, name: &str, path: &str, body: &Value) -> Answer {
        let name = [("Idempotency-Key", name)];
        self.send_if("POST", path, body, &name)
    }

    /// The ids of all keys of the client.
    fn ids(&self) -> Vec<String> {
        let listed = self.get(KEYS).json(200);
        let keys = listed["keys"].as_array().unwrap().iter();
        keys.map(|key| text(&key["key_id"]).to_owned()).collect()
    }
}

/// The answer to a request that was not sent before.
#[track_caller]
fn first(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.header("idempotency-replayed"), None);
    answer.json(status)
}

/// The answer to a repeat.
#[track_caller]
fn repeat(answer: &Answer) -> Value {
    let found = answer.json(200);
    assert_eq!(answer.header("idempotency-replayed"), Some("true"));
    for member in ["api_key", "audit"] {
        assert!(found.get(member).is_none_or(Value::is_null), "{found}");
    }
    found
}

fn a_repeat_makes_no_second_key_and_shows_no_secret(site: &Site) {
    let maker = manager(site, "acme_corp");
    let program = site.issue_to_provider("provider:read provider:write");
    let servers = [site.start(), site.start()];
    let client = Client::of(&servers[0], &maker.key);
    for (key, all) in [(&maker.key, KEYS), (&program.key, ALL_KEYS)] {
        let [one, other] = servers.each_ref().map(|server| Client::of(server, key));
        let body = match all {
            KEYS => json!({"name": "billing job"}),
            _ => json!({"name": "billing job", "client_id": "acme_corp"}),
        };
        let made = one.named("one", all, &body);
        let issued = first(&made, 201);
        let (id, secret) = (text(&issued["key_id"]), text(&issued["api_key"]));
        let count = client.ids().len();
        for caller in [&one, &other, &one] {
            let again = caller.named("one", all, &body);
            let key = repeat(&again);
            has_members(&key, &["waited_ms"]);
            assert_eq!(key["key_id"], id);
            assert_eq!(again.header("etag"), made.header("etag"));
            assert!(!again.body.contains(secret));
        }
        let path = format!("{all}/{id}/rotate");
        let rotated = one.named("one", &path, &json!({"grace": "0"}));
        let rotated = first(&rotated, 201);
        let successor = text(&rotated["key_id"]);
        let again = other.named("one", &path, &json!({"grace": "0"}));
        let key = repeat(&again);
        assert_eq!(
            (&key["key_id"], &key["replaces"]),
            (&json!(successor), &json!(id))
        );
        assert!(!again.body.contains(text(&rotated["api_key"])));
        assert_eq!(client.ids().len(), count + 1);
        // The object is as it is now.
        let revoke = format!("{all}/{successor}/revoke");
        one.send("POST", &revoke, &Value::Null).json(200);
        let key = repeat(&one.named("one", &path, &json!({"grace": "0"})));
        assert_eq!(key["status"], "revoked");
    }
}

fn what_a_killed_server_did_not_answer_is_done_once(site: &Site) {
    let maker = manager(site, "acme_corp");
    let mut other = site.start_process();
    for round in 0..KILLS {
        let (server, name) = (other, format!("round-{round}"));
        let body = json!({"name": name});
        // The answer is lost in any case; whether the change is made is up to the server.
        lose(&server, &maker.key, &name, &body);
        server.kill();
        other = site.start_process();
        let client = Client::of(&other, &maker.key);
        let again = client.named(&name, KEYS, &body);
        let made = match again.status {
            201 => first(&again, 201),
            _ => repeat(&again),
        };
        let found = client.get(&format!("{KEYS}?q={name}")).json(200);
        assert_eq!(found["keys"].as_array().unwrap().len(), 1, "{found}");
        assert_eq!(found["keys"][0]["key_id"], made["key_id"]);
    }
    // One that was answered before the crash.
    let client = Client::of(&other, &maker.key);
    let made = first(&client.named("answered", KEYS, &Value::Null), 201);
    let count = client.ids().len();
    other.kill();
    let server = site.start_process();
    let client = Client::of(&server, &maker.key);
    let again = repeat(&client.named("answered", KEYS, &Value::Null));
    assert_eq!(again["key_id"], made["key_id"]);
    assert_eq!(client.ids().len(), count);
}

/// Sends a request and does not wait for its answer.
fn lose(server: &Server, key: &str, name: &str, body: &Value) {
    let body = body.to_string();
    let request = format!(
        "POST {KEYS} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\nIdempotency-Key: {name}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    server.connect().write_all(request.as_bytes()).unwrap();
}

fn every_change_of_a_key_is_made_once(site: &Site) {
    let maker = manager(site, "acme_corp");
    let servers = [site.start(), site.start()];
    let [client, other] = servers
        .each_ref()
        .map(|server| Client::of(server, &maker.key));
    let made = client.post(KEYS, &json!({"expires_in": "30d"})).json(201);
    let (id, key) = (text(&made["key_id"]), text(&made["api_key"]));
    let path = format!("{KEYS}/{id}");
    let call = |client: &Client<'_>, action: &str, body: &Value| {
        client.named("a", &format!("{path}/{action}"), body)
    };
    let nothing = Value::Null;
    let disabled = first(&call(&client, "disable", &nothing), 200);
    servers[1].get(key, WHOAMI).problem(401);
    let again = repeat(&call(&other, "disable", &nothing));
    has_members(&again, &["waited_ms"]);
    assert_eq!(
        (&again["status"], &disabled["status"]),
        (&json!("disabled"), &json!("disabled"))
    );
    first(&call(&client, "enable", &nothing), 200);
    // It is not disabled again.
    let again = repeat(&call(&client, "disable", &nothing));
    assert_eq!(again["status"], "active");
    servers[0].get(key, WHOAMI).json(200);
    let again = repeat(&call(&client, "enable", &nothing));
    assert_eq!(again["status"], "active");

    client
        .post(&format!("{path}/rotate"), &json!({"grace": "1h"}))
        .json(201);
    let by = json!({"by": "1h"});
    let extended = first(&call(&client, "extend", &by), 200);
    let again = repeat(&call(&other, "extend", &by));
    assert_eq!(again["grace_ends_at"], extended["grace_ends_at"]);
    first(&call(&client, "finish", &nothing), 200);
    let again = repeat(&call(&other, "finish", &nothing));
    assert_eq!(again["status"], "revoked");
    client
        .post(&format!("{path}/finish"), &nothing)
        .problem(409);

    let made = client.post(KEYS, &nothing).json(201);
    let path = format!("{KEYS}/{}/revoke", text(&made["key_id"]));
    for body in [json!({"reason": "leaked"}), json!({"with_made": true})] {
        let name = body.to_string().replace(' ', "");
        let revoked = first(&client.named(&name, &path, &body), 200);
        let again = repeat(&other.named(&name, &path, &body));
        assert_eq!(again["revoked_reason"], "leaked");
        assert_eq!(again.get("revoked"), revoked.get("revoked"));
    }
    let trail = site.admin_json(&["audit"]);
    let is_of_key = |entry: &&Value| entry["key_id"] == id;
    let entries = trail["entries"].as_array().unwrap().iter();
    let actions: Vec<_> = entries
        .filter(is_of_key)
        .map(|entry| text(&entry["action"]))
        .collect();
    assert_eq!(
        actions,
        ["issue", "disable", "enable", "rotate", "extend", "revoke"]
    );
    assert_eq!(site.admin_json(&["audit", "--verify"])["intact"], true);
}

fn revocations_of_many_keys_are_repeated_without_others(site: &Site) {
    site.write(".env", r#"API_KEYS={"static_key_0123456789": "acme_corp"}"#);
    let keys = [
        site.issue("acme_corp"),
        site.issue("acme_corp"),
        site.issue("acme_corp"),
    ];
    let program = site.issue_to_provider("provider:read provider:write");
    let servers = [site.start(), site.start()];
    let [provider, other] = servers
        .each_ref()
        .map(|server| Client::of(server, &program.key));
    let (path, body) = (
        format!("{ALL_KEYS}/revoke"),
        json!({"key_ids": [keys[0].id, keys[1].id]}),
    );
    let revoked = first(&provider.named("a", &path, &body), 200);
    assert_eq!(revoked["revoked"].as_array().unwrap().len(), 2);
    let again = repeat(&other.named("a", &path, &body));
    assert_eq!(again["revoked"], revoked["revoked"]);
    assert!(again["waited_ms"].is_u64());

    let path = "/api/v1/provider/clients/acme_corp/revoke";
    let revoked = first(&provider.named("a", path, &Value::Null), 200);
    assert_eq!(revoked["revoked"], json!([keys[2].id]));
    // A key of the client from then on is none of those.
    let later = site.issue("acme_corp");
    let again = repeat(&other.named("a", path, &Value::Null));
    for member in ["revoked", "static_keys"] {
        assert_eq!(again[member], revoked[member], "{member}");
    }
    assert!(again["waited_ms"].is_u64());
    servers[0].get(&later.key, WHOAMI).json(200);
    let revoked = first(&provider.named("b", path, &Value::Null), 200);
    assert_eq!(revoked["revoked"], json!([later.id]));
}

fn a_name_stands_for_one_request(site: &Site) {
    let (maker, second) = (manager(site, "acme_corp"), manager(site, "acme_corp"));
    let widget = manager(site, "widget_co");
    let server = site.start();
    let client = Client::of(&server, &maker.key);
    let made = first(&client.named("same", KEYS, &json!({"name": "a"})), 201);
    let count = client.ids().len();
    for body in [json!({"name": "b"}), json!({}), Value::Null] {
        let refused = client.named("same", KEYS, &body).problem(422);
        assert!(
            text(&refused["type"]).ends_with("#idempotency-key-reused"),
            "{refused}"
        );
    }
    // In quotation marks it is the same name.
    let again = repeat(&client.named("\"same\"", KEYS, &json!({"name": "a"})));
    assert_eq!(again["key_id"], made["key_id"]);
    assert_eq!(client.ids().len(), count);
    // At another route it is another name, and of another key there it is the same.
    let disable = |id: &str| format!("{KEYS}/{id}/disable");
    let id = text(&made["key_id"]);
    first(&client.named("same", &disable(id), &Value::Null), 200);
    client
        .named("same", &disable(&second.id), &Value::Null)
        .problem(422);
    first(
        &client.named("same", &format!("{KEYS}/{id}/enable"), &Value::Null),
        200,
    );
    // Others say what they like: another key of the client, and another client.
    for key in [&second.key, &widget.key] {
        let other = Client::of(&server, key);
        let others = first(&other.named("same", KEYS, &json!({"name": "a"})), 201);
        assert_ne!(others["key_id"], made["key_id"]);
    }
    let long = "k".repeat(256);
    for wrong in ["", "two words", &long] {
        client.named(wrong, KEYS, &Value::Null).problem(422);
    }
    first(&client.named(&long[1..], KEYS, &Value::Null), 201);
}

fn of_two_at_once_on_two_servers_one_is_done(site: &Site) {
    let maker = manager(site, "acme_corp");
    let servers = [site.start(), site.start()];
    let client = Client::of(&servers[0], &maker.key);
    for name in ["a", "b", "c"] {
        let made = client.post(KEYS, &Value::Null).json(201);
        let rotate = format!("{KEYS}/{}/rotate", text(&made["key_id"]));
        for path in [KEYS, &rotate] {
            let before = client.ids().len();
            let answers = thread::scope(|scope| {
                let ask = |server| Client::of(server, &maker.key).named(name, path, &Value::Null);
                let asked = servers
                    .each_ref()
                    .map(|server| scope.spawn(move || ask(server)));
                asked.map(|asked| asked.join().unwrap())
            });
            let of_status = |status| answers.iter().find(|answer| answer.status == status);
            let (done, again) = (of_status(201).unwrap(), of_status(200).unwrap());
            assert_eq!(first(done, 201)["key_id"], repeat(again)["key_id"]);
            assert_eq!(client.ids().len(), before + 1);
        }
    }
}

fn what_was_refused_is_tried_again(site: &Site) {
    let maker = manager(site, "acme_corp");
    let program = site.issue_to_provider("provider:read provider:write");
    let server = site.start();
    let client = Client::of(&server, &maker.key);
    let beyond = json!({"scopes": ["orders:read"]});
    for (body, status) in [(beyond, 403), (json!({"name": 7}), 422)] {
        client.named("a", KEYS, &body).problem(status);
    }
    let made = first(&client.named("a", KEYS, &Value::Null), 201);
    let path = format!("{KEYS}/{}", text(&made["key_id"]));
    client
        .post(&format!("{path}/disable"), &Value::Null)
        .json(200);
    let rotate = format!("{path}/rotate");
    client.named("a", &rotate, &Value::Null).problem(409);
    client
        .post(&format!("{path}/enable"), &Value::Null)
        .json(200);
    first(&client.named("a", &rotate, &Value::Null), 201);
    let over = [
        ("Idempotency-Key", "b"),
        ("If-Match", "\"00c0ffee00c0ffee\""),
    ];
    let disable = format!("{path}/disable");
    client
        .send_if("POST", &disable, &Value::Null, &over)
        .problem(412);
    first(&client.named("b", &disable, &Value::Null), 200);
    // The version that it had then is no reason to refuse a repeat.
    repeat(&client.send_if("POST", &disable, &Value::Null, &over));
    let provider = Client::of(&server, &program.key);
    let nobody = "/api/v1/provider/clients/nobody/revoke";
    provider.named("a", nobody, &Value::Null).problem(404);
    provider
        .named("a", nobody, &json!({"reason": "none"}))
        .problem(404);
}

const LINKS: &str = "/api/v1/provider/sign-in-links";
const SESSIONS: &str = "/api/v1/sessions";

fn a_repeat_makes_no_second_link_and_shows_no_address(site: &Site) {
    let program = site.issue_to_provider("provider:read provider:write");
    let servers = [site.start(), site.start()];
    let [one, other] = servers
        .each_ref()
        .map(|server| Client::of(server, &program.key));
    let body = json!({"client_id": "acme_corp", "name": "Alice", "valid": "1h"});
    let made = first(&one.named("link", LINKS, &body), 201);
    assert!(text(&made["url"]).contains("/sign-in/"));
    for caller in [&one, &other] {
        let again = repeat(&caller.named("link", LINKS, &body));
        assert_eq!(again.get("url"), None, "{again}");
        let end = |link: &Value| {
            let end = text(&link["expires_at"]);
            end.parse::<central_logger_times::Timestamp>().unwrap()
        };
        let apart = end(&again).get() - end(&made).get();
        assert!(apart.unsigned_abs().as_secs() < 2, "{again} {made}");
    }
    let another = json!({"client_id": "acme_corp", "name": "Bob"});
    one.named("link", LINKS, &another).problem(422);
    // What was refused is not remembered.
    let wrong = json!({"client_id": "acme_corp", "scopes": ["provider:read"]});
    one.named("wrong", LINKS, &wrong).problem(422);
    first(&one.named("wrong", LINKS, &body), 201);
    // Of many at once, one makes the link.
    let answers = thread::scope(|scope| {
        let asked = (0..8).map(|number| {
            let (caller, body) = ([&one, &other][number % 2], &body);
            scope.spawn(move || caller.named("at-once", LINKS, body))
        });
        let asked: Vec<_> = asked.collect();
        let answers = asked.into_iter().map(|asked| asked.join().unwrap());
        answers.collect::<Vec<_>>()
    });
    let shown = answers.iter().filter(|answer| answer.status == 201);
    assert_eq!(shown.count(), 1);
    assert!(answers.iter().all(|answer| answer.status < 300));
}

fn a_repeat_begins_no_second_session_and_sets_no_cookie(site: &Site) {
    let maker = manager(site, "acme_corp");
    let servers = [site.start(), site.start()];
    let [one, other] = servers
        .each_ref()
        .map(|server| Client::of(server, &maker.key));
    let begun = one.named("session", SESSIONS, &Value::Null);
    assert!(begun.header("set-cookie").is_some());
    let session = first(&begun, 201);
    for caller in [&one, &other] {
        let again = caller.named("session", SESSIONS, &Value::Null);
        assert_eq!(again.header("set-cookie"), None);
        assert_eq!(repeat(&again)["session_id"], session["session_id"]);
    }
    let listed = one.get(SESSIONS).json(200);
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 1);
    let path = format!("{SESSIONS}/{}", text(&session["session_id"]));
    one.send("DELETE", &path, &Value::Null).json(200);
    other.named("session", SESSIONS, &Value::Null).problem(410);
    let anew = other.named("another", SESSIONS, &Value::Null);
    assert!(anew.header("set-cookie").is_some());
    first(&anew, 201);
}
