//! Several who change keys at the same time, and several servers.

use super::{ALL_KEYS, Client, KEYS, WHOAMI, manager, text};
use crate::{process::Server, site::Site};
use serde_json::{Value, json};
use std::thread;

on_both_databases! {
    a_version_that_is_over_is_not_changed,
    of_two_rotations_at_once_one_wins,
    a_revocation_returns_when_no_server_accepts_the_key,
    a_new_key_is_shown_though_it_is_not_known_when_all_servers_go_by_it,
    a_client_is_revoked_with_all_of_its_keys,
}

fn a_version_that_is_over_is_not_changed(site: &Site) {
    let maker = manager(site, "acme_corp");
    let program = site.issue_to_provider("provider:read provider:write");
    let server = site.start();
    let (client, provider) = (
        Client::of(&server, &maker.key),
        Client::of(&server, &program.key),
    );
    let made = client.post(KEYS, &Value::Null);
    let id = text(&made.json(201)["key_id"]).to_owned();
    let first = made.header("etag").unwrap();
    let path = format!("{ALL_KEYS}/{id}");
    let renamed = provider.send_if(
        "PATCH",
        &path,
        &json!({"name": "a"}),
        &[("If-Match", first)],
    );
    renamed.json(200);
    let over = [("If-Match", first)];
    provider
        .send_if("PATCH", &path, &json!({"name": "b"}), &over)
        .problem(412);
    let own = format!("{KEYS}/{id}");
    for action in ["rotate", "disable", "enable", "revoke"] {
        client
            .send_if("POST", &format!("{own}/{action}"), &Value::Null, &over)
            .problem(412);
    }
    let with_made = json!({"with_made": true});
    client
        .send_if("POST", &format!("{own}/revoke"), &with_made, &over)
        .problem(412);
    assert_eq!(client.get(&own).json(200)["name"], "a");
    let second = renamed.header("etag").unwrap();
    let either = format!("{first}, {second}");
    let changed = client.send_if(
        "PATCH",
        &own,
        &json!({"name": "c"}),
        &[("If-Match", &either)],
    );
    changed.json(200);
    client
        .send_if("PATCH", &own, &json!({"name": "d"}), &[("If-Match", "*")])
        .json(200);
    let weak = format!("W/{second}");
    client
        .send_if("PATCH", &own, &json!({"name": "e"}), &[("If-Match", &weak)])
        .problem(412);
    // Its use alone does not change it.
    let before = client.get(&own).header("etag").unwrap().to_owned();
    server
        .get(text(&made.json(201)["api_key"]), WHOAMI)
        .json(200);
    assert_eq!(client.get(&own).header("etag"), Some(&*before));
}

fn of_two_rotations_at_once_one_wins(site: &Site) {
    let maker = manager(site, "acme_corp");
    let (first, second) = (site.start(), site.start());
    let made = Client::of(&first, &maker.key)
        .post(KEYS, &Value::Null)
        .json(201);
    let path = format!("{KEYS}/{}/rotate", text(&made["key_id"]));
    let rotate = |server: &Server| Client::of(server, &maker.key).post(&path, &Value::Null);
    let answers = thread::scope(|scope| {
        let asked = [&first, &second].map(|server| scope.spawn(move || rotate(server)));
        asked.map(|asked| asked.join().unwrap())
    });
    let mut statuses = answers.each_ref().map(|answer| answer.status);
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{answers:?}");
    let told = answers.iter().find(|answer| answer.status == 409).unwrap();
    assert_eq!(told.problem(409)["state"], "rotated");
}

