//! Saved views, columns of one's own, and what else people keep of logs.

use super::browser::{Browser, percent};
use crate::{http::Answer, process::Server, site::Site};
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

on_both_databases! {
    a_view_is_saved_for_all_people_of_the_client_alone,
    members_stand_in_columns_of_ones_own,
}

fn put(server: &Server, key: &str, name: &str, query: &str) -> Answer {
    let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
    let body = json!({"query": query}).to_string();
    let path = format!("/api/v1/views/{}", percent(name));
    server.send("PUT", &path, &headers, body.as_bytes())
}

fn a_view_is_saved_for_all_people_of_the_client_alone(site: &Site) {
    let (key, second) = (site.issue("acme_corp"), site.issue("acme_corp"));
    let other = site.issue("widget_co");
    let server = site.start();
    let alice = Browser::with_key(&server, &key.key);
    assert!(alice.open("/console/views").contains("No view is saved"));
    let odd = "failed <b> & co";
    let fixed =
        "status=FAILED&from=2026-03-01T00%3A00%3A00Z&to=2026-03-02T00%3A00%3A00Z&column=attr.host";
    let fields = [("name", odd), ("query", fixed), ("range", "86400s")];
    let saved = alice.submit("/console/views", &fields);
    assert_eq!(saved.status, 303, "{saved:?}");
    let address = saved.header("location").unwrap();
    assert_eq!(
        address,
        "/console/logs?status=FAILED&column=attr.host&range=86400s"
    );
    let bob = Browser::with_key(&server, &second.key);
    let page = bob.open("/console/views");
    assert!(
        page.contains("failed &lt;b&gt; &amp; co") && !page.contains("<b> &"),
        "{page}"
    );
    let logs = bob.ask("/console/logs");
    let logs = bob.open(logs.header("location").unwrap());
    assert!(logs.contains("failed &lt;b&gt; &amp; co"), "{logs}");

    let listed = server.get(&key.key, "/api/v1/views").json(200);
    assert_eq!(listed["views"][0]["name"], odd);
    assert_eq!(
        listed["views"][0]["query"],
        "status=FAILED&column=attr.host&range=86400s"
    );
    let nothing = server.get(&other.key, "/api/v1/views").json(200);
    assert_eq!(nothing, json!({"views": []}));
    assert!(
        !Browser::with_key(&server, &other.key)
            .open("/console/views")
            .contains("failed")
    );

    let refused = put(&server, &key.key, "wrong", "colour=red").json(422);
    assert_eq!(refused["errors"][0]["pointer"], "/query", "{refused}");
    assert_eq!(put(&server, &key.key, " a", "q=a").status, 422);
    for number in 1..100 {
        put(&server, &key.key, &format!("v{number}"), "q=a").json(200);
    }
    let full = put(&server, &key.key, "one more", "q=a").json(409);
    assert_eq!(full["state"], "limit_reached", "{full}");
    let full = alice.submit("/console/views", &[("name", "one more"), ("query", "q=a")]);
    assert_eq!(full.status, 409);
    assert!(full.body.contains("at most 100 saved views"), "{full:?}");

    let path = format!("/api/v1/views/{}", percent(odd));
    let strange = server.call("DELETE", &path, &[("X-API-Key", &*other.key)]);
    assert_eq!(strange.status, 404);
    let removed = alice.submit("/console/views/remove", &[("name", odd)]);
    assert_eq!(removed.status, 200, "{removed:?}");
    let gone = server.call("DELETE", &path, &[("X-API-Key", &*key.key)]);
    assert_eq!(gone.status, 404);
}

fn members_stand_in_columns_of_ones_own(site: &Site) {
    let key = site.issue("acme_corp");
    let server = site.start();
    let at = OffsetDateTime::now_utc().format(&Rfc3339).unwrap();
    let entry = json!({
        "environment": "production", "status": "OK", "executed_at": at,
        "host": "h<7>", "took": {"ms": 15}, "unseen": "not asked for",
    });
    server.post(&key.key, entry.to_string()).json(201);
    let browser = Browser::with_key(&server, &key.key);
    let led =
        browser.ask("/console/logs?range=1h&column=attr.host&column=attr.took.ms&column=attr.none");
    let page = browser.open(led.header("location").unwrap());
    let columns = page
        .split("<span class=\"columns\">")
        .nth(1)
        .expect("columns");
    let columns = columns.split("</summary>").next().unwrap();
    assert!(
        columns.contains("h&lt;7&gt;") && columns.contains(">15<"),
        "{columns}"
    );
    assert!(
        !columns.contains("none") && !columns.contains("not asked for"),
        "{columns}"
    );
    assert!(
        page.contains("name=\"column\" value=\"attr.host\" checked"),
        "{page}"
    );
}
