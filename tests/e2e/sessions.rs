//! People sign in by a link, and are in a session until it ends.

use crate::{
    http::{Answer, GUIDE_ENTRY},
    process::Server,
    site::Site,
};
use serde_json::{Value, json};
use std::thread;

pub(crate) const WHOAMI: &str = "/api/v1/whoami";
pub(crate) const LOGS: &str = "/api/v1/logs";
const KEYS: &str = "/api/v1/keys";
const SAME: (&str, &str) = ("Sec-Fetch-Site", "same-origin");
const JSON: (&str, &str) = ("Content-Type", "application/json");

on_both_databases! {
    a_person_signs_in_by_a_link_once,
    one_of_many_who_use_a_link_at_once_is_signed_in,
    a_key_is_exchanged_for_a_session,
    a_change_needs_a_page_of_this_server,
    a_cookie_is_nothing_beside_a_key_and_to_a_gateway,
    the_provider_makes_links_and_ends_sessions_over_http,
    what_a_person_made_is_revoked_with_the_key_of_the_link,
    a_key_says_which_key_or_that_the_provider_made_it,
}

/// The path of a link.
fn path_of(url: &str) -> String {
    let place = url.find("/sign-in/").unwrap();
    url[place..].to_owned()
}

/// Makes a link by the command line.
pub(crate) fn link(site: &Site, arguments: &[&str]) -> String {
    let made = site.admin_json(&[&["sign-in-link"], arguments].concat());
    assert_eq!(made.as_object().unwrap().len(), 2, "{made}");
    assert!(made["expires_at"].is_string());
    path_of(made["url"].as_str().unwrap())
}

pub(crate) fn sign_in(server: &Server, path: &str) -> Answer {
    server.call("POST", path, &[])
}

