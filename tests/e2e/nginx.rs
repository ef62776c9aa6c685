//! The server behind nginx: what `docs/gateways.md` says of it.

use crate::{
    gateway::{Gateway, serve},
    http::{Answer, send},
    process::{Finished, Server},
    site::Site,
};
use central_logger_postgres::testing::OwnServer;
use std::process::Command;

on_both_databases! {
    a_good_key_passes_and_the_service_learns_whose_it_is,
    bad_keys_and_none_are_refused,
    the_client_cannot_say_who_it_is,
    methods_paths_and_bodies_do_not_matter,
    a_key_that_was_revoked_is_refused_at_once,
    clients_learn_of_their_limits,
    preflights_of_browsers_pass_without_a_client_and_nothing_else_does,
}

/// A server that believes its gateway, the gateway, and a service behind it that answers with what it was
/// sent.
fn set_up(site: &Site) -> (Server, Gateway) {
    let mut command = site.server();
    command.args(["--trusted-proxy", "127.0.0.1"]);
    let server = Server::start(command);
    let gateway = Gateway::start(server.address(), &echo());
    (server, gateway)
}

fn echo() -> String {
    serve(|request| format!("HTTP/1.0 200 OK\r\nX-Reached: service\r\n\r\n{request}"))
}

/// What the service was sent.
#[track_caller]
fn passed(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("x-reached"), Some("service"));
    &answer.body
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("x-reached"), None);
}

/// All values of a header of the request that the service was sent.
fn sent<'a>(request: &'a str, name: &str) -> Vec<&'a str> {
    let head = request.split("\r\n\r\n").next().unwrap();
    let fields = head.lines().filter_map(|line| line.split_once(": "));
    let of_name = fields.filter(|(found, _)| found.eq_ignore_ascii_case(name));
    of_name.map(|(_, value)| value).collect()
}

fn a_good_key_passes_and_the_service_learns_whose_it_is(site: &Site) {
    let issued = site.issue_with(&["--client", "acme_corp", "--env", "test"]);
    let (_server, gateway) = set_up(site);
    let bearer = format!("Bearer {}", issued.key);
    for header in [("X-API-Key", &*issued.key), ("Authorization", &*bearer)] {
        let answer = gateway.call("GET", "/", &[header]);
        let request = passed(&answer);
        for (name, value) in [
            ("X-Client-Id", "acme_corp"),
            ("X-Key-Id", &*issued.id),
            ("X-Key-Scopes", "logs:write logs:read"),
            ("X-Key-Environment", "test"),
        ] {
            assert_eq!(sent(request, name), [value], "{request}");
        }
        assert!(!request.contains(&issued.key), "{request}");
    }
}

fn bad_keys_and_none_are_refused(site: &Site) {
    let key = site.issue("acme_corp").key;
    let (_server, gateway) = set_up(site);
    let mistyped = format!("{key}x");
    for headers in [
        &[][..],
        &[("X-API-Key", "wrong_key_12345")],
        &[("X-API-Key", &mistyped)],
        &[("X-API-Key", &key), ("X-API-Key", "another")],
        &[("Authorization", "Basic dXNlcg==")],
    ] {
        let answer = gateway.call("GET", "/", headers);
        assert_refused(&answer, 401);
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer "), "{challenge}");
    }
}

fn the_client_cannot_say_who_it_is(site: &Site) {
    let key = site.issue("acme_corp").key;
    let (_server, gateway) = set_up(site);
    let forged = [
        ("X-Client-Id", "widget_co"),
        ("x-client-id", "widget_co"),
        ("X-Key-Scopes", "keys:manage"),
    ];
    assert_refused(&gateway.call("GET", "/", &forged), 401);
    let headers = [&forged[..], &[("X-API-Key", &key)]].concat();
    let answer = gateway.call("GET", "/", &headers);
    let request = passed(&answer);
    assert_eq!(sent(request, "x-client-id"), ["acme_corp"]);
    assert_eq!(sent(request, "x-key-scopes"), ["logs:write logs:read"]);

    // The place where nginx asks is not for clients.
    let inner = gateway.call("GET", "/_verify", &[("X-API-Key", &key)]);
    assert_refused(&inner, 404);
}

fn methods_paths_and_bodies_do_not_matter(site: &Site) {
    let key = site.issue("acme_corp").key;
    let (_server, gateway) = set_up(site);
    let good = [("X-API-Key", &*key)];
    for method in ["GET", "DELETE", "OPTIONS"] {
        for path in ["/", "/a/b%20c?d=e&f", "/api/v1/verify", "/healthz"] {
            let answer = gateway.call(method, path, &good);
            let request = passed(&answer);
            let line = format!("{method} {path} HTTP/1.0\r\n");
            assert!(request.starts_with(&line), "{request}");
            assert_refused(&gateway.call(method, path, &[]), 401);
        }
    }
    assert_eq!(gateway.call("HEAD", "/", &good).status, 200);
    assert_eq!(gateway.call("HEAD", "/", &[]).status, 401);

    // Kept in memory by nginx, and in a file.
    for length in [1, 900_000] {
        let body = "b".repeat(length);
        for method in ["POST", "PUT", "PATCH"] {
            let headers = [good[0], ("Content-Type", "text/plain")];
            let answer = send(&gateway.url, method, "/", &headers, body.as_bytes());
            assert!(passed(&answer).ends_with(&format!("\r\n\r\n{body}")));
            let refused = send(&gateway.url, method, "/", &headers[1..], body.as_bytes());
            assert_refused(&refused, 401);
        }
    }
}