fn a_revocation_returns_when_no_server_accepts_the_key(site: &Site) {
    let maker = manager(site, "acme_corp");
    let program = site.issue_to_provider("provider:read provider:write");
    let servers = [site.start(), site.start()];
    let client = Client::of(&servers[0], &maker.key);
    let provider = Client::of(&servers[1], &program.key);
    for round in 0..6 {
        let made = client.post(KEYS, &Value::Null).json(201);
        let (id, key) = (text(&made["key_id"]), text(&made["api_key"]));
        for server in &servers {
            server.get(key, WHOAMI).json(200);
        }
        let own = format!("{KEYS}/{id}");
        let answer = match round {
            0 => client.post(&format!("{own}/revoke"), &Value::Null),
            1 => client.post(&format!("{own}/disable"), &Value::Null),
            2 => client.post(&format!("{own}/rotate"), &json!({"grace": "0"})),
            3 => provider.post(
                &format!("{ALL_KEYS}/{id}/revoke"),
                &json!({"with_made": true}),
            ),
            4 => provider.post(&format!("{ALL_KEYS}/revoke"), &json!({"key_ids": [id]})),
            _ => client.patch(&own, &json!({"allow_ip": ["192.0.2.0/24"]})),
        };
        assert!(answer.status < 300, "{answer:?}");
        for server in &servers {
            let refused = server.get(key, WHOAMI).status;
            assert_eq!(refused, if round == 5 { 403 } else { 401 }, "{round}");
        }
    }
}

fn a_new_key_is_shown_though_it_is_not_known_when_all_servers_go_by_it(site: &Site) {
    let maker = manager(site, "acme_corp");
    let server = site.start();
    let client = Client::of(&server, &maker.key);
    // Keys can be read and changed, but nobody can tell which servers have applied a change.
    site.execute("ALTER TABLE server_lease RENAME TO lost_lease");
    let issued = client.post(KEYS, &Value::Null).json(201);
    let of_key = |id: &Value| format!("{KEYS}/{}", text(id));
    let rotate = |made: &Value, grace: &str| {
        let path = format!("{}/rotate", of_key(&made["key_id"]));
        client.post(&path, &json!({"grace": grace})).json(201)
    };
    let rotated = rotate(&issued, "0");
    for made in [&issued, &rotated] {
        assert_eq!(made.get("waited_ms"), Some(&Value::Null), "{made}");
    }
    server.get(text(&rotated["api_key"]), WHOAMI).json(200);
    // Nothing has to be waited for.
    let rotated = rotate(&rotated, "24h");
    assert_eq!(rotated["waited_ms"], 0, "{rotated}");
    // Nothing is lost by an error here: the change is made, and can be asked for again.
    let own = of_key(&rotated["key_id"]);
    let disable = format!("{own}/disable");
    let unconfirmed = client.post(&disable, &Value::Null).problem(503);
    assert!(
        text(&unconfirmed["detail"]).starts_with("The change is made"),
        "{unconfirmed}"
    );
    assert_eq!(client.get(&own).json(200)["status"], "disabled");
    site.execute("ALTER TABLE lost_lease RENAME TO server_lease");
    let confirmed = client.post(&disable, &Value::Null).json(200);
    assert!(confirmed["waited_ms"].is_u64(), "{confirmed}");
}

fn a_client_is_revoked_with_all_of_its_keys(site: &Site) {
    site.write(
        ".env",
        r#"API_KEYS={"static_key_0123456789": "acme_corp", "other_key_0123456789": "static_co"}"#,
    );
    let (first, second) = (site.issue("acme_corp"), manager(site, "acme_corp"));
    let other = site.issue("widget_co");
    let program = site.issue_to_provider("provider:read provider:write");
    let server = site.start();
    let provider = Client::of(&server, &program.key);
    let path = "/api/v1/provider/clients/acme_corp/revoke";
    let revoked = provider
        .post(path, &json!({"reason": "the contract has ended"}))
        .json(200);
    assert_eq!(revoked["revoked"].as_array().unwrap().len(), 2);
    assert_eq!(revoked["static_keys"], json!(["static-acme_corp"]));
    assert!(revoked["waited_ms"].is_u64() && revoked["audit"]["sequence"].is_u64());
    for key in [&first.key, &second.key] {
        server.get(key, WHOAMI).problem(401);
    }
    server.get(&other.key, WHOAMI).json(200);
    let shown = provider.get(&format!("{ALL_KEYS}/{}", first.id)).json(200);
    assert_eq!(shown["revoked_reason"], "the contract has ended");
    for unknown in ["nobody", "Not-An-Id"] {
        provider
            .post(&path.replace("acme_corp", unknown), &Value::Null)
            .problem(404);
    }
    let only_static = provider
        .post(&path.replace("acme_corp", "static_co"), &Value::Null)
        .problem(409);
    assert!(
        text(&only_static["detail"]).contains("static-static_co"),
        "{only_static}"
    );
}
