//! Which keys are accepted, and what is told about the others: nothing.

use crate::{
    http::{Answer, GUIDE_ENTRY},
    process::Server,
    site::{Issued, Site},
};
use central_logger_keys::{ApiKey, KeyId};
use serde_json::Value;

on_both_databases! {
    a_key_may_come_in_either_header,
    bad_keys_are_refused_alike_and_stored_nothing,
    refusals_are_the_same_to_the_byte,
    a_key_ends_when_it_expires,
    gateways_are_told_whose_key_it_is,
}

const WHOAMI: &str = "/api/v1/whoami";

fn a_key_may_come_in_either_header(site: &Site) {
    let key = site.issue("acme_corp").key;
    let other = site.issue("acme_corp").key;
    let server = site.start();
    let bearer = format!("Bearer {key}");
    for headers in [
        vec![("X-API-Key", &*key)],
        vec![("Authorization", &*bearer)],
        vec![("Authorization", &*bearer), ("X-API-Key", &*key)],
    ] {
        let identity = server.call("GET", WHOAMI, &headers).json(200);
        assert_eq!(identity["client_id"], "acme_corp");
    }
    let both = [("Authorization", &*bearer), ("X-API-Key", &*other)];
    let refused = server.call("GET", WHOAMI, &both).problem(401);
    assert_eq!(refused["detail"], "Invalid API key");
}

fn bad_keys_are_refused_alike_and_stored_nothing(site: &Site) {
    let Issued { id, key: good } = site.issue("acme_corp");
    let revoked = site.issue("acme_corp");
    site.admin_json(&["revoke", &revoked.id]);
    let server = site.start_process();

    let last = good.chars().last().unwrap();
    let mistyped = format!(
        "{}{}",
        &good[..good.len() - 1],
        if last == 'a' { 'b' } else { 'a' }
    );
    let long = "k".repeat(4096);
    let forged = |id: KeyId| ApiKey::forged(id).unwrap().expose_secret().to_owned();
    let (wrong_secret, unknown) = (
        forged(id.parse().unwrap()),
        forged(KeyId::generate().unwrap()),
    );
    for bad in [
        &*mistyped,
        &wrong_secret,
        &unknown,
        &long,
        &revoked.key,
        "wrong_key_12345",
        "a b",
    ] {
        assert_refused(&server.post(bad, GUIDE_ENTRY));
        for call in ["/api/v1/logs", WHOAMI, "/api/v1/verify"] {
            assert_refused(&server.get(bad, call));
        }
    }
    for bad in ["schl\u{fc}ssel".as_bytes(), b"\xff\xfe", b""] {
        let mut request =
            b"GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: ".to_vec();
        request.extend_from_slice(bad);
        let answer = server.exchange(&[&request, &b"\r\n\r\n"[..]].concat());
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
    assert!(server.list(&good, "").is_empty());
    assert_the_log_tells_them_apart(server);
}

fn refusals_are_the_same_to_the_byte(site: &Site) {
    let good = site.issue("acme_corp");
    let (revoked, disabled) = (site.issue("acme_corp"), site.issue("acme_corp"));
    site.admin_json(&["revoke", &revoked.id]);
    site.admin_json(&["disable", &disabled.id]);
    let expired = site.issue_with(&["--client", "acme_corp", "--expires", "1s"]);
    let wrong_secret = ApiKey::forged(good.id.parse().unwrap()).unwrap();
    let unknown = ApiKey::forged(KeyId::generate().unwrap()).unwrap();
    let mistyped = format!("{}x", good.key);
    let server = site.start();
    while server.get(&expired.key, WHOAMI).status == 200 {}

    let answer = |key: &str| {
        let request = format!(
            "POST /api/v1/logs HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nX-Request-Id: same\r\n\
             Connection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        let answer = server.exchange(request.as_bytes());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        // The server's map of headers has no order, and the date goes on.
        let mut lines: Vec<_> = head
            .lines()
            .filter(|line| !line.starts_with("date: "))
            .collect();
        lines.sort_unstable();
        (lines.join("\n"), body.to_owned())
    };
    let first = answer("unknown_opaque_key_0123456789");
    assert!(first.0.contains("HTTP/1.1 401 Unauthorized"), "{first:?}");
    for key in [
        unknown.expose_secret(),
        wrong_secret.expose_secret(),
        &mistyped,
        &expired.key,
        &disabled.key,
        &revoked.key,
        "wrong_key_12345",
    ] {
        assert_eq!(answer(key), first, "{key}");
    }
}

fn assert_refused(answer: &Answer) {
    let problem = answer.problem(401);
    assert_eq!(problem["detail"], "Invalid API key");
    assert_eq!(problem.as_object().unwrap().len(), 4, "{problem}");
}

fn assert_the_log_tells_them_apart(server: Server) {
    server.tell_to_stop();
    let (_, log) = server.wait();
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let reasons: Vec<_> = lines.map(|line| line["fields"]["reason"].clone()).collect();
    for reason in [
        "mistyped",
        "wrong_secret",
        "unknown",
        "malformed",
        "revoked",
    ] {
        assert!(
            reasons.iter().any(|found| found == reason),
            "{reason}: {reasons:?}"
        );
    }
}

fn a_key_ends_when_it_expires(site: &Site) {
    let lasting = site
        .issue_with(&["--client", "acme_corp", "--expires", "90d"])
        .key;
    let brief = site
        .issue_with(&["--client", "acme_corp", "--expires", "5s"])
        .key;
    let server = site.start();
    let identity = server.get(&lasting, WHOAMI).json(200);
    assert!(identity["expires_at"].is_string(), "{identity}");
    // It answers until its time is over, and then never again.
    while server.get(&brief, WHOAMI).status == 200 {}
    assert_refused(&server.get(&brief, WHOAMI));
    let listed = site.admin_json(&["list", "--status", "expired"]);
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
}

fn gateways_are_told_whose_key_it_is(site: &Site) {
    let issued = site.issue_with(&["--client", "acme_corp", "--env", "test"]);
    let server = site.start();
    for (method, path) in [
        ("GET", "/api/v1/verify"),
        ("HEAD", "/api/v1/verify"),
        ("DELETE", "/api/v1/verify/orders/7"),
        ("POST", "/api/v1/verify/a/b?c=d"),
    ] {
        let headers = [("X-API-Key", &*issued.key)];
        let answer = match method {
            "POST" => server.send(method, path, &headers, b"anything"),
            _ => server.call(method, path, &headers),
        };
        assert_eq!(answer.status, 200);
        for (header, value) in [
            ("x-client-id", "acme_corp"),
            ("x-key-id", &issued.id),
            ("x-key-scopes", "logs:write logs:read"),
            ("x-key-environment", "test"),
        ] {
            assert_eq!(answer.header(header), Some(value), "{method} {path}");
        }
    }
    server
        .call("DELETE", "/api/v1/verify/orders/7", &[])
        .problem(401);
}
