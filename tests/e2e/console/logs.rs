//! Logs as people see them.

use super::browser::{Browser, percent};
use crate::site::Site;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

on_both_databases! {
    a_person_finds_entries_by_what_they_are,
    older_entries_follow_page_by_page,
    one_entry_stands_among_those_around_it,
    hostile_entries_are_text_everywhere,
    whoever_may_not_read_is_told_so,
}

fn entry(status: &str, workflow: &str, at: OffsetDateTime, message: &str) -> Value {
    json!({
        "environment": "production", "status": status, "workflow": workflow, "message": message,
        "executed_at": at.format(&Rfc3339).unwrap(), "host": "h7", "took": {"ms": 1.5},
    })
}

/// The address that a page leads to.
#[track_caller]
fn led(browser: &Browser<'_>, path: &str) -> String {
    let answer = browser.ask(path);
    assert_eq!(answer.status, 303, "{path}: {answer:?}");
    answer.header("location").unwrap().to_owned()
}

fn rows(page: &str) -> usize {
    page.matches("<details class=\"entry\">").count()
}

fn a_person_finds_entries_by_what_they_are(site: &Site) {
    let key = site.issue("acme_corp");
    let server = site.start();
    let now = OffsetDateTime::now_utc();
    let entries = json!([
        entry(
            "SUCCESS",
            "invoices",
            now - Duration::hours(3),
            "41 rows were sent"
        ),
        entry(
            "FAILED",
            "invoices",
            now - Duration::hours(2),
            "the printer is on fire"
        ),
        entry("SUCCESS", "backup", now - Duration::hours(1), "all is kept"),
    ]);
    server.post(&key.key, entries.to_string()).json(201);
    let browser = Browser::with_key(&server, &key.key);

    let address = led(&browser, "/console/logs");
    assert!(
        address.contains("from=20") && address.contains("&to=20"),
        "{address}"
    );
    let page = browser.open(&address);
    assert_eq!(rows(&page), 3, "{page}");
    for part in [
        "<span class=\"count\">2</span>",
        "1 SUCCESS",
        "name=\"workflow\" value=\"backup\"",
        "name=\"attr.took.ms\" value=\"1.5\"",
        "/api/v1/logs/export?format=csv&amp;from=",
        "data-live=\"/api/v1/logs/tail?\"",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    for (query, found) in [
        ("status=FAILED", 1),
        ("workflow=invoices", 2),
        ("workflow=invoices&status=SUCCESS", 1),
        ("q=printer", 1),
        ("attr.host=h7", 3),
        ("attr.host=h8", 0),
        ("status=FAILED&status=SUCCESS", 3),
        ("not.status=FAILED", 2),
        ("attr.took.ms=1.5", 3),
        ("environment=test", 0),
    ] {
        let address = led(&browser, &format!("/console/logs?range=24h&{query}"));
        assert_eq!(rows(&browser.open(&address)), found, "{query}");
    }
    let hour = led(&browser, "/console/logs?range=90m&status=&q=&workflow=");
    assert!(!hour.contains("status") && !hour.contains("q="), "{hour}");
    assert_eq!(rows(&browser.open(&hour)), 1);
    let member = led(&browser, "/console/logs?range=24h&member=host&value=h7");
    assert!(member.contains("attr.host=h7"), "{member}");
    assert_eq!(rows(&browser.open(&member)), 3);
    let nothing = browser.open(&led(&browser, "/console/logs?range=24h&q=nothing"));
    assert!(nothing.contains("No entry has all of this"));
    let wrong = browser.ask(&format!("{address}&colour=red"));
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.body.contains("colour") && wrong.body.contains("<nav"),
        "{wrong:?}"
    );

    // Each bar leads to its time.
    let bar = page.split("<tbody>").nth(1).unwrap();
    let bar = bar
        .split("href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    assert_eq!(rows(&browser.open(&bar.replace("&amp;", "&"))), 1);
}

fn older_entries_follow_page_by_page(site: &Site) {
    let key = site.issue("acme_corp");
    let server = site.start();
    let now = OffsetDateTime::now_utc();
    let entries = (0..120).map(|n| {
        entry(
            "OK",
            "w",
            now - Duration::seconds(n),
            &format!("number {n}"),
        )
    });
    let entries: Vec<_> = entries.collect();
    server.post(&key.key, json!(entries).to_string()).json(201);
    let browser = Browser::with_key(&server, &key.key);
    let mut address = led(&browser, "/console/logs");
    let mut seen = Vec::new();
    loop {
        let page = browser.open(&address);
        seen.push(rows(&page));
        let Some(next) = page
            .split("\" rel=\"next\"")
            .next()
            .filter(|head| head.len() < page.len())
        else {
            break;
        };
        address = next.rsplit_once("href=\"").unwrap().1.replace("&amp;", "&");
    }
    assert_eq!(seen, [50, 50, 20]);
}

fn one_entry_stands_among_those_around_it(site: &Site) {
    let (key, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = site.start();
    let now = OffsetDateTime::now_utc() - Duration::MINUTE;
    let entries = (0..9).map(|n| {
        entry(
            "OK",
            "w",
            now + Duration::seconds(n),
            &format!("number {n}"),
        )
    });
    let entries: Vec<_> = entries.collect();
    let stored = server.post(&key.key, json!(entries).to_string()).json(201);
    let id = stored["ids"][4].as_str().unwrap();
    let browser = Browser::with_key(&server, &key.key);
    let page = browser.open(&format!("/console/logs/{id}"));
    assert_eq!(rows(&page), 8);
    let places: Vec<_> = [
        "number 8",
        "number 5",
        "<span>This entry</span>",
        "number 3",
        "number 0",
    ]
    .iter()
    .map(|part| page.rfind(part).unwrap())
    .collect();
    assert!(places.is_sorted(), "{places:?}");
    let stranger = Browser::with_key(&server, &other.key);
    for absent in [id, "00000000-0000-7000-8000-000000000000", "x"] {
        let answer = stranger.ask(&format!("/console/logs/{absent}"));
        assert_eq!(answer.status, 404);
        assert!(!answer.body.contains("number"), "{answer:?}");
    }
}

fn hostile_entries_are_text_everywhere(site: &Site) {
    let key = site.issue("acme_corp");
    let server = site.start();
    let hostile = "<img src=x onerror=alert(1)>\"'\u{202e}\u{1b}[2J";
    let mut sent = entry(&hostile[..30], hostile, OffsetDateTime::now_utc(), hostile);
    let mut inner = json!({});
    inner[hostile] = hostile.into();
    sent[hostile] = inner;
    sent["environment"] = hostile.into();
    let stored = server.post(&key.key, sent.to_string()).json(201);
    let browser = Browser::with_key(&server, &key.key);
    let id = stored["id"].as_str().unwrap();
    let logs = led(&browser, "/console/logs");
    let workflow = percent(hostile);
    let filtered = led(
        &browser,
        &format!("/console/logs?range=24h&workflow={workflow}"),
    );
    let wrong = format!("{logs}&{workflow}={workflow}");
    for (path, status) in [
        (format!("/console/logs/{id}"), 200),
        (logs, 200),
        (filtered, 200),
        (wrong, 422),
        (format!("/console/logs/{workflow}"), 404),
        (format!("/console/keys?q={workflow}"), 403),
    ] {
        let page = browser.ask(&path);
        assert_eq!(page.status, status, "{path}");
        assert!(!page.body.contains("<img"), "{path}: {page:?}");
        for obeyed in ["\u{202e}", "\u{1b}"] {
            assert!(
                !visible(&page.body).contains(obeyed),
                "{obeyed:?} at {path}: {page:?}"
            );
        }
    }
}

/// What stands between the tags of a page.
fn visible(page: &str) -> String {
    let parts = page
        .split('<')
        .map(|part| part.split_once('>').map_or("", |(_, text)| text));
    parts.collect()
}

fn whoever_may_not_read_is_told_so(site: &Site) {
    let writer = site.issue_with(&["--client", "acme_corp", "--scope", "logs:write"]);
    let server = site.start();
    let browser = Browser::with_key(&server, &writer.key);
    for (path, scope) in [
        ("/console/workflows", "logs:read"),
        ("/console/logs", "logs:read"),
        (
            "/console/logs/00000000-0000-7000-8000-000000000000",
            "logs:read",
        ),
        ("/console/keys", "keys:manage"),
        ("/console/keys/new", "keys:manage"),
        ("/console/usage", "keys:manage"),
        ("/console/alerts", "keys:manage"),
    ] {
        let refused = browser.ask(path);
        assert_eq!(refused.status, 403, "{path}");
        assert!(
            refused.body.contains(scope) && refused.body.contains("<nav"),
            "{refused:?}"
        );
    }
}
