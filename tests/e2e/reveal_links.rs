//! A client gets its key by a link, and there is no key before.

use crate::{
    http::{Answer, GUIDE_ENTRY},
    process::{Server, with_input},
    sessions::WHOAMI,
    site::Site,
};
use serde_json::{Value, json};
use std::thread;

const LINKS: &str = "/api/v1/provider/reveal-links";
const PAGE: (&str, &str) = ("Accept", "text/html");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

on_both_databases! {
    a_client_gets_its_key_once,
    a_passphrase_is_asked_for,
    of_many_who_reveal_at_once_on_two_servers_one_gets_a_key,
    the_provider_makes_and_withdraws_links_over_http,
    a_repeated_request_makes_one_link,
    to_revoke_a_client_withdraws_its_links,
}

/// The path of a link.
fn path_of(made: &Value) -> String {
    let url = made["url"].as_str().unwrap();
    url[url.find("/reveal/").unwrap()..].to_owned()
}

/// Makes a link by the command line.
fn link(site: &Site, arguments: &[&str]) -> Value {
    let arguments = [&["issue", "--reveal-link"], arguments].concat();
    let made = site.admin_json(&arguments);
    assert_eq!(made.as_object().unwrap().len(), 3, "{made}");
    made
}

fn listed(site: &Site) -> Vec<Value> {
    let list = site.admin_json(&["reveal-links", "list"]);
    list["links"].as_array().unwrap().clone()
}

fn reveal(server: &Server, path: &str) -> Answer {
    server.call("POST", path, &[])
}

fn say(server: &Server, path: &str, passphrase: &str) -> Answer {
    let form = format!("passphrase={passphrase}");
    server.send("POST", path, &[FORM, PAGE], form.as_bytes())
}

#[track_caller]
fn is_sealed(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    assert_eq!(answer.header("x-robots-tag"), Some("noindex"));
}

fn keys(site: &Site) -> usize {
    let list = site.admin_json(&["list"]);
    list["keys"].as_array().unwrap().len()
}

fn a_client_gets_its_key_once(site: &Site) {
    let server = site.start_process();
    let made = link(site, &["--client", "acme_corp", "--scope", "logs:write"]);
    let (path, id) = (path_of(&made), made["id"].clone());
    assert_eq!(listed(site)[0]["state"], "waiting");
    for method in ["GET", "HEAD", "GET"] {
        let page = server.call(method, &path, &[]);
        assert_eq!(page.status, 200, "{page:?}");
        is_sealed(&page);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        let is_form = page.body.contains("<form method=\"post\">");
        assert!(is_form || method == "HEAD", "{page:?}");
        assert!(!page.body.contains("<script") && !page.body.contains("type=\"password\""));
    }
    assert_eq!(listed(site)[0]["state"], "opened");
    assert_eq!(keys(site), 0);
    for foreign in [
        ("Origin", "https://evil.example"),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        server.call("POST", &path, &[foreign]).problem(403);
    }

    let page = server.call("POST", &path, &[PAGE]);
    assert_eq!(page.status, 200, "{page:?}");
    is_sealed(&page);
    let place = page.body.find("cl_live_").unwrap();
    let key = page.body[place..].split('<').next().unwrap().to_owned();
    let stored = server.post(&key, GUIDE_ENTRY).json(201);
    assert!(stored["id"].is_string());
    let me = server.get(&key, WHOAMI).json(200);
    assert_eq!(
        (&me["client_id"], &me["scopes"]),
        (&json!("acme_corp"), &json!(["logs:write"]))
    );

    // Used, or never there: nobody is told which.
    let never = format!("/reveal/{}", "0".repeat(64));
    let texts = [&path, &never, "/reveal/x"].map(|path| {
        server.call("GET", path, &[]).problem(410);
        let gone = reveal(&server, path);
        is_sealed(&gone);
        let page = server.call("POST", path, &[PAGE]);
        assert_eq!(page.status, 410);
        (gone.problem(410)["detail"].clone(), page.body)
    });
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");

    let link = &listed(site)[0];
    assert_eq!(
        (&link["id"], &link["state"], &link["key_id"]),
        (&id, &json!("revealed"), &me["key_id"])
    );
    assert_eq!(link["revealed_from"], "127.0.0.0/24");
    let alerts = site.admin_json(&["alerts"]);
    let alert = &alerts["alerts"][0];
    assert_eq!(
        (&alert["kind"], &alert["severity"], &alert["count"]),
        (&json!("reveal_link"), &json!("critical"), &json!(2))
    );
    let refused = site.admin(&["--json", "reveal-links", "withdraw", id.as_str().unwrap()]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("link_used"), "{refused:?}");
    assert_eq!(site.admin(&["audit", "--verify"]).code, Some(0));

    // The token is in no log, and nothing of the link gives it or the key away.
    let token = path.rsplit_once('/').unwrap().1;
    server.tell_to_stop();
    let (_, log) = server.wait();
    assert!(!log.contains(token) && !log.contains(&key));
}

