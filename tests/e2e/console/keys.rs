//! Keys as people manage them.

use super::browser::{Browser, FORM, SAME, form_token};
use crate::{
    process::{PATIENCE, Server},
    site::{Issued, Site},
};
use std::{thread, time::Instant};

on_both_databases! {
    a_key_is_issued_once_however_often_its_form_is_sent,
    a_key_is_rotated_watched_and_finished,
    a_key_is_disabled_enabled_and_revoked_by_its_id,
    usage_and_alerts_are_shown,
}

fn manager(site: &Site, client: &str) -> Issued {
    let all = ["logs:write", "logs:read", "keys:manage"];
    let scopes = all.iter().flat_map(|scope| ["--scope", *scope]);
    let arguments: Vec<_> = ["--client", client].into_iter().chain(scopes).collect();
    site.issue_with(&arguments)
}

/// Each client of the guide is there, and configured for this server and this key.
fn shows_each_shipper(server: &Server, page: &str, api_key: &str) {
    let guide = include_str!("../../../docs/shippers.md");
    let (_, clients) = guide.split_once("\n## Clients\n").unwrap();
    let (clients, _) = clients.split_once("\n## ").unwrap();
    let titles = clients.lines().filter_map(|line| line.strip_prefix("### "));
    let titles: Vec<_> = titles.collect();
    assert!(titles.len() > 10, "{titles:?}");
    for title in titles {
        assert!(
            page.contains(&format!("<summary>{title}</summary>")),
            "{title}"
        );
    }
    let (host, port) = server.address().rsplit_once(':').unwrap();
    for part in [
        format!("OTEL_EXPORTER_OTLP_ENDPOINT=http://{host}:{port}\n"),
        format!("URL=http://any:{api_key}@{host}:{port}\n"),
        format!("server=&quot;{host}&quot; serverport=&quot;{port}&quot; usehttps=&quot;off&quot;"),
        format!("http://{host}:{port}/elastic"),
        format!("port={port}, token=&quot;{api_key}&quot;"),
        format!("Authorization: Splunk {api_key}"),
    ] {
        assert!(page.contains(&part), "{part} in {page}");
    }
    for example in ["logs.example.com", "&quot;KEY&quot;", "=KEY"] {
        assert!(!page.contains(example), "{example} in {page}");
    }
}

/// What stands in the first element with this id.
fn shown<'p>(page: &'p str, id: &str) -> &'p str {
    let place = format!("id=\"{id}\">");
    page.split(&place)
        .nth(1)
        .unwrap_or_else(|| panic!("{id} in {page}"))
        .split('<')
        .next()
        .unwrap()
}

fn hidden(page: &str, name: &str) -> String {
    let place = format!("name=\"{name}\" value=\"");
    page.split(&place)
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned()
}

fn a_key_is_issued_once_however_often_its_form_is_sent(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    let browser = Browser::with_key(&server, &key.key);
    let form = browser.open("/console/keys/new");
    let (token, request) = (form_token(&form), hidden(&form, "request"));
    let fields = [
        ("form_token", &*token),
        ("request", &request),
        ("name", "billing job"),
        ("scopes", "logs:write"),
        ("scopes", "logs:read"),
        ("expires_in", "30d"),
        ("environment", "test"),
        ("allow_ip", "127.0.0.0/8, ::1"),
        ("rate", ""),
        ("note", ""),
    ];
    let made = browser.send("/console/keys/new", &[SAME, FORM], &fields);
    assert_eq!(made.status, 200, "{made:?}");
    let api_key = shown(&made.body, "api-key").to_owned();
    assert!(api_key.contains("_test_"), "{api_key}");
    for part in [
        "LOGGER_API_KEY=",
        "central-logger-send run",
        "OTEL_EXPORTER_OTLP",
    ] {
        assert!(made.body.contains(part), "{part}");
    }
    shows_each_shipper(&server, &made.body, &api_key);
    let me = server.get(&api_key, "/api/v1/whoami").json(200);
    assert_eq!(me["scopes"], serde_json::json!(["logs:write", "logs:read"]));
    let again = browser.send("/console/keys/new", &[SAME, FORM], &fields);
    assert_eq!(again.status, 200);
    assert!(again.body.contains("No other key was made.") && !again.body.contains(&api_key));
    let listed = browser.open("/console/keys?q=billing");
    assert_eq!(listed.matches("billing job").count(), 1, "{listed}");
    assert!(!listed.contains(&api_key));

    for (name, value, says) in [
        ("scopes", "", "scopes"),
        ("allow_ip", "somewhere", "allow_ip"),
        ("rate", "fast", "rate"),
        ("environment", "staging", "environment"),
    ] {
        let mut wrong = fields.to_vec();
        let other = wrong
            .iter()
            .position(|(field, _)| *field == "request")
            .unwrap();
        let fresh = hidden(&browser.open("/console/keys/new"), "request");
        wrong[other].1 = &fresh;
        wrong.retain(|(field, _)| *field != name);
        wrong.push((name, value));
        let refused = browser.send("/console/keys/new", &[SAME, FORM], &wrong);
        assert_eq!(refused.status, 422, "{name}: {refused:?}");
        assert!(
            refused.body.contains(says) && refused.body.contains("value=\"billing job\""),
            "{refused:?}"
        );
    }
}

