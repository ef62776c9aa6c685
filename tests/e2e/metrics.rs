//! What is told to Prometheus.

use crate::{
    exposition::Measured,
    http::GUIDE_ENTRY,
    process::{PATIENCE, Server},
    site::Site,
};
use std::{
    collections::BTreeSet,
    io::{Read, Write},
    thread,
    time::{Duration, Instant},
};

on_both_databases! {
    requests_are_counted_by_route_method_and_status,
    keys_commits_limits_and_tails_are_counted,
    strangers_make_up_no_series,
    metrics_are_told_in_the_format_that_is_accepted,
}

const WHOAMI: &str = "/api/v1/whoami";
const REQUESTS: &str = "central_logger_http_requests_total";
const VERIFICATIONS: &str = "central_logger_key_verifications_total";

/// A request with a method and a path that may be unheard of; gives the status.
fn send(server: &Server, method: &str, path: &str, key: &str) -> u16 {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nConnection: close\r\n\r\n"
    );
    let answer = server.exchange(head.as_bytes());
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

fn requests_are_counted_by_route_method_and_status(site: &Site) {
    let key = site.issue("acme_corp").key;
    let measured = Measured::start(site);
    let server = &measured.server;
    let stored = server.post(&key, GUIDE_ENTRY).json(201);
    let entry = format!("/api/v1/logs/{}", stored["id"].as_str().unwrap());
    for (method, path, key, route, status) in [
        ("GET", "/api/v1/logs?limit=1", &*key, "/api/v1/logs", 200),
        ("GET", "/api/v1/logs", "wrong", "/api/v1/logs", 401),
        ("GET", &entry, &key, "/api/v1/logs/{id}", 200),
        ("GET", "/api/v1/logs/x", &key, "/api/v1/logs/{id}", 404),
        ("DELETE", &entry, &key, "/api/v1/logs/{id}", 405),
        ("GET", "/api/v1/logs/stats", &key, "/api/v1/logs/stats", 200),
        (
            "GET",
            "/api/v1/logs/export",
            &key,
            "/api/v1/logs/export",
            200,
        ),
        ("GET", "/api/v1/verify", &key, "/api/v1/verify", 200),
        (
            "PUT",
            "/api/v1/verify/any/thing",
            &key,
            "/api/v1/verify",
            200,
        ),
        ("GET", WHOAMI, &key, WHOAMI, 200),
        ("GET", "/api/v1/usage", &key, "/api/v1/usage", 403),
        ("HEAD", "/healthz", "", "/healthz", 200),
        ("GET", "/readyz", "", "/readyz", 200),
        ("GET", "/openapi.json", "", "/openapi.json", 200),
        ("GET", "/docs", "", "/docs", 200),
        ("GET", "/metrics", "", "other", 404),
        ("BREW", "/healthz", "", "/healthz", 405),
    ] {
        let named = if method == "BREW" { "other" } else { method };
        let code = status.to_string();
        let labels = [("route", route), ("method", named), ("status", &*code)];
        let before = measured.scrape().sum(REQUESTS, &labels);
        assert_eq!(send(server, method, path, key), status, "{method} {path}");
        let told = measured.scrape();
        assert_eq!(told.sum(REQUESTS, &labels), before + 1.0, "{labels:?}");
    }
    let told = measured.scrape();
    let posted = [("route", "/api/v1/logs"), ("method", "POST")];
    let durations = "central_logger_http_request_duration_seconds";
    assert_eq!(told.sum(&format!("{durations}_count"), &posted), 1.0);
    assert!(told.sum(&format!("{durations}_sum"), &posted) > 0.0);
    let within = [posted[0], posted[1], ("le", "+Inf")];
    assert_eq!(told.sum(&format!("{durations}_bucket"), &within), 1.0);
}