/// The cookie that an answer sets, as a browser sends it back.
#[track_caller]
pub(crate) fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").expect("a cookie is set");
    for attribute in ["Path=/", "HttpOnly", "SameSite=Strict"] {
        assert!(set.contains(attribute), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

/// Signs somebody in.
fn signed_in(site: &Site, server: &Server, arguments: &[&str]) -> String {
    cookie(&sign_in(server, &link(site, arguments)))
}

pub(crate) fn under(server: &Server, cookie: &str, path: &str) -> Answer {
    server.call("GET", path, &[("Cookie", cookie)])
}

fn a_person_signs_in_by_a_link_once(site: &Site) {
    let key = site.issue("acme_corp");
    let server = site.start_process();
    server.post(&key.key, GUIDE_ENTRY).json(201);
    let path = link(site, &["--client", "acme_corp", "--name", "Alice"]);
    // A look at it uses nothing up.
    for method in ["GET", "HEAD", "GET"] {
        let page = server.call(method, &path, &[]);
        assert_eq!(page.status, 200, "{page:?}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(
            !policy.contains("script") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(page.header("set-cookie").is_none());
        let is_form = page.body.contains("<form method=\"post\">");
        assert!(is_form || method == "HEAD", "{page:?}");
        assert!(!page.body.contains("<script"));
    }
    for foreign in [
        &[("Origin", "https://evil.example")][..],
        &[("Origin", "null")],
        &[("Sec-Fetch-Site", "cross-site")],
    ] {
        server.call("POST", &path, foreign).problem(403);
    }
    let page = [("Origin", "null"), SAME];
    let answer = server.call("POST", &path, &page);
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/console"))
    );
    let cookie = cookie(&answer);
    let port = server.address().rsplit_once(':').unwrap().1;
    assert!(
        cookie.starts_with(&format!("central_logger_session_{port}=")),
        "{cookie}"
    );

    let me = under(&server, &cookie, WHOAMI);
    assert_eq!(me.header("vary"), Some("X-API-Key, Authorization, Cookie"));
    let me = me.json(200);
    assert_eq!(
        (&me["kind"], &me["client_id"]),
        (&json!("session"), &json!("acme_corp"))
    );
    assert_eq!(
        (&me["name"], &me["key_id"]),
        (&json!("Alice"), &Value::Null)
    );
    assert_eq!(me["scopes"], json!(["logs:read"]));
    let logs = under(&server, &cookie, LOGS).json(200);
    assert_eq!(logs["logs"].as_array().unwrap().len(), 1);
    under(&server, &cookie, "/api/v1/usage").problem(403);
    let changing = [("Cookie", &*cookie), SAME, JSON];
    server
        .send("POST", LOGS, &changing, GUIDE_ENTRY.as_bytes())
        .problem(403);

    // Used, or never there: nobody is told which.
    let never = format!("/sign-in/{}", "0".repeat(64));
    let texts = [&path, &never, "/sign-in/x"].map(|path| {
        server.call("GET", path, &[]).problem(410);
        let page = server.call("POST", path, &[("Accept", "text/html,*/*")]);
        assert_eq!(page.status, 410);
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        (
            sign_in(&server, path).problem(410)["detail"].clone(),
            page.body,
        )
    });
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");

    let listed = site.admin_json(&["sessions", "list", "--client", "acme_corp"]);
    let listed = listed["sessions"].as_array().unwrap();
    assert_eq!((listed.len(), &listed[0]["name"]), (1, &json!("Alice")));
    let id = listed[0]["session_id"].as_str().unwrap();
    assert_eq!(me["session_id"], id);
    let ended = site.admin_json(&["sessions", "end", id]);
    assert_eq!(ended["ended"], json!([id]));
    under(&server, &cookie, LOGS).problem(401);

    let trail = site.admin_json(&["audit"]);
    let actions: Vec<_> = trail["entries"].as_array().unwrap().iter().collect();
    let named = |action: &str| {
        let found = actions.iter().find(|entry| entry["action"] == action);
        found.unwrap_or_else(|| panic!("{action} is in {trail}"))
    };
    assert_eq!(named("link")["actor"]["kind"], "host");
    let signed_in = named("sign_in");
    assert_eq!(
        signed_in["actor"],
        json!({"kind": "session", "id": id, "name": "Alice"})
    );
    assert_eq!(
        (&signed_in["network"], &signed_in["via"]),
        (&json!("127.0.0.0/24"), &json!("http"))
    );
    assert_eq!(named("sign_out")["client_id"], "acme_corp");
    assert_eq!(site.admin(&["audit", "--verify"]).code, Some(0));

    // Neither token is in the log.
    let (in_url, in_cookie) = (
        path.rsplit_once('/').unwrap().1,
        cookie.split_once('=').unwrap().1,
    );
    server.tell_to_stop();
    let (_, log) = server.wait();
    assert!(!log.contains(in_url) && !log.contains(in_cookie));
}

fn one_of_many_who_use_a_link_at_once_is_signed_in(site: &Site) {
    site.issue("acme_corp");
    let servers = [site.start(), site.start()];
    let path = link(site, &["--client", "acme_corp"]);
    let statuses: Vec<_> = thread::scope(|scope| {
        let sending = (0..10).map(|number| {
            let (server, path) = (&servers[number % 2], &path);
            scope.spawn(move || sign_in(server, path).status)
        });
        let sending: Vec<_> = sending.collect();
        sending
            .into_iter()
            .map(|sent| sent.join().unwrap())
            .collect()
    });
    let won = statuses.iter().filter(|status| **status == 303).count();
    assert_eq!(won, 1, "{statuses:?}");
    assert!(
        statuses.iter().all(|status| [303, 410].contains(status)),
        "{statuses:?}"
    );
    let listed = site.admin_json(&["sessions", "list"]);
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 1);
}

fn a_key_is_exchanged_for_a_session(site: &Site) {
    let (key, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = site.start();
    let by_key = [("X-API-Key", &*key.key)];
    let begun = server.call("POST", "/api/v1/sessions", &by_key);
    let cookie = cookie(&begun);
    let session = begun.json(201);
    let id = session["session_id"].as_str().unwrap();
    assert_eq!(
        (&session["key_id"], &session["client_id"]),
        (&json!(key.id), &json!("acme_corp"))
    );
    let location = begun.header("location").unwrap().to_owned();
    assert_eq!(location, format!("/api/v1/sessions/{id}"));
    server
        .send(
            "POST",
            "/api/v1/sessions",
            &[by_key[0], JSON],
            b"{\"scopes\":[]}",
        )
        .problem(422);

    let changing = [("Cookie", &*cookie), SAME, JSON];
    let stored = server
        .send("POST", LOGS, &changing, GUIDE_ENTRY.as_bytes())
        .json(201);
    assert_eq!(
        stored["client_id"].as_str().unwrap_or("acme_corp"),
        "acme_corp"
    );
    let me = under(&server, &cookie, WHOAMI).json(200);
    assert_eq!(
        (&me["kind"], &me["key_id"]),
        (&json!("session"), &json!(key.id))
    );

    let own = under(&server, &cookie, "/api/v1/sessions").json(200);
    assert_eq!(own, server.get(&key.key, "/api/v1/sessions").json(200));
    assert_eq!(own["sessions"][0]["session_id"], id);
    let others = server.get(&other.key, "/api/v1/sessions").json(200);
    assert_eq!(others["sessions"], json!([]));
    server
        .call("DELETE", &location, &[("X-API-Key", &other.key)])
        .problem(404);
    // A session does not beget another.
    server
        .call("POST", "/api/v1/sessions", &changing[..2])
        .problem(401);
    let ended = server.call("DELETE", &location, &changing[..2]);
    assert!(ended.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(ended.json(200), json!({"ended": [id], "waited_ms": 0}));
    under(&server, &cookie, WHOAMI).problem(401);
    server.call("DELETE", &location, &by_key).problem(404);
}

fn a_change_needs_a_page_of_this_server(site: &Site) {
    site.issue("acme_corp");
    let server = site.start();
    let scopes = ["--client", "acme_corp", "--scope", "logs:write"];
    let cookie = signed_in(site, &server, &scopes);
    let send = |headers: &[(&str, &str)]| {
        let headers = [&[("Cookie", &*cookie)], headers].concat();
        server
            .send("POST", LOGS, &headers, GUIDE_ENTRY.as_bytes())
            .status
    };
    let origin = server.url.clone();
    assert_eq!(send(&[SAME, JSON]), 201);
    assert_eq!(send(&[("Origin", &origin), JSON]), 201);
    for refused in [
        &[JSON][..],
        &[("Origin", "http://evil.example"), JSON],
        &[("Origin", "null"), JSON],
        &[("Sec-Fetch-Site", "same-site"), JSON],
        &[SAME, ("Content-Type", "text/plain")],
        &[SAME, ("Content-Type", "application/x-ndjson")],
    ] {
        assert_eq!(send(refused), 403, "{refused:?}");
    }
}

fn a_cookie_is_nothing_beside_a_key_and_to_a_gateway(site: &Site) {
    let (_, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = site.start();
    let cookie = signed_in(site, &server, &["--client", "acme_corp"]);
    let with = |key: &str| server.call("GET", WHOAMI, &[("Cookie", &cookie), ("X-API-Key", key)]);
    assert_eq!(with(&other.key).json(200)["client_id"], "widget_co");
    with("no_key_of_anybody_0123").problem(401);
    let token = cookie.split_once('=').unwrap().1;
    server.get(token, WHOAMI).problem(401);
    let bearer = format!("Bearer {token}");
    server
        .call("GET", WHOAMI, &[("Authorization", &bearer)])
        .problem(401);
    under(&server, &cookie, "/api/v1/verify").problem(401);
    let provider = site.issue_to_provider("provider:read");
    server.get(&provider.key, "/api/v1/verify").problem(403);
    let me = server.get(&provider.key, WHOAMI).json(200);
    assert_eq!(
        (&me["kind"], &me["client_id"]),
        (&json!("provider"), &Value::Null)
    );
}

fn the_provider_makes_links_and_ends_sessions_over_http(site: &Site) {
    let client = site.issue("acme_corp");
    let writer = site.issue_to_provider("provider:write");
    let reader = site.issue_to_provider("provider:read");
    let server = site.start();
    let make = |key: &str, body: Value| {
        let headers = [("X-API-Key", key), JSON];
        let path = "/api/v1/provider/sign-in-links";
        server.send("POST", path, &headers, body.to_string().as_bytes())
    };
    let of_acme =
        json!({"client_id": "acme_corp", "name": "Alice", "scopes": ["logs:read"], "valid": "5m"});
    make(&client.key, of_acme.clone()).problem(403);
    make(&reader.key, of_acme.clone()).problem(403);
    for (wrong, pointers) in [
        (json!({}), &["/client_id"][..]),
        (json!({"provider": false}), &["/client_id"]),
        (
            json!({"client_id": "acme_corp", "provider": true}),
            &["/client_id"],
        ),
        (json!({"client_id": "Acme"}), &["/client_id"]),
        (
            json!({"client_id": "acme_corp", "scopes": ["provider:read"]}),
            &["/scopes"],
        ),
        (
            json!({"client_id": "acme_corp", "scopes": []}),
            &["/scopes"],
        ),
        (
            json!({"client_id": "acme_corp", "valid": "2d"}),
            &["/valid"],
        ),
        (json!({"client_id": "acme_corp", "name": ""}), &["/name"]),
        (json!({"client_id": "acme_corp", "mail": "x"}), &["/mail"]),
        (
            json!({"scopes": ["logs:read", "logs:delete"], "mail": "x"}),
            &["/client_id", "/scopes/1", "/mail"],
        ),
    ] {
        let refused = make(&writer.key, wrong.clone()).problem(422);
        let errors = refused["errors"].as_array().unwrap().iter();
        let found: Vec<_> = errors
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(found, pointers, "{wrong}");
    }
    make(
        &writer.key,
        json!({"provider": true, "scopes": ["provider:read"]}),
    )
    .problem(403);
    let made = make(&writer.key, of_acme.clone()).json(201);
    let url = made["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("{}/sign-in/", server.url)),
        "{url}"
    );
    let alice = cookie(&sign_in(&server, &path_of(url)));
    under(&server, &alice, LOGS).json(200);
    // Nothing of the provider's is open to her.
    under(&server, &alice, "/api/v1/provider/sessions").problem(401);

    let made = make(
        &writer.key,
        json!({"provider": true, "scopes": ["provider:write"]}),
    )
    .json(201);
    let bob = cookie(&sign_in(&server, &path_of(made["url"].as_str().unwrap())));
    assert!(bob.starts_with("central_logger_provider_session_"), "{bob}");
    assert_eq!(under(&server, &bob, WHOAMI).json(200)["kind"], "provider");
    under(&server, &bob, LOGS).problem(401);
    let list = |query: &str| {
        let listed = server.get(&reader.key, &format!("/api/v1/provider/sessions{query}"));
        listed.json(200)["sessions"].as_array().unwrap().clone()
    };
    assert_eq!((list("").len(), list("?client_id=acme_corp").len()), (2, 1));
    assert!(list("?client_id=widget_co").is_empty());
    for (query, field) in [
        ("of=acme", "of"),
        ("client_id=Acme", "client_id"),
        ("client_id=acme_corp&client_id=widget_co", "client_id"),
    ] {
        let path = format!("/api/v1/provider/sessions?{query}");
        let refused = server.get(&reader.key, &path).problem(422);
        assert_eq!(refused["errors"][0]["field"], field, "{query}");
    }
    let id = list("?client_id=acme_corp")[0]["session_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/v1/provider/sessions/{id}");
    server
        .call("DELETE", &path, &[("X-API-Key", &reader.key)])
        .problem(403);
    server
        .call("DELETE", &path, &[("Cookie", &bob)])
        .problem(403);
    server
        .call("DELETE", &path, &[("Cookie", &bob), SAME])
        .json(200);
    under(&server, &alice, LOGS).problem(401);

    // All that came from the key ends with it.
    let unused = make(&writer.key, of_acme).json(201);
    site.admin_json(&["revoke", &writer.id, "--yes"]);
    under(&server, &bob, WHOAMI).problem(401);
    sign_in(&server, &path_of(unused["url"].as_str().unwrap())).problem(410);
}

/// Makes a key as a person, and gives its id and itself.
#[track_caller]
fn made_by(server: &Server, cookie: &str, path: &str, new: &Value) -> (String, String) {
    let headers = [("Cookie", cookie), SAME, JSON];
    let made = server.send("POST", path, &headers, new.to_string().as_bytes());
    let made = made.json(201);
    let text = |member: &str| made[member].as_str().unwrap().to_owned();
    (text("key_id"), text("api_key"))
}

fn what_a_person_made_is_revoked_with_the_key_of_the_link(site: &Site) {
    let bystander = site.issue("acme_corp");
    let leaked = site.issue_to_provider("provider:write");
    let server = site.start();
    let wanted = json!({"client_id": "acme_corp", "scopes": ["logs:write", "keys:manage"]});
    let by_leaked = [("X-API-Key", &*leaked.key), JSON];
    let link = server.send(
        "POST",
        "/api/v1/provider/sign-in-links",
        &by_leaked,
        wanted.to_string().as_bytes(),
    );
    let link = path_of(link.json(201)["url"].as_str().unwrap());
    let alice = cookie(&sign_in(&server, &link));
    let with_all = json!({"scopes": ["logs:write", "keys:manage"]});
    let (id, key) = made_by(&server, &alice, KEYS, &with_all);
    // With the key that she keeps, somebody makes another.
    let by_key = [("X-API-Key", &*key), JSON];
    let second = server.send("POST", KEYS, &by_key, b"{}").json(201);
    let second = second["api_key"].as_str().unwrap();
    for key in [&*key, second] {
        server.post(key, GUIDE_ENTRY).json(201);
    }
    assert_eq!(site.admin_json(&["show", &id])["made_by"], *leaked.id);
    let shown = under(&server, &alice, &format!("{KEYS}/{id}")).json(200);
    assert_eq!(shown["made_by"], "provider");

    let revoked = site.admin_json(&["revoke", &leaked.id, "--with-made", "--yes"]);
    assert_eq!(revoked["revoked"].as_array().unwrap().len(), 3, "{revoked}");
    under(&server, &alice, WHOAMI).problem(401);
    for key in [&*key, second] {
        server.post(key, GUIDE_ENTRY).problem(401);
    }
    server.post(&bystander.key, GUIDE_ENTRY).json(201);
}

fn a_key_says_which_key_or_that_the_provider_made_it(site: &Site) {
    let scopes = ["--scope", "logs:write", "--scope", "keys:manage"];
    let of_acme = [&["--client", "acme_corp"][..], &scopes].concat();
    let manager = site.issue_with(&of_acme);
    let server = site.start();
    let maker = |id: &str| site.admin_json(&["show", id])["made_by"].clone();

    let begun = server.call("POST", "/api/v1/sessions", &[("X-API-Key", &manager.key)]);
    let (by_session, _) = made_by(&server, &cookie(&begun), KEYS, &json!({}));
    assert_eq!(maker(&by_session), *manager.id);

    let alice = signed_in(site, &server, &of_acme);
    let (by_alice, _) = made_by(&server, &alice, KEYS, &json!({}));
    assert_eq!(maker(&by_alice), "provider");
    for id in [&by_session, &by_alice] {
        let shown = server.get(&manager.key, &format!("{KEYS}/{id}")).json(200);
        assert_eq!(shown["made_by"], maker(id));
    }

    let bob = signed_in(site, &server, &["--provider", "--scope", "provider:write"]);
    let new = json!({"client_id": "acme_corp"});
    let (by_bob, _) = made_by(&server, &bob, "/api/v1/provider/keys", &new);
    assert_eq!(maker(&by_bob), "provider");
    let listed = server.get(&manager.key, KEYS).json(200);
    let makers = listed["keys"].as_array().unwrap().iter();
    let makers: Vec<_> = makers.map(|key| key["made_by"].as_str().unwrap()).collect();
    assert_eq!(makers.len(), 4);
    assert!(
        makers
            .iter()
            .all(|maker| [&*manager.id, "provider"].contains(maker)),
        "{makers:?}"
    );
}
