//! Caches between the server and its callers, and browsers.

use crate::{
    gateway::Gateway,
    http::{Answer, GUIDE_ENTRY, call},
    process::Server,
    site::Site,
};

on_both_databases! {
    no_answer_may_be_kept_or_guessed_at,
    a_proxy_that_caches_gives_nobody_what_is_anothers,
}

#[track_caller]
fn is_sealed(answer: &Answer) {
    assert_eq!(
        answer.header("x-content-type-options"),
        Some("nosniff"),
        "{answer:?}"
    );
    assert_eq!(
        answer.header("cache-control"),
        Some("no-store"),
        "{answer:?}"
    );
    assert_eq!(
        answer.header("vary"),
        Some("X-API-Key, Authorization"),
        "{answer:?}"
    );
}

fn no_answer_may_be_kept_or_guessed_at(site: &Site) {
    let key = site
        .issue_with(&["--client", "acme_corp", "--scope", "logs:read"])
        .key;
    let server = site.start();
    let good = ("X-API-Key", &*key);
    for path in [
        "/api/v1/logs",
        "/api/v1/logs?limit=nonsense",
        "/api/v1/logs/nonsense",
        "/api/v1/logs/stats",
        "/api/v1/logs/export",
        "/api/v1/whoami",
        "/api/v1/usage",
        "/api/v1/alerts",
        "/api/v1/verify",
        "/api/v1/verify/any/path",
        "/healthz",
        "/readyz",
        "/nowhere",
    ] {
        for headers in [&[][..], &[good], &[("X-API-Key", "wrong_key_12345")]] {
            for method in ["GET", "POST", "DELETE"] {
                is_sealed(&server.call(method, path, headers));
            }
        }
    }
    // The same for everybody.
    for path in ["/openapi.json", "/docs"] {
        let answer = server.call("GET", path, &[]);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("cache-control").is_some(), "{answer:?}");
    }
    is_sealed(&server.post(&key, GUIDE_ENTRY));
    is_sealed(&server.post("", GUIDE_ENTRY));
}

#[test]
fn metrics_may_not_be_kept_or_guessed_at() {
    let site = Site::on_sqlite();
    let mut command = site.server();
    command.args(["--metrics-bind", "127.0.0.1:0"]);
    let server = Server::start(command);
    let line = server.logged("serving metrics");
    let address = line["fields"]["address"].as_str().unwrap();
    for path in ["/metrics", "/nowhere"] {
        let answer = call(&format!("http://{address}"), "GET", path, &[]);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

/// A proxy that is told to keep every answer.
fn caching_proxy(server: &Server, more: &str) -> Gateway {
    let upstream = server.address();
    Gateway::configured(|address| {
        format!(
            "proxy_cache_path cache keys_zone=all:1m;
            server {{
                listen {address};
                location / {{
                    proxy_pass http://{upstream};
                    proxy_cache all;
                    proxy_cache_valid any 10m;
                    add_header X-Cache $upstream_cache_status always;
                    {more}
                }}
            }}"
        )
    })
}

fn a_proxy_that_caches_gives_nobody_what_is_anothers(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    server.post(&acme, GUIDE_ENTRY).json(201);
    // One that goes by what answers say of caching, and one that is told not to.
    for more in ["", "proxy_ignore_headers Cache-Control Expires;"] {
        let proxy = caching_proxy(&server, more);
        for path in ["/api/v1/logs", "/api/v1/whoami", "/api/v1/verify"] {
            let get = |headers: &[(&str, &str)]| {
                let answer = proxy.call("GET", path, headers);
                if more.is_empty() {
                    assert_ne!(answer.header("x-cache"), Some("HIT"), "{answer:?}");
                }
                answer
            };
            // Twice, lest a cache only keeps what was asked for before.
            for _ in 0..2 {
                let of_acme = get(&[("X-API-Key", &acme)]);
                let bearer = format!("Bearer {widget}");
                let of_widget = get(&[("Authorization", &bearer)]);
                assert_eq!((of_acme.status, of_widget.status), (200, 200));
                assert!(!of_widget.body.contains("acme_corp"), "{}", of_widget.body);
                assert_ne!(of_widget.header("x-client-id"), Some("acme_corp"));
                assert_eq!(get(&[]).status, 401);
                assert_eq!(get(&[("X-API-Key", "wrong_key_12345")]).status, 401);
            }
        }
    }
}
