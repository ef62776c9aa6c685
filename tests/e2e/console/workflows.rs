//! Workflows as people see them.

use super::browser::{Browser, percent};
use crate::{process::Server, site::Site, workflows::await_that};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

on_both_databases! {
    what_fails_stands_first,
    many_workflows_are_looked_for_and_stand_page_by_page,
    a_workflow_shows_its_runs_and_each_leads_to_its_entries,
}

fn entry(workflow: &str, status: &str, run: Option<&str>, at: OffsetDateTime) -> Value {
    let mut entry = json!({
        "environment": "production", "status": status, "workflow": workflow,
        "executed_at": at.format(&Rfc3339).unwrap(),
    });
    if let Some(run) = run {
        entry["run_id"] = run.into();
    }
    entry
}

/// Waits until all runs of a week are counted.
#[track_caller]
fn await_all(server: &Server, key: &str, runs: u64) {
    await_that(|| {
        let listed = server.get(key, "/api/v1/workflows").json(200);
        let workflows = listed["workflows"].as_array().unwrap();
        let counted = workflows.iter().map(|one| one["runs_7d"].as_u64().unwrap());
        (counted.sum::<u64>() == runs).then_some(()).ok_or(listed)
    });
}

fn what_fails_stands_first(site: &Site) {
    let (key, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = site.start();
    let browser = Browser::with_key(&server, &key.key);
    assert!(
        browser
            .open("/console/workflows")
            .contains("No workflows yet")
    );
    let now = OffsetDateTime::now_utc();
    let entry = |workflow: &str, status: &str, run: Option<&str>, minutes: i64| {
        entry(workflow, status, run, now - Duration::minutes(minutes))
    };
    let entries = json!([
        entry("backup", "RUNNING", Some("b1"), 61),
        entry("backup", "SUCCESS", Some("b1"), 60),
        entry("backup", "RUNNING", Some("b2"), 5),
        entry("orders", "SUCCESS", None, 180),
        entry("orders", "FAILED", None, 60),
        entry("orders", "FAILED", None, 3000),
        entry("zebra", "FAILED", None, 5400),
    ]);
    server.post(&key.key, entries.to_string()).json(201);
    await_all(&server, &key.key, 6);
    let page = browser.open("/console/workflows");
    let places: Vec<_> = [">orders<", ">zebra<", ">backup<"]
        .iter()
        .map(|name| {
            page.find(name)
                .unwrap_or_else(|| panic!("{name} in {page}"))
        })
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    for part in [
        "3 workflows",
        "2 failing now",
        "1 run under way",
        "running now",
        "50.0 %",
        "33.3 %",
        "100 %",
        "1 of 2 failed",
        "1 min",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let stranger = Browser::with_key(&server, &other.key);
    assert!(!stranger.open("/console/workflows").contains("orders"));
}

fn many_workflows_are_looked_for_and_stand_page_by_page(site: &Site) {
    const MANY: u64 = 203;
    let key = site.issue("acme_corp");
    let server = site.start();
    let now = OffsetDateTime::now_utc();
    let entries = (0..MANY).map(|number| {
        let status = if number == 150 { "FAILED" } else { "SUCCESS" };
        entry(&format!("job-{number:03}&"), status, None, now)
    });
    let entries: Vec<_> = entries.collect();
    server.post(&key.key, json!(entries).to_string()).json(201);
    await_all(&server, &key.key, MANY);
    let browser = Browser::with_key(&server, &key.key);
    let rows = |page: &str| page.matches("<th scope=\"row\">").count();
    let first = browser.open("/console/workflows");
    assert_eq!(rows(&first), 100);
    for part in [
        "203 workflows",
        "1 failing now",
        "1 to 100 of 203",
        ">job-150&amp;<",
    ] {
        assert!(first.contains(part), "{part} in {first}");
    }
    assert!(
        first.contains("href=\"/console/workflows?page=2\""),
        "{first}"
    );
    let last = browser.open("/console/workflows?page=3");
    assert_eq!(rows(&last), 3);
    assert!(last.contains("201 to 203 of 203") && !last.contains("page=4"));
    let found = browser.open("/console/workflows?q=JOB-15");
    assert_eq!(rows(&found), 10);
    assert!(found.contains("203 workflows") && !found.contains("page="));
    let further = browser.open("/console/workflows?q=26&page=9");
    assert_eq!(
        rows(&further),
        2,
        "a page that there is not is the last one"
    );
    let none = browser.open(&format!("/console/workflows?q={}", percent("<b>&")));
    assert!(
        none.contains("No such workflow") && !none.contains("<b>"),
        "{none}"
    );
}

fn a_workflow_shows_its_runs_and_each_leads_to_its_entries(site: &Site) {
    let (key, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = site.start();
    let now = OffsetDateTime::now_utc();
    let odd = "a/b c?<i>";
    let entry = |status: &str, run: Option<&str>, minutes: i64| {
        entry(odd, status, run, now - Duration::minutes(minutes))
    };
    let entries = json!([
        entry("RUNNING", Some("first&1"), 30),
        entry("INFO", Some("first&1"), 29),
        entry("FAILED", Some("first&1"), 28),
        entry("SUCCESS", None, 20),
        entry("RUNNING", Some("third"), 1),
    ]);
    server.post(&key.key, entries.to_string()).json(201);
    await_all(&server, &key.key, 3);
    let runs = server.get(
        &key.key,
        "/api/v1/workflows/a%2Fb%20c%3F%3Ci%3E/runs?environment=production",
    );
    let runs = runs.json(200)["runs"].clone();
    let seen = |name: &str| {
        runs.as_array()
            .unwrap()
            .iter()
            .map(|run| run[name].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(seen("status"), ["RUNNING", "SUCCESS", "FAILED"]);
    assert_eq!(seen("failed"), [false, false, true]);
    assert_eq!(
        seen("run_id"),
        [json!("third"), Value::Null, json!("first&1")]
    );

    let browser = Browser::with_key(&server, &key.key);
    let address = "/console/workflows/a%2Fb%20c%3F%3Ci%3E?environment=production";
    assert!(browser.open("/console/workflows").contains(address));
    let page = browser.open(address);
    assert!(!page.contains("<i>"), "{page}");
    for part in ["Running now", "run bad", "run good", "run busy", "66.7 %"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let led = page.split("class=\"run bad\" href=\"").nth(1).unwrap();
    let led = led.split('"').next().unwrap().replace("&amp;", "&");
    let entries = browser.open(&led);
    assert_eq!(
        entries.matches("<details class=\"entry\">").count(),
        3,
        "{led}"
    );
    let stranger = Browser::with_key(&server, &other.key);
    assert_eq!(stranger.ask(address).status, 404);
    assert_eq!(
        browser.ask("/console/workflows/none?environment=e").status,
        404
    );
}
