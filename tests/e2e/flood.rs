//! Many requests that nobody can want, and who sends something else meanwhile.

use crate::{
    http::call,
    process::{PATIENCE, Server, with_input},
    site::Site,
};
use serde_json::Value;
use std::{
    io::{Read, Write},
    net::Shutdown,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Instant,
};

on_both_databases! {
    keys_that_exist_pass_a_flood_of_made_up_ones,
    nothing_that_was_written_into_a_request_is_logged,
    malformed_requests_are_no_errors_of_the_server,
}

const WHOAMI: &str = "/api/v1/whoami";
const STATIC: &str = "in_the_file_0123456789";

fn keys_that_exist_pass_a_flood_of_made_up_ones(site: &Site) {
    let mut issue = site.admin_command();
    issue.args(["issue", "--client", "home", "--key-stdin"]);
    with_input(&mut issue, "made_elsewhere_0123456789");
    site.write(".env", &format!(r#"API_KEYS={{"{STATIC}": "widget_co"}}"#));
    let server = site.start_process();
    let generated = site.issue("acme_corp").key;
    let (url, has_ended) = (&*server.url, &AtomicBool::new(false));
    thread::scope(|scope| {
        let flood: Vec<_> = (0..64)
            .map(|sender| {
                scope.spawn(move || {
                    let mut statuses = Vec::new();
                    for number in 0.. {
                        let key = format!("made_up_{sender:04}_{number:08}");
                        let answer = call(url, "GET", WHOAMI, &[("X-API-Key", &key)]);
                        if matches!(answer.status, 429 | 503) {
                            assert!(answer.header("retry-after").is_some(), "{answer:?}");
                        }
                        statuses.push(answer.status);
                        if has_ended.load(Ordering::Relaxed) {
                            return statuses;
                        }
                    }
                    statuses
                })
            })
            .collect();
        passes(&server, &generated);
        passes(&server, STATIC);
        // A change of one key leaves the others as they were.
        site.issue("acme_corp");
        passes(&server, &generated);
        passes(&server, STATIC);
        has_ended.store(true, Ordering::Relaxed);
        for sender in flood {
            for status in sender.join().unwrap() {
                assert!(matches!(status, 401 | 429 | 503), "{status}");
            }
        }
    });
}

/// The key is good, once a database that is slow for all that goes on here answers.
#[track_caller]
fn passes(server: &Server, key: &str) {
    let began = Instant::now();
    loop {
        let answer = server.get(key, WHOAMI);
        if answer.status != 503 {
            answer.json(200);
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{answer:?}");
    }
}

/// What a server that has been told to stop has logged.
fn lines_of(server: Server) -> Vec<Value> {
    server.tell_to_stop();
    let (_, log) = server.wait();
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    lines.collect()
}

fn nothing_that_was_written_into_a_request_is_logged(site: &Site) {
    let key = site.issue("acme_corp").key;
    let mut command = site.server();
    command.env("RUST_LOG", "debug");
    let server = Server::start(command);
    for path in [
        format!("/{key}"),
        format!("/api/v1/logs/{key}"),
        format!("/api/v1/logs?q={key}"),
        format!("/api/v1/logs?{key}=1"),
        format!("/api/v1/verify/{key}?{key}"),
        format!("/api/v1/alerts/{key}/acknowledge"),
        format!("/docs/{key}"),
    ] {
        for method in ["GET", "POST", "OPTIONS"] {
            for presented in [&*key, "wrong_key_12345", ""] {
                server.call(method, &path, &[("X-API-Key", presented)]);
            }
        }
    }
    server.exchange(format!("{key} / HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
    server.exchange(format!("GET /{key} {key}\r\nHost: x\r\n\r\n").as_bytes());
    let lines = lines_of(server);
    let routes = lines
        .iter()
        .filter_map(|line| line["span"]["route"].as_str());
    assert!(routes.clone().any(|route| route == "/api/v1/logs/{id}"));
    assert!(routes.clone().any(|route| route == "other"));
    for line in lines {
        assert!(!line.to_string().contains(&key), "{line}");
    }
}

/// What comes back until the connection ends or is reset, as it may be before all was read.
fn sent_and_given_up(server: &Server, bytes: &[u8]) -> String {
    let mut connection = server.connect();
    let _ = connection.write_all(bytes);
    let _ = connection.shutdown(Shutdown::Write);
    let mut received = Vec::new();
    let _ = connection.read_to_end(&mut received);
    String::from_utf8(received).unwrap()
}

fn malformed_requests_are_no_errors_of_the_server(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    let head = format!("POST /api/v1/logs HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n");
    let json = "Content-Type: application/json\r\n";
    for request in [
        "nonsense\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHo st: x\r\n\r\n".to_owned(),
        "GET / HTTP/7.7\r\nHost: x\r\n\r\n".to_owned(),
        format!(
            "GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n",
            "x".repeat(200_000)
        ),
        format!("{head}{json}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n"),
        format!("{head}{json}Content-Length: 100\r\n\r\ncut off"),
        format!("{head}{json}Content-Length: -1\r\n\r\n"),
        format!("{head}{json}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone"),
    ] {
        for _ in 0..20 {
            let answer = sent_and_given_up(&server, request.as_bytes());
            assert!(
                answer.is_empty()
                    || answer.starts_with("HTTP/1.1 4")
                    || answer.starts_with("HTTP/1.1 503 "),
                "{answer}"
            );
        }
    }
    let lines = lines_of(server);
    for line in &lines {
        let is_of_parser = line["target"].as_str().unwrap().starts_with("actix_http");
        assert!(!(is_of_parser && line["level"] == "ERROR"), "{line}");
    }
    let is_told = |line: &&Value| line["fields"]["message"] == "malformed request";
    assert!(
        lines
            .iter()
            .any(|line| is_told(&line) && line["level"] == "INFO")
    );
}
