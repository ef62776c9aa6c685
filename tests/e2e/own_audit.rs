//! What a client sees in its part of the audit trail of people who sign in and out.

use crate::{
    keys_over_http::{Client, KEYS, manager, text},
    sessions::{cookie, link, sign_in},
    site::Site,
};
use serde_json::{Value, json};

on_both_databases! {
    the_ends_of_sessions_are_told_with_who_ended_them,
}

const SESSIONS: &str = "/api/v1/sessions";
const SAME: (&str, &str) = ("Sec-Fetch-Site", "same-origin");

fn the_ends_of_sessions_are_told_with_who_ended_them(site: &Site) {
    let maker = manager(site, "acme_corp");
    let server = site.start();
    let client = Client::of(&server, &maker.key);
    let people = ["Alice", "Carol"].map(|name| {
        let scopes = ["--scope", "logs:read", "--scope", "keys:manage"];
        let person = [&["--client", "acme_corp", "--name", name][..], &scopes].concat();
        cookie(&sign_in(&server, &link(site, &person)))
    });
    let listed = client.get(SESSIONS).json(200);
    let ids: Vec<_> = listed["sessions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|session| text(&session["session_id"]))
        .collect();
    // A person makes a key and signs out, and a key sends the other one home.
    let alice = [("Cookie", &*people[0]), SAME];
    server.call("POST", KEYS, &alice).json(201);
    let own = format!("{SESSIONS}/{}", ids[0]);
    server.call("DELETE", &own, &alice).json(200);
    let other = format!("{SESSIONS}/{}", ids[1]);
    client.send("DELETE", &other, &Value::Null).json(200);

    let trail = client.get("/api/v1/audit").json(200);
    let entries = trail["entries"].as_array().unwrap();
    let of = |action: &str| {
        let of = entries.iter().filter(|entry| entry["action"] == action);
        of.map(|entry| (&entry["actor"], &entry["after"]))
            .collect::<Vec<_>>()
    };
    let alice = json!({"kind": "session", "id": ids[0], "name": "Alice"});
    let ended = of("sign_out");
    assert_eq!(ended.len(), 2, "{trail}");
    assert_eq!(*ended[0].0, alice);
    assert_eq!(ended[0].1["sessions"], json!([ids[0]]));
    assert_eq!(
        (&ended[1].0["kind"], &ended[1].0["id"]),
        (&json!("key"), &json!(maker.id))
    );
    assert_eq!(ended[1].1["sessions"], json!([ids[1]]));
    assert_eq!(*of("sign_in")[0].0, alice);
    assert_eq!(*of("issue").last().unwrap().0, alice);
    // Also where the page does not begin with the session.
    let last = format!("/api/v1/audit?cursor={}", entries.len() - 2);
    let page = client.get(&last).json(200);
    assert_eq!(page["entries"], json!(entries[entries.len() - 2..]));
    assert_eq!(page["entries"][0]["actor"], alice);
}
