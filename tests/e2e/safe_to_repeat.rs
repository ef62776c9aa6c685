//! Calls that may be repeated without an idempotency key, and take one as others do.

use crate::{
    http::Answer,
    keys_over_http::{Client, WHOAMI, manager, text},
    site::Site,
};
use serde_json::{Value, json};

on_both_databases! {
    what_is_safe_to_repeat_takes_a_name_too,
}

fn named(client: &Client<'_>, name: &str, path: &str, body: &Value) -> Answer {
    client.send_if("POST", path, body, &[("Idempotency-Key", name)])
}

fn what_is_safe_to_repeat_takes_a_name_too(site: &Site) {
    let (maker, leaked) = (manager(site, "acme_corp"), site.issue("acme_corp"));
    let program = site.issue_to_provider("provider:read provider:write");
    let servers = [site.start(), site.start()];
    let providers = servers
        .each_ref()
        .map(|server| Client::of(server, &program.key));
    let clients = servers
        .each_ref()
        .map(|server| Client::of(server, &maker.key));
    let twice = |callers: &[Client<'_>; 2], path: &str, body: &Value| {
        let answers = callers
            .each_ref()
            .map(|caller| named(caller, "same", path, body).json(200));
        assert_eq!(answers[0], answers[1], "{path}");
        named(&callers[0], "two words", path, body).problem(422);
    };
    let report = json!([{"token": leaked.key, "url": "https://x", "source": "commit"}]);
    twice(&providers, "/api/v1/leaks", &report);
    servers[1].get(&leaked.key, WHOAMI).problem(401);
    let listed = clients[0].get("/api/v1/alerts").json(200);
    let mut alerts = listed["alerts"].as_array().unwrap().iter();
    let alert = alerts.find(|alert| alert["kind"] == "leaked_key").unwrap();
    let id = text(&alert["id"]);
    let nothing = Value::Null;
    let acknowledge = format!("/api/v1/alerts/{id}/acknowledge");
    twice(&clients, &acknowledge, &nothing);
    let acknowledge = format!("/api/v1/provider/alerts/{id}/acknowledge");
    twice(&providers, &acknowledge, &nothing);
    twice(&providers, "/api/v1/provider/audit/verify", &nothing);
    let sample = json!({"sample": {"message": "done"}});
    named(&clients[0], "two words", "/api/v1/intake/try", &sample).problem(422);
    let mail = json!({"mail": "ops@acme.example"});
    named(&clients[0], "two words", "/api/v1/sign-in-mails", &mail).problem(422);
}