fn a_passphrase_is_asked_for(site: &Site) {
    let server = site.start();
    let make = || {
        let mut command = site.admin_command();
        command.args(["--json", "issue", "--reveal-link", "--client", "acme_corp"]);
        command.arg("--passphrase-stdin");
        let made = with_input(&mut command, "open sesame\n");
        path_of(&serde_json::from_str(&made).unwrap())
    };
    let path = make();
    let page = server.call("GET", &path, &[]);
    assert!(page.body.contains("name=\"passphrase\""), "{page:?}");
    reveal(&server, &path).problem(403);
    let again = say(&server, &path, "open+barley");
    assert_eq!(again.status, 403);
    is_sealed(&again);
    assert!(again.body.contains("name=\"passphrase\""), "{again:?}");
    let page = say(&server, &path, "open%20sesame");
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("cl_live_"));

    let path = make();
    for _ in 0..5 {
        assert_eq!(say(&server, &path, "guess").status, 403);
    }
    assert_eq!(say(&server, &path, "open+sesame").status, 410);
    assert_eq!(listed(site)[0]["state"], "withdrawn");
    assert_eq!(keys(site), 1);
    assert_eq!(site.admin(&["audit", "--verify"]).code, Some(0));
}

fn of_many_who_reveal_at_once_on_two_servers_one_gets_a_key(site: &Site) {
    let servers = [site.start(), site.start()];
    let path = path_of(&link(site, &["--client", "acme_corp"]));
    let answers: Vec<_> = thread::scope(|scope| {
        let sending = (0..10).map(|number| {
            let (server, path) = (&servers[number % 2], &path);
            scope.spawn(move || reveal(server, path))
        });
        let sending: Vec<_> = sending.collect();
        let sent = sending.into_iter().map(|sent| sent.join().unwrap());
        sent.collect()
    });
    let won: Vec<_> = answers.iter().filter(|one| one.status == 200).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    assert!(answers.iter().all(|one| [200, 410].contains(&one.status)));
    let key = won[0].json(200);
    assert_eq!(keys(site), 1);
    let me = servers[1].get(key["api_key"].as_str().unwrap(), WHOAMI);
    assert_eq!(me.json(200)["key_id"], key["key_id"]);
}