fn a_key_that_was_revoked_is_refused_at_once(site: &Site) {
    let issued = site.issue("acme_corp");
    let (_server, gateway) = set_up(site);
    passed(&gateway.get(&issued.key));
    site.admin_json(&["revoke", &issued.id, "--yes"]);
    assert_refused(&gateway.get(&issued.key), 401);
}

#[test]
fn a_key_is_judged_by_the_address_that_nginx_was_called_from() {
    let site = Site::on_sqlite();
    let elsewhere = ["--client", "acme_corp", "--allow-ip", "127.0.0.2/32"];
    let key = site.issue_with(&elsewhere).key;
    let (_server, gateway) = set_up(&site);
    assert_refused(&gateway.get(&key), 403);
    for forwarded_for in ["127.0.0.2", "127.0.0.2, 127.0.0.1"] {
        let headers = [("X-API-Key", &*key), ("X-Forwarded-For", forwarded_for)];
        assert_refused(&gateway.call("GET", "/", &headers), 403);
    }
    // Where all of 127.0.0.0/8 is this machine.
    if cfg!(target_os = "linux") {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--interface", "127.0.0.2", &gateway.url]);
        let called = Finished::of(curl.args(["-H", &format!("X-API-Key: {key}")]));
        assert_eq!(called.code, Some(0), "{called:?}");
        assert_eq!(sent(&called.stdout, "x-client-id"), ["acme_corp"]);
    }
}

#[test]
fn where_keys_cannot_be_verified_clients_are_told_503() {
    let postgres = OwnServer::start();
    let site = Site::on(postgres.url());
    let (known, fresh) = (site.issue("acme_corp").key, site.issue("acme_corp").key);
    let (server, gateway) = set_up(&site);
    passed(&gateway.get(&known));

    postgres.crash();
    let answer = gateway.get(&fresh);
    assert_refused(&answer, 503);
    answer.json(503);
    assert_eq!(answer.header("retry-after"), Some("1"));

    server.kill();
    assert_refused(&gateway.get(&known), 503);
}

fn clients_learn_of_their_limits(site: &Site) {
    let key = site
        .issue_with(&["--client", "acme_corp", "--rate", "1/h"])
        .key;
    let (_server, gateway) = set_up(site);
    let first = gateway.get(&key);
    passed(&first);
    assert_eq!(first.header("ratelimit"), Some(r#""rate";r=0;t=3600"#));
    let refused = gateway.get(&key);
    assert_refused(&refused, 429);
    assert_eq!(refused.json(429)["status"], 429);
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json")
    );
    let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
    for answer in [&first, &refused] {
        let policy = answer.header("ratelimit-policy");
        assert_eq!(policy, Some(r#""rate";q=1;w=3600"#));
    }
}

fn preflights_of_browsers_pass_without_a_client_and_nothing_else_does(site: &Site) {
    let key = site.issue("acme_corp").key;
    let (server, gateway) = set_up(site);
    let preflight = [
        ("Origin", "https://app.example.com"),
        ("Access-Control-Request-Method", "POST"),
        ("X-Client-Id", "widget_co"),
    ];
    assert_refused(&gateway.call("OPTIONS", "/notes", &preflight), 401);

    let gateway = Gateway::start_for_browsers(server.address(), &echo());
    let answer = gateway.call("OPTIONS", "/notes", &preflight);
    let request = passed(&answer);
    assert!(request.starts_with("OPTIONS /notes "), "{request}");
    assert_eq!(sent(request, "origin"), ["https://app.example.com"]);
    for name in [
        "x-client-id",
        "x-key-id",
        "x-key-scopes",
        "x-key-environment",
    ] {
        assert_eq!(sent(request, name), [""; 0], "{request}");
    }
    for (method, headers) in [
        ("OPTIONS", &preflight[..1]),
        ("OPTIONS", &preflight[1..]),
        ("OPTIONS", &[]),
        ("GET", &preflight),
        ("POST", &preflight),
        ("DELETE", &preflight),
    ] {
        assert_refused(&gateway.call(method, "/notes", headers), 401);
    }
    let with_key = [&[("X-API-Key", &*key)], &preflight[..1]].concat();
    let answer = gateway.call("OPTIONS", "/notes", &with_key);
    assert_eq!(sent(passed(&answer), "x-client-id"), ["acme_corp"]);
}

/// A verifier that gives this answer.
fn verifier(answer: &'static str) -> Gateway {
    Gateway::start(&serve(move |_| answer.to_owned()), &echo())
}

#[test]
fn what_is_broken_stays_500_and_passes_nobody() {
    let gateway = verifier(
        "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    );
    assert_refused(&gateway.get("any"), 500);
}
