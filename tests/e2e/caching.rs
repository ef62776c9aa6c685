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

/// What caches may keep.
const SAME_FOR_EVERYBODY: [&str; 4] = [
    "/openapi.json",
    "/docs",
    "/docs/problems",
    "/.well-known/security.txt",
];

/// What answers to keys depend on.
const KEYS: &str = "X-API-Key, Authorization";

/// What answers depend on where people may be signed in.
const WITH_SESSIONS: &str = "X-API-Key, Authorization, Cookie";

/// Whether this is what answers at a path depend on.
fn is_right(method: &str, path: &str, vary: Option<&str>) -> bool {
    let takes_keys_alone =
        path.starts_with("/api/v1/verify") || (method, path) == ("POST", "/api/v1/sessions");
    match path {
        // A page that no key opens.
        path if ["/sign-in/", "/reveal/", "/confirm/"]
            .iter()
            .any(|of| path.starts_with(of)) =>
        {
            match method {
                "GET" | "HEAD" | "POST" => vary.is_none(),
                _ => vary == Some(WITH_SESSIONS),
            }
        }
        _ if takes_keys_alone => vary == Some(KEYS),
        path if path.starts_with("/api/v1/") => vary == Some(WITH_SESSIONS),
        // Clients of other systems send keys in further headers.
        _ => vary.is_some_and(|vary| vary.starts_with(KEYS)),
    }
}

#[track_caller]
fn is_sealed(answer: &Answer) {
    assert!(answer.header("x-request-id").is_some(), "{answer:?}");
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
}

fn no_answer_may_be_kept_or_guessed_at(site: &Site) {
    let key = site
        .issue_with(&["--client", "acme_corp", "--scope", "logs:read"])
        .key;
    let server = site.start();
    let good = ("X-API-Key", &*key);
    let described = server.call("GET", "/openapi.json", &[]).json(200);
    let described = described["paths"].as_object().unwrap().keys();
    let described: Vec<_> = described
        // It has no end.
        .filter(|path| !path.ends_with("/tail") && !SAME_FOR_EVERYBODY.contains(&path.as_str()))
        .map(|path| path.replace(['{', '}'], ""))
        .collect();
    assert!(described.len() > 10);
    let odd = [
        "/api/v1/logs?limit=nonsense",
        "/api/v1/verify/any/path",
        "/nowhere",
    ];
    for path in described.iter().map(String::as_str).chain(odd) {
        for headers in [&[][..], &[good], &[("X-API-Key", "wrong_key_12345")]] {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                let answer = server.call(method, path, headers);
                is_sealed(&answer);
                let vary = answer.header("vary");
                assert!(is_right(method, path, vary), "{method} {path} {answer:?}");
            }
        }
    }
    for path in SAME_FOR_EVERYBODY {
        let answer = server.call("GET", path, &[]);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("cache-control").is_some(), "{answer:?}");
        assert!(answer.header("x-request-id").is_some(), "{answer:?}");
    }
    for key in [&*key, ""] {
        let answer = server.post(key, GUIDE_ENTRY);
        is_sealed(&answer);
        assert_eq!(answer.header("vary"), Some(WITH_SESSIONS), "{answer:?}");
    }
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
        is_sealed(&call(&format!("http://{address}"), "GET", path, &[]));
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
