//! The types of problems, which programs go by, and the page that they lead to.

use crate::{
    http::{Answer, GUIDE_ENTRY},
    process::Server,
    site::Site,
};
use serde_json::json;

on_both_databases! {
    each_kind_of_problem_has_a_type_that_leads_to_its_place_on_the_page,
    a_limit_that_is_reached_is_named,
}

#[track_caller]
fn is_of(server: &Server, answer: &Answer, status: u16, kind: &str) {
    let problem = answer.problem(status);
    assert_eq!(problem["type"], kind, "{problem}");
    let (place, name) = kind.split_once('#').unwrap();
    assert!(place == "/docs/problems" || place.starts_with("https://iana.org/"));
    let page = server.call("GET", "/docs/problems", &[]);
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(page.body.contains(&format!("id=\"{name}\"")), "{name}");
}

fn each_kind_of_problem_has_a_type_that_leads_to_its_place_on_the_page(site: &Site) {
    let writer = site
        .issue_with(&["--client", "acme_corp", "--scope", "logs:write"])
        .key;
    let far = site
        .issue_with(&["--client", "acme_corp", "--allow-ip", "203.0.113.0/24"])
        .key;
    let of_provider = site.admin_json(&["provider-key", "issue"]);
    let of_provider = of_provider["api_key"].as_str().unwrap();
    let server = site.start();
    let logs = "/api/v1/logs";
    let post = |content_type: &str, body: &str| {
        let headers = [("X-API-Key", &*writer), ("Content-Type", content_type)];
        server.send("POST", logs, &headers, body.as_bytes())
    };
    let named = |body: &str| {
        let headers = [
            ("X-API-Key", &*writer),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", "one"),
        ];
        server.send("POST", logs, &headers, body.as_bytes())
    };
    named(GUIDE_ENTRY).json(201);
    let another = GUIDE_ENTRY.replace("SUCCESS", "FAILED");
    let many = json!(vec![json!({}); 10_001]).to_string();
    for (answer, status, name) in [
        (server.call("GET", logs, &[]), 401, "missing-key"),
        (server.get("no_key_of_anybody", logs), 401, "invalid-key"),
        (server.get(&writer, logs), 403, "scope"),
        (server.get(&far, logs), 403, "address"),
        (server.get(of_provider, logs), 403, "provider-key"),
        (server.get(&writer, "/nowhere"), 404, "not-found"),
        (
            server.call("DELETE", "/healthz", &[]),
            405,
            "method-not-allowed",
        ),
        (post("application/json", "{"), 400, "malformed-request"),
        (post("text/plain", "{}"), 415, "unsupported-media-type"),
        (post("application/json", "{}"), 422, "invalid-values"),
        (post("application/json", &many), 413, "too-large"),
        (named(&another), 422, "idempotency-key-reused"),
    ] {
        is_of(&server, &answer, status, &format!("/docs/problems#{name}"));
    }
}

fn a_limit_that_is_reached_is_named(site: &Site) {
    let limited = site
        .issue_with(&["--client", "acme_corp", "--rate", "1/h"])
        .key;
    let writer = site.issue("widget_co").key;
    site.admin_json(&[
        "quota",
        "set",
        "--client",
        "widget_co",
        "--entries-per-day",
        "1",
    ]);
    let server = site.start();
    while server.get(&limited, "/api/v1/whoami").status == 200 {}
    let refused = server.get(&limited, "/api/v1/whoami");
    let kind = "https://iana.org/assignments/http-problem-types#quota-exceeded";
    is_of(&server, &refused, 429, kind);
    assert_eq!(refused.problem(429)["violated-policies"], json!(["rate"]));

    server.post(&writer, GUIDE_ENTRY).json(201);
    let refused = server.post(&writer, GUIDE_ENTRY);
    is_of(&server, &refused, 429, kind);
    assert_eq!(
        refused.problem(429)["violated-policies"],
        json!(["entries"])
    );
}
