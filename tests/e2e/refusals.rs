//! Requests that cannot be served: one clear answer each, and nothing is stored.

use crate::{http::GUIDE_ENTRY, process::Server, site::Site};
use serde_json::json;
use std::{io::Write, net::Shutdown};

on_both_databases! {
    bodies_that_are_not_json_are_400,
    values_that_are_not_accepted_are_422,
    bodies_of_another_type_are_415,
    bodies_that_are_too_large_are_413,
    a_body_that_is_cut_off_is_not_stored,
    unknown_paths_and_methods_are_problems_too,
    every_answer_has_a_request_id,
}

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A server and a key for it.
fn serve(site: &Site) -> (Server, String) {
    let key = site.issue("acme_corp").key;
    (site.start(), key)
}

fn assert_nothing_stored(server: &Server, key: &str) {
    assert!(server.list(key, "").is_empty());
}

fn bodies_that_are_not_json_are_400(site: &Site) {
    let (server, key) = serve(site);
    for body in [
        &b""[..],
        b"{",
        b"hello",
        br#"{"environment": "production",}"#,
        br#"{"executed_at": NaN}"#,
        b"[1, 2",
        b"{}{}",
        b"\xff\xfe",
        b"{\"status\": \"\xff\"}",
    ] {
        let detail = server.post(&key, body).problem(400)["detail"].clone();
        assert!(detail.as_str().unwrap().contains("line"), "{detail}");
    }
    assert_nothing_stored(&server, &key);
}

fn values_that_are_not_accepted_are_422(site: &Site) {
    let (server, key) = serve(site);
    let entry = |member: &str, value: serde_json::Value| {
        let mut entry: serde_json::Value = serde_json::from_str(GUIDE_ENTRY).unwrap();
        entry[member] = value;
        entry.to_string()
    };
    for (member, value) in [
        ("environment", json!("")),
        ("environment", json!("e".repeat(65))),
        ("environment", json!(7)),
        ("status", json!(null)),
        ("status", json!("")),
        ("executed_at", json!("yesterday")),
        ("executed_at", json!("2025-13-24T10:30:00Z")),
        ("executed_at", json!("2025-12-24 10:30")),
        ("executed_at", json!(1766572200)),
        ("executed_at", json!("1969-12-31T23:59:59Z")),
        ("executed_at", json!("2999-01-01T00:00:00Z")),
        ("workflow", json!("w".repeat(257))),
        ("message", json!("m".repeat(64 * 1024 + 1))),
        ("event_id", json!("two words")),
        ("client_id", json!("widget_co")),
        ("id", json!("018f0000-0000-7000-8000-000000000000")),
    ] {
        let problem = server.post(&key, entry(member, value.clone())).problem(422);
        assert_eq!(problem["errors"][0]["field"], member, "{value}");
        assert!(problem["errors"][0]["message"].is_string());
    }
    let nested = format!(
        r#"{}"deep": {}1{}}}"#,
        "{",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    for body in [
        r#"{"environment": "production", "executed_at": "2025-12-24T10:30:00Z"}"#,
        "[]",
        "[1]",
        "7",
        "null",
        &entry("nul", json!("a\0b")),
        r#"{"environment": "p", "executed_at": "2025-12-24T10:30:00Z", "status": "s", "x": "\ud800"}"#,
    ] {
        let problem = server.post(&key, body).problem(422);
        assert!(!problem["errors"].as_array().unwrap().is_empty(), "{body}");
    }
    let deep = server.post(&key, nested);
    assert!([400, 422].contains(&deep.status), "{}", deep.status);
    deep.problem(deep.status);
    assert_nothing_stored(&server, &key);
}

fn bodies_of_another_type_are_415(site: &Site) {
    let (server, key) = serve(site);
    let call = |headers: &[(&str, &str)]| {
        let headers = [&[("X-API-Key", &*key)], headers].concat();
        server.send("POST", "/api/v1/logs", &headers, GUIDE_ENTRY.as_bytes())
    };
    call(&[("Content-Type", "text/plain")]).problem(415);
    call(&[("Content-Type", "application/xml")]).problem(415);
    call(&[]).problem(415);
    call(&[JSON, ("Content-Encoding", "br")]).problem(415);
    assert_nothing_stored(&server, &key);
    call(&[("Content-Type", "Application/JSON; charset=utf-8")]).json(201);
}

fn bodies_that_are_too_large_are_413(site: &Site) {
    let (server, key) = serve(site);
    let entries = format!("[{}]", [GUIDE_ENTRY].repeat(10_001).join(","));
    server.post(&key, entries).problem(413);

    // Announced, and then sent in pieces of unknown number.
    for framing in ["Content-Length: 10485761", "Transfer-Encoding: chunked"] {
        let mut connection = server.connect();
        write!(
            connection,
            "POST /api/v1/logs HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n\
             Content-Type: application/json\r\nConnection: close\r\n{framing}\r\n\r\n"
        )
        .unwrap();
        if framing.ends_with("chunked") {
            let chunk = [&b"100000\r\n"[..], &vec![b' '; 0x10_0000], b"\r\n"].concat();
            // The server may answer and hang up before it has read all of it.
            let _ = (0..11).try_for_each(|_| connection.write_all(&chunk));
        }
        let mut status_line = [0; 12];
        std::io::Read::read_exact(&mut connection, &mut status_line).unwrap();
        assert_eq!(&status_line, b"HTTP/1.1 413");
    }
    assert_nothing_stored(&server, &key);
}

fn a_body_that_is_cut_off_is_not_stored(site: &Site) {
    let (server, key) = serve(site);
    // Whole JSON, of which the header says that more would come.
    let mut connection = server.connect();
    write!(
        connection,
        "POST /api/v1/logs HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{GUIDE_ENTRY}",
        GUIDE_ENTRY.len() + 100
    )
    .unwrap();
    connection.shutdown(Shutdown::Write).unwrap();
    let answer = crate::http::read_all(&mut connection);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
        "{answer}"
    );
    assert_nothing_stored(&server, &key);
}