fn the_provider_makes_and_withdraws_links_over_http(site: &Site) {
    let writing = site.issue_to_provider("provider:read provider:write").key;
    let reading = site.issue_to_provider("provider:read").key;
    let server = site.start();
    let send = |key: &str, body: &Value| {
        let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
        server.send("POST", LINKS, &headers, body.to_string().as_bytes())
    };
    let wanted = json!({
        "client_id": "acme_corp", "name": "Acme Corp.", "scopes": ["logs:read"], "valid": "1h",
        "expires_in": "90d", "rate": "10/s", "allow_ip": ["127.0.0.0/8"], "note": "for billing",
    });
    send(&reading, &wanted).problem(403);
    for (member, value) in [
        ("valid", json!("0s")),
        ("valid", json!("31d")),
        ("passphrase", json!("")),
        ("scopes", json!(["provider:read"])),
        ("expires_at", json!("2001-01-01T00:00:00Z")),
        ("key_id", json!("4fzyo82mvyi1")),
    ] {
        let body = json!({"client_id": "acme_corp", member: value});
        send(&writing, &body).problem(422);
    }
    send(&writing, &json!({})).problem(422);

    let made = send(&writing, &wanted).json(201);
    assert_eq!(made.as_object().unwrap().len(), 3, "{made}");
    assert!(made["url"].as_str().unwrap().starts_with(&server.url));
    let path = path_of(&made);
    let key = reveal(&server, &path).json(200);
    let shown = server.get(
        &writing,
        &format!("/api/v1/provider/keys/{}", key["key_id"].as_str().unwrap()),
    );
    let shown = shown.json(200);
    for member in ["name", "scopes", "rate", "allow_ip", "note"] {
        assert_eq!(shown[member], wanted[member], "{member}");
    }
    let maker = site.admin_json(&["provider-key", "list"]);
    let maker = maker["keys"].as_array().unwrap().iter();
    let maker = maker.map(|key| &key["key_id"]).collect::<Vec<_>>();
    assert!(maker.contains(&&shown["made_by"]), "{shown}");

    let unused = send(&writing, &json!({"client_id": "widget_co"})).json(201);
    let list = server.get(&reading, LINKS).json(200);
    let states: Vec<_> = list["links"].as_array().unwrap().iter().collect();
    assert_eq!(
        states.iter().map(|link| &link["state"]).collect::<Vec<_>>(),
        ["waiting", "revealed"]
    );
    let one = server.get(&reading, &format!("{LINKS}?client_id=acme_corp"));
    assert_eq!(one.json(200)["links"].as_array().unwrap().len(), 1);
    server
        .get(&reading, &format!("{LINKS}?state=waiting"))
        .problem(422);

    let withdraw = |id: &Value| {
        let path = format!("{LINKS}/{}", id.as_str().unwrap());
        server.call("DELETE", &path, &[("X-API-Key", &writing)])
    };
    let withdrawn = withdraw(&unused["id"]).json(200);
    assert_eq!(withdrawn["state"], "withdrawn");
    assert!(withdrawn["waited_ms"].is_u64());
    withdraw(&unused["id"]).json(200);
    reveal(&server, &path_of(&unused)).problem(410);
    assert_eq!(withdraw(&made["id"]).problem(409)["state"], "revealed");
    withdraw(&json!("000000000000")).problem(404);
    withdraw(&json!("no-id-at-all")).problem(404);
}

fn a_repeated_request_makes_one_link(site: &Site) {
    let writing = site.issue_to_provider("provider:read provider:write").key;
    let servers = [site.start(), site.start()];
    let headers = [
        ("X-API-Key", &*writing),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", "one"),
    ];
    let body = json!({"client_id": "acme_corp"}).to_string();
    let first = servers[0].send("POST", LINKS, &headers, body.as_bytes());
    let first = first.json(201);
    let again = servers[1].send("POST", LINKS, &headers, body.as_bytes());
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let again = again.json(200);
    assert_eq!(
        (&again["id"], &again["state"]),
        (&first["id"], &json!("waiting"))
    );
    assert!(again["url"].is_null(), "{again}");
    let other = json!({"client_id": "widget_co"}).to_string();
    servers[1]
        .send("POST", LINKS, &headers, other.as_bytes())
        .problem(422);
    assert_eq!(listed(site).len(), 1);
}

fn to_revoke_a_client_withdraws_its_links(site: &Site) {
    site.issue("acme_corp");
    let server = site.start();
    let path = path_of(&link(site, &["--client", "acme_corp"]));
    let elsewhere = path_of(&link(site, &["--client", "widget_co"]));
    let revoked = site.admin_json(&["revoke", "--client", "acme_corp"]);
    assert_eq!(revoked["links_withdrawn"], 1);
    reveal(&server, &path).problem(410);
    reveal(&server, &elsewhere).json(200);
}

#[test]
fn without_a_console_there_are_no_links() {
    let site = Site::on_sqlite();
    let writing = site.issue_to_provider("provider:read provider:write").key;
    let path = path_of(&link(&site, &["--client", "acme_corp"]));
    site.write(".env", "LOGGER_CONSOLE=off\n");
    let server = site.start();
    for method in ["GET", "POST"] {
        server.call(method, &path, &[]).problem(404);
    }
    let headers = [
        ("X-API-Key", &*writing),
        ("Content-Type", "application/json"),
    ];
    let wanted = b"{\"client_id\":\"acme_corp\"}";
    server.send("POST", LINKS, &headers, wanted).problem(409);
    let refused = site.admin(&["--json", "issue", "--client", "acme_corp", "--reveal-link"]);
    assert!(refused.stderr.contains("invalid_link"), "{refused:?}");
}