fn a_key_is_rotated_watched_and_finished(site: &Site) {
    let (key, old) = (manager(site, "acme_corp"), site.issue("acme_corp"));
    let server = site.start();
    let browser = Browser::with_key(&server, &key.key);
    let path = format!("/console/keys/{}", old.id);
    let page = browser.open(&path);
    let request = hidden(&page, "request");
    let fields = [("grace", "24h"), ("request", &*request)];
    let rotated = browser.submit(&format!("{path}/rotate"), &fields);
    assert_eq!(rotated.status, 200, "{rotated:?}");
    let new = shown(&rotated.body, "api-key").to_owned();
    let again = browser.submit(&format!("{path}/rotate"), &fields);
    assert!(again.body.contains("No other key was made.") && !again.body.contains(&new));
    for valid in [&old.key, &new] {
        server.get(valid, "/api/v1/whoami").json(200);
    }
    let page = browser.open(&path);
    assert!(
        page.contains("Being replaced") && page.contains("Replaced by"),
        "{page}"
    );
    let used_at = Instant::now();
    while !browser.open(&path).contains("Still in use") {
        assert!(used_at.elapsed() < PATIENCE, "{page}");
        thread::yield_now();
    }
    let extended = browser.submit(&format!("{path}/extend"), &[("by", "24h")]);
    assert!(
        extended.body.contains("The grace period is longer now."),
        "{extended:?}"
    );
    let finished = browser.submit(&format!("{path}/finish"), &[]);
    assert!(
        finished.body.contains("No server accepts it any more ("),
        "{finished:?}"
    );
    server.get(&old.key, "/api/v1/whoami").problem(401);
    server.get(&new, "/api/v1/whoami").json(200);
    let refused = browser.submit(&format!("{path}/rotate"), &[("grace", "1h")]);
    assert_eq!(refused.status, 409, "{refused:?}");
}

fn a_key_is_disabled_enabled_and_revoked_by_its_id(site: &Site) {
    let (key, used) = (manager(site, "acme_corp"), site.issue("acme_corp"));
    let theirs = site.issue("widget_co");
    let server = site.start();
    let browser = Browser::with_key(&server, &key.key);
    let path = format!("/console/keys/{}", used.id);
    let says = |action: &str, fields: &[(&str, &str)], text: &str| {
        let answer = browser.submit(&format!("{path}/{action}"), fields);
        assert!(answer.body.contains(text), "{action}: {answer:?}");
        answer.status
    };
    assert_eq!(
        says(
            "disable",
            &[],
            "The key is disabled. No server accepts it any more ("
        ),
        200
    );
    server.get(&used.key, "/api/v1/whoami").problem(401);
    assert_eq!(says("enable", &[], "The key is enabled."), 200);
    server.get(&used.key, "/api/v1/whoami").json(200);
    for typed in ["", "revoke", &theirs.id] {
        assert_eq!(
            says("revoke", &[("confirm", typed)], "Nothing was revoked."),
            422
        );
    }
    server.get(&used.key, "/api/v1/whoami").json(200);
    let fields = [("confirm", &*used.id), ("reason", "leaked")];
    assert_eq!(
        says(
            "revoke",
            &fields,
            "The key is revoked. No server accepts it any more ("
        ),
        200
    );
    server.get(&used.key, "/api/v1/whoami").problem(401);
    assert!(browser.open(&path).contains("leaked"));

    let foreign = format!("/console/keys/{}", theirs.id);
    assert_eq!(browser.ask(&foreign).status, 404);
    for action in ["rotate", "finish", "disable", "enable", "revoke"] {
        let fields = [("confirm", &*theirs.id), ("grace", "0")];
        let answer = browser.submit(&format!("{foreign}/{action}"), &fields);
        assert_eq!(answer.status, 404, "{action}: {answer:?}");
    }
    server.get(&theirs.key, "/api/v1/whoami").json(200);
}

fn usage_and_alerts_are_shown(site: &Site) {
    let key = manager(site, "acme_corp");
    let (mine, theirs) = (site.raise("acme_corp"), site.raise("widget_co"));
    let server = site.start();
    let browser = Browser::with_key(&server, &key.key);
    for range in ["", "?range=7d", "?range=30d"] {
        let page = browser.open(&format!("/console/usage{range}"));
        assert!(page.contains("Your provider has set no limits"), "{page}");
    }
    let page = browser.open("/console/alerts");
    assert!(
        page.contains("raised for acme_corp") && !page.contains("widget_co"),
        "{page}"
    );
    let seen = browser.submit(&format!("/console/alerts/{mine}/acknowledge"), &[]);
    assert!(
        seen.body.contains("The alert is acknowledged.") && seen.body.contains("No open alerts"),
        "{seen:?}"
    );
    for absent in [&theirs, "x"] {
        let answer = browser.submit(&format!("/console/alerts/{absent}/acknowledge"), &[]);
        assert_eq!(answer.status, 404, "{answer:?}");
    }
}
