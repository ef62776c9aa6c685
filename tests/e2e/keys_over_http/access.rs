//! Who gets where, and how far.

use super::{ALL_KEYS, Client, KEYS, WHOAMI, manager, text};
use crate::site::Site;
use serde_json::{Value, json};

on_both_databases! {
    keys_of_clients_and_of_the_provider_open_their_own_doors_alone,
    the_keys_of_others_are_not_there,
    a_key_gives_no_more_than_it_has,
    the_trail_tells_who_it_was,
}

/// All routes of a client and of the provider, of a key.
fn routes(id: &str) -> Vec<(&'static str, String, Value)> {
    let mut routes = Vec::new();
    for keys in [KEYS, ALL_KEYS] {
        let one = format!("{keys}/{id}");
        routes.push(("GET", keys.to_owned(), Value::Null));
        routes.push(("POST", keys.to_owned(), json!({"name": "x"})));
        routes.push(("GET", one.clone(), Value::Null));
        routes.push(("PATCH", one.clone(), json!({"name": "x"})));
        for action in ["rotate", "finish", "disable", "enable", "revoke"] {
            routes.push(("POST", format!("{one}/{action}"), Value::Null));
        }
        routes.push(("POST", format!("{one}/extend"), json!({"by": "1h"})));
    }
    routes.push((
        "POST",
        format!("{ALL_KEYS}/revoke"),
        json!({"key_ids": [id]}),
    ));
    routes.push((
        "POST",
        "/api/v1/provider/clients/acme_corp/revoke".to_owned(),
        Value::Null,
    ));
    routes
}

fn keys_of_clients_and_of_the_provider_open_their_own_doors_alone(site: &Site) {
    let maker = manager(site, "acme_corp");
    let without = site.issue("acme_corp");
    let program = site.issue_to_provider("provider:read provider:write");
    let server = site.start();
    for (method, path, body) in routes(&without.id) {
        let call = |key: &str| Client::of(&server, key).send(method, &path, &body);
        let is_of_provider = path.contains("/provider/");
        let stranger = match is_of_provider {
            true => &maker.key,
            false => &program.key,
        };
        let refused = call(stranger);
        refused.problem(403);
        assert_eq!(refused.header("cache-control"), Some("no-store"));
        call(&without.key).problem(403);
        call("wrong_key_0123456789").problem(401);
        server.call(method, &path, &[]).problem(401);
    }
    server.get(&without.key, WHOAMI).json(200);
    let refused = Client::of(&server, &without.key).get(KEYS).problem(403);
    assert!(
        text(&refused["detail"]).contains("keys:manage"),
        "{refused}"
    );
}

fn the_keys_of_others_are_not_there(site: &Site) {
    let (acme, widget) = (manager(site, "acme_corp"), manager(site, "widget_co"));
    let server = site.start();
    let client = Client::of(&server, &acme.key);
    let absent = "4fT9aXk20bQz";
    let of_other = client
        .get(&format!("{KEYS}?cursor={}", widget.id))
        .problem(422);
    assert_eq!(
        of_other,
        client.get(&format!("{KEYS}?cursor={absent}")).problem(422)
    );
    let of_clients = |id: &str| {
        routes(id)
            .into_iter()
            .filter(|(_, path, _)| path.starts_with(KEYS) && path != KEYS)
    };
    for (of_other, of_nobody) in of_clients(&widget.id).zip(of_clients(absent)) {
        let ask = |(method, path, body): &(&str, String, Value), id: &str| {
            // Whatever version is asked for.
            let versions = [("If-Match", "\"00c0ffee00c0ffee\"")];
            let plain = client.send(method, path, body).problem(404);
            let conditional = client.send_if(method, path, body, &versions).problem(404);
            assert_eq!(plain, conditional);
            plain.to_string().replace(id, "ID")
        };
        assert_eq!(
            ask(&of_other, &widget.id),
            ask(&of_nobody, absent),
            "{of_other:?}"
        );
    }
    server.get(&widget.key, WHOAMI).json(200);
    for id in ["", "a b", "../logs", "%00"] {
        let found = client.get(&format!("{KEYS}/{}", id.replace(' ', "%20")));
        found.problem(404);
    }
}