fn keys_commits_limits_and_tails_are_counted(site: &Site) {
    let limited = site.issue_with(&["--client", "acme_corp", "--rate", "1/h"]);
    let key = site.issue("widget_co").key;
    let measured = Measured::start(site);
    let server = &measured.server;
    let three = format!("[{GUIDE_ENTRY},{GUIDE_ENTRY},{GUIDE_ENTRY}]");
    server.post(&key, &three).json(201);
    server.post(&key, GUIDE_ENTRY).json(201);
    server.get(&limited.key, WHOAMI).json(200);
    server.get(&limited.key, WHOAMI).problem(429);
    server.get("wrong", WHOAMI).problem(401);
    server.call("GET", WHOAMI, &[]).problem(401);

    let told = measured.scrape();
    for (outcome, times) in [
        ("accepted", 3.0),
        ("rate", 1.0),
        ("unknown", 1.0),
        ("missing", 1.0),
    ] {
        assert_eq!(
            told.sum(VERIFICATIONS, &[("outcome", outcome)]),
            times,
            "{outcome}"
        );
    }
    for (kind, tracked) in [("key", 1.0), ("client", 0.0), ("address", 1.0)] {
        let labels = [("kind", kind)];
        assert_eq!(
            told.sum("central_logger_tracked_limits", &labels),
            tracked,
            "{kind}"
        );
    }
    let commits = |outcome| {
        told.sum(
            "central_logger_ingest_commits_total",
            &[("outcome", outcome)],
        )
    };
    assert_eq!([commits("stored"), commits("failed")], [2.0, 0.0]);
    for (name, value) in [
        ("ingest_commit_entries_sum", 4.0),
        ("ingest_commit_entries_count", 2.0),
        ("ingest_commit_duration_seconds_count", 2.0),
        ("ingest_queue_entries", 0.0),
        ("ingest_queue_bytes", 0.0),
        ("ingest_queue_capacity_bytes", f64::from(64 << 20)),
        ("open_tails", 0.0),
        ("usage_flush_failures_total", 0.0),
    ] {
        assert_eq!(
            told.sum(&format!("central_logger_{name}"), &[]),
            value,
            "{name}"
        );
    }
    let pool = "central_logger_store_pool_connections";
    let idle = told.sum(pool, &[("state", "idle")]);
    assert_eq!(idle > 0.0, site.database_url.is_some(), "{}", told.text);

    let mut tail = server.connect();
    write!(
        tail,
        "GET /api/v1/logs/tail HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n\r\n"
    )
    .unwrap();
    tail.read_exact(&mut [0]).unwrap();
    assert_eq!(measured.scrape().sum("central_logger_open_tails", &[]), 1.0);
    drop(tail);
    let began = Instant::now();
    while measured.scrape().sum("central_logger_open_tails", &[]) > 0.0 {
        assert!(began.elapsed() < PATIENCE, "it stays open");
        thread::sleep(Duration::from_millis(100));
    }
}

fn strangers_make_up_no_series(site: &Site) {
    let issued = site.issue("acme_corp");
    let measured = Measured::start(site);
    let server = &measured.server;
    let be_strange = |n: u32| {
        let made_up = format!("made-up-{n}");
        let key = &*issued.key;
        send(server, "GET", &format!("/{made_up}"), key);
        send(server, "GET", &format!("/api/v1/logs/{made_up}"), key);
        send(
            server,
            "GET",
            &format!("/api/v1/verify/{made_up}?{made_up}"),
            key,
        );
        send(server, &format!("MADE-UP-{n}"), "/api/v1/logs", key);
        send(server, "GET", WHOAMI, &made_up);
        let claimed = format!("{}x", &key[..key.len() - 1]);
        send(server, "GET", WHOAMI, &claimed);
        server
            .post(key, GUIDE_ENTRY.replace("production", &made_up))
            .json(201);
    };
    be_strange(0);
    let first = measured.scrape();
    (1..50).for_each(be_strange);
    let told = measured.scrape();
    assert_eq!(told.series(), first.series());
    assert!(told.sum(REQUESTS, &[("route", "other")]) >= 50.0);
    let text = told.text.to_lowercase();
    for secret in [
        "made-up",
        "acme_corp",
        &issued.id.to_lowercase(),
        "127.0.0.1",
    ] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

fn metrics_are_told_in_the_format_that_is_accepted(site: &Site) {
    let measured = Measured::start(site);
    assert_eq!(measured.server.call("GET", "/healthz", &[]).status, 200);
    for accept in ["text/plain", "*/*", "application/openmetrics-text;q=0, */*"] {
        let answer = measured.ask(accept);
        let media_type = answer.header("content-type").unwrap();
        assert_eq!(media_type, "text/plain; version=0.0.4; charset=utf-8");
        assert_eq!(answer.header("vary"), Some("Accept"));
        assert!(!answer.body.contains("# EOF") && !answer.body.contains("# UNIT"));
        let typed = "\n# TYPE central_logger_http_requests_total counter\n";
        assert!(answer.body.contains(typed), "{}", answer.body);
        let build = "# TYPE central_logger_build_info gauge\n";
        assert!(answer.body.contains(build), "{}", answer.body);
    }
    let open_metrics =
        measured.ask("application/openmetrics-text; version=1.0.0, text/plain;q=0.5");
    assert!(open_metrics.body.ends_with("# EOF\n"));
    let names = |text: &str| {
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let names = samples.map(|line| line.split([' ', '{']).next().unwrap().to_owned());
        names.collect::<BTreeSet<_>>()
    };
    assert_eq!(
        names(&open_metrics.body),
        names(&measured.ask("text/plain").body)
    );
}