fn unknown_paths_and_methods_are_problems_too(site: &Site) {
    let (server, key) = serve(site);
    server.call("GET", "/nowhere", &[]).problem(404);
    for path in [
        "/api/v1",
        "/api/v2/logs",
        "/api/v1/logs/",
        "/api/v1/logs/not-an-id",
    ] {
        server.get(&key, path).problem(404);
    }
    let absent = "/api/v1/logs/018f0000-0000-7000-8000-000000000000";
    server.get(&key, absent).problem(404);
    for (method, path) in [
        ("DELETE", "/api/v1/logs"),
        ("PUT", "/api/v1/logs"),
        ("POST", "/healthz"),
        ("POST", "/api/v1/whoami"),
    ] {
        let headers = [("X-API-Key", &*key)];
        let answer = match method {
            "DELETE" => server.call(method, path, &headers),
            _ => server.send(method, path, &headers, b""),
        };
        answer.problem(405);
        assert!(answer.header("allow").is_some(), "{method} {path}");
    }
    let garbage = server.exchange(b"GET\r\n\r\n");
    assert!(garbage.starts_with("HTTP/1.1 400 "), "{garbage}");
}

fn every_answer_has_a_request_id(site: &Site) {
    let (server, key) = serve(site);
    for (path, status) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/nowhere", 404),
        ("/api/v1/logs", 401),
    ] {
        let answer = server.call("GET", path, &[]);
        assert_eq!(answer.status, status);
        assert!(answer.header("x-request-id").is_some(), "{path}");
    }
    let sent = [("X-Request-Id", "order-7"), ("X-API-Key", &*key)];
    let answer = server.call("GET", "/api/v1/logs", &sent);
    assert_eq!(answer.header("x-request-id"), Some("order-7"));
    let unfit = [("X-Request-Id", "two words")];
    let answer = server.call("GET", "/healthz", &unfit);
    assert_ne!(answer.header("x-request-id"), Some("two words"));
}