fn a_key_gives_no_more_than_it_has(site: &Site) {
    let weak = site.issue_with(&[
        "--client",
        "acme_corp",
        "--scope",
        "logs:read",
        "--scope",
        "keys:manage",
        "--allow-ip",
        "127.0.0.0/8",
        "--rate",
        "1000/m",
        "--expires",
        "30d",
    ]);
    let strong = manager(site, "acme_corp");
    let only = site.issue_with(&["--client", "acme_corp", "--scope", "keys:manage"]);
    let server = site.start();
    let client = Client::of(&server, &weak.key);
    for (body, said) in [
        (json!({"scopes": ["logs:write"]}), "logs:write"),
        (json!({"allow_ip": ["0.0.0.0/0"]}), "127.0.0.0/8"),
        (json!({"rate": "1001/m"}), "1000/m"),
    ] {
        let refused = client.post(KEYS, &body).problem(403);
        assert!(text(&refused["detail"]).contains(said), "{refused}");
    }
    let later = client
        .post(KEYS, &json!({"expires_at": "2999-01-01T00:00:00Z"}))
        .json(201);
    let own = client.get(&format!("{KEYS}/{}", weak.id)).json(200);
    let made = client
        .get(&format!("{KEYS}/{}", text(&later["key_id"])))
        .json(200);
    for member in ["expires_at", "rate", "allow_ip"] {
        assert_eq!(made[member], own[member], "{member}");
    }
    let stronger = format!("{KEYS}/{}", strong.id);
    for (method, path, body) in [
        ("PATCH", stronger.clone(), json!({"name": "mine"})),
        ("POST", format!("{stronger}/rotate"), Value::Null),
    ] {
        let refused = client.send(method, &path, &body).problem(403);
        assert!(text(&refused["detail"]).contains("logs:write"), "{refused}");
    }
    // But what takes access away it may.
    client
        .post(&format!("{stronger}/disable"), &Value::Null)
        .json(200);
    client
        .post(&format!("{stronger}/enable"), &Value::Null)
        .problem(403);
    client
        .post(&format!("{stronger}/revoke"), &Value::Null)
        .json(200);
    let refused = Client::of(&server, &only.key)
        .post(KEYS, &Value::Null)
        .problem(422);
    assert_eq!(refused["errors"][0]["pointer"], "/scopes");
}

fn the_trail_tells_who_it_was(site: &Site) {
    let maker = manager(site, "acme_corp");
    let program = site.issue_to_provider("provider:read provider:write");
    let server = site.start();
    let client = Client::of(&server, &maker.key);
    client
        .patch(
            &format!("{KEYS}/{}", maker.id),
            &json!({"name": "the manager"}),
        )
        .json(200);
    let made = client.post(KEYS, &Value::Null).json(201);
    let path = format!("{ALL_KEYS}/{}/revoke", text(&made["key_id"]));
    Client::of(&server, &program.key)
        .post(&path, &Value::Null)
        .json(200);
    let audit = site.admin_json(&["audit"]);
    let entries = audit["entries"].as_array().unwrap();
    let [.., issued, revoked] = entries.as_slice() else {
        panic!("{audit}");
    };
    assert_eq!(
        issued["actor"],
        json!({"kind": "key", "id": maker.id, "name": "the manager"})
    );
    assert_eq!(
        revoked["actor"],
        json!({"kind": "provider_key", "id": program.id, "name": program.id})
    );
    for entry in [issued, revoked] {
        assert_eq!(
            (&entry["network"], &entry["via"]),
            (&json!("127.0.0.0/24"), &json!("http"))
        );
        assert_eq!(entry["key_id"], made["key_id"]);
    }
    assert_eq!(site.admin_json(&["audit", "--verify"])["intact"], true);
}
