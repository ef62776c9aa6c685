//! Requests in unusual forms: `HEAD`, many parameters, a mark of the byte order.

use crate::{
    http::{GUIDE_ENTRY, read_all},
    site::Site,
};
use std::io::Write;

on_both_databases! {
    head_is_answered_as_get_without_a_body,
    a_query_has_a_bounded_number_of_parameters,
    a_bounded_number_of_faults_is_told,
    a_mark_of_the_byte_order_says_nothing,
    further_members_come_back_in_their_own_spelling,
}

fn head_is_answered_as_get_without_a_body(site: &Site) {
    let scopes = [
        "--scope",
        "logs:write",
        "--scope",
        "logs:read",
        "--scope",
        "keys:manage",
    ];
    let key = site
        .issue_with(&[&["--client", "acme_corp"], &scopes[..]].concat())
        .key;
    let server = site.start();
    let id = server.post(&key, GUIDE_ENTRY).json(201)["id"].clone();
    let one = format!("/api/v1/logs/{}", id.as_str().unwrap());
    for path in [
        "/api/v1/logs",
        "/api/v1/logs/stats?from=2025-12-24T10:00:00Z&to=2025-12-24T11:00:00Z",
        "/api/v1/logs/export",
        &one,
        "/api/v1/whoami",
        "/api/v1/alerts?since=2026-01-01T00:00:00Z",
        "/healthz",
        "/openapi.json",
        "/docs",
    ] {
        let headers = [("X-API-Key", &*key)];
        let get = server.call("GET", path, &headers);
        let head = server.call("HEAD", path, &headers);
        assert_eq!(
            (get.status, head.status, &*head.body),
            (200, 200, ""),
            "{path}"
        );
        for name in ["content-type", "content-length", "transfer-encoding"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
    for (path, status) in [
        ("/api/v1/logs?limit=0", 422),
        ("/api/v1/nothing", 404),
        ("/api/v1/alerts/0123456789abcdef/acknowledge", 405),
    ] {
        let answer = server.call("HEAD", path, &[("X-API-Key", &key)]);
        assert_eq!((answer.status, &*answer.body), (status, ""), "{path}");
    }
    assert_eq!(server.call("HEAD", "/api/v1/logs", &[]).status, 401);

    // A stream without an end does not hold up the next request of the connection, nor is it open.
    let mut connection = server.connect();
    let head = |path: &str, close: &str| {
        format!("HEAD {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n{close}\r\n")
    };
    for _ in 0..10 {
        let request = head("/api/v1/logs/tail", "");
        connection.write_all(request.as_bytes()).unwrap();
    }
    let request = head("/api/v1/whoami", "Connection: close\r\n");
    connection.write_all(request.as_bytes()).unwrap();
    let answers = read_all(&mut connection);
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 11, "{answers}");
}

fn a_query_has_a_bounded_number_of_parameters(site: &Site) {
    let scopes = ["--scope", "logs:read", "--scope", "keys:manage"];
    let key = site
        .issue_with(&[&["--client", "acme_corp"], &scopes[..]].concat())
        .key;
    let server = site.start();
    for call in [
        "logs",
        "logs/stats",
        "logs/export",
        "logs/tail",
        "usage",
        "alerts",
    ] {
        for count in [101, 2000] {
            let names = (0..count).map(|number| format!("a{number}"));
            let query = names.collect::<Vec<_>>().join("&");
            let refused = server
                .get(&key, &format!("/api/v1/{call}?{query}"))
                .problem(422);
            let detail = refused["detail"].as_str().unwrap();
            assert!(detail.contains("at most 100 parameters"), "{detail}");
        }
        let names = (0..100).map(|number| format!("a{number}"));
        let query = names.collect::<Vec<_>>().join("&");
        let refused = server
            .get(&key, &format!("/api/v1/{call}?{query}"))
            .problem(422);
        assert_eq!(refused["errors"].as_array().unwrap().len(), 100, "{call}");
    }
}

fn a_bounded_number_of_faults_is_told(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let members = vec![r#""id":1"#; 37_000].join(",");
    let refused = server.post(&key, format!("{{{members}}}"));
    assert!(refused.body.len() < 20_000, "{}", refused.body.len());
    let problem = refused.problem(422);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 100);
    assert_eq!(problem["more_errors"], 37_003 - 100);

    let few = server.post(&key, "[{}]").problem(422);
    assert_eq!(few["errors"].as_array().unwrap().len(), 3);
    assert!(few["more_errors"].is_null(), "{few}");
}

fn a_mark_of_the_byte_order_says_nothing(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let marked = format!("\u{feff}{GUIDE_ENTRY}");
    server.post(&key, &marked).json(201);
    server
        .post(&key, format!("\u{feff}[{GUIDE_ENTRY}]"))
        .json(201);
    let line = GUIDE_ENTRY.replace('\n', " ");
    let lines = format!("\u{feff}{line}\r\n{line}");
    for (media_type, body) in [
        ("application/json", &marked),
        ("application/x-ndjson", &lines),
    ] {
        let headers = [
            ("X-API-Key", &*key),
            ("Content-Type", media_type),
            ("Content-Encoding", "zstd"),
        ];
        let compressed = zstd::encode_all(body.as_bytes(), 1).unwrap();
        server
            .send("POST", "/api/v1/logs", &headers, &compressed)
            .json(201);
    }
    assert_eq!(server.list(&key, "").len(), 5);
}

fn further_members_come_back_in_their_own_spelling(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let further = r#""\u0061\/b":1.50,"\u00E9":"\u00e9\/","x":[1, 2],"x":{"\u0062":1e400}"#;
    let known = r#""environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s""#;
    let id = server
        .post(&key, format!("{{{known},{further}}}"))
        .json(201)["id"]
        .clone();
    let expected = format!(r#""status":"s",{further}}}"#);
    let one = format!("/api/v1/logs/{}", id.as_str().unwrap());
    for path in ["/api/v1/logs", "/api/v1/logs/export", &one] {
        let answer = server.get(&key, path);
        assert!(answer.body.contains(&expected), "{}", answer.body);
    }
}
