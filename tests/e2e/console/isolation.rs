//! No page shows a client what is another's: every page that links lead to, and each of those asked by the other.

use super::browser::Browser;
use crate::{
    keys_over_http::manager,
    process::Server,
    site::{Issued, Site},
    workflows::await_that,
};
use serde_json::json;
use std::collections::BTreeMap;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

on_both_databases! {
    no_page_shows_a_client_what_is_anothers,
}

const ACME: &str = "acme_corp";
const WIDGET: &str = "widget_co";

/// Pages without an id, of which each has a link somewhere.
const PAGES: [&str; 13] = [
    "/console/alerts",
    "/console/channels",
    "/console/incidents",
    "/console/intake",
    "/console/intake/mappings",
    "/console/keys",
    "/console/keys/new",
    "/console/logs",
    "/console/sessions",
    "/console/usage",
    "/console/views",
    "/console/workflows",
    "/console/workflows/backup",
];

fn no_page_shows_a_client_what_is_anothers(site: &Site) {
    let clients = [ACME, WIDGET].map(|client| (client, manager(site, client)));
    for (client, _) in &clients {
        site.raise(client);
    }
    let server = site.start();
    for (client, key) in &clients {
        fill(&server, client, key);
    }
    let [acme, widget] = clients.map(|(client, key)| {
        let browser = Browser::with_key(&server, &key.key);
        let pages = crawl(&browser);
        for path in PAGES {
            assert!(pages.contains_key(path), "{path} of {:?}", pages.keys());
        }
        let key_page = format!("/console/keys/{}", key.id);
        assert!(pages.contains_key(&key_page), "{:?}", pages.keys());
        let all: String = pages.values().map(|(_, page)| page.as_str()).collect();
        for shown in [&*secret(client), &format!("raised for {client}"), &key.id] {
            assert!(all.contains(shown), "{shown} is on no page of {client}");
        }
        (browser, pages, key.id)
    });
    for (client, (_, own, id), (browser, others, _)) in
        [(ACME, &acme, &widget), (WIDGET, &widget, &acme)]
    {
        for (path, (_, page)) in others {
            assert!(
                !page.contains(client) && !page.contains(id),
                "{path}: {page}"
            );
        }
        let raised = format!("raised for {client}");
        for (path, (address, _)) in own {
            let answer = browser.ask(address);
            let page = &answer.body;
            assert!(
                !page.contains(&secret(client)) && !page.contains(&raised),
                "{path}: {page}"
            );
            if path.starts_with("/console/logs/") || path.ends_with(id) {
                assert_eq!(answer.status, 404, "{path}: {answer:?}");
            }
        }
    }
}

/// What stands in all that a client has, and in no address.
fn secret(client: &str) -> String {
    format!("secret of {client}")
}

/// Both clients have a workflow of the same name, with an incident, and a saved view.
fn fill(server: &Server, client: &str, key: &Issued) {
    let put = |path: &str, body: serde_json::Value| {
        let headers = [
            ("X-API-Key", &*key.key),
            ("Content-Type", "application/json"),
        ];
        let body = body.to_string();
        let answer = server.send("PUT", path, &headers, body.as_bytes());
        assert!(answer.status < 300, "{answer:?}");
    };
    put(
        "/api/v1/workflows/backup/monitor?environment=prod",
        json!({"every": "1h"}),
    );
    put(
        "/api/v1/views/all",
        json!({"query": "range=24h&status=FAILED"}),
    );
    let entry = json!({
        "environment": "prod", "workflow": "backup", "status": "FAILED",
        "executed_at": OffsetDateTime::now_utc().format(&Rfc3339).unwrap(),
        "message": secret(client), "host": {"of": secret(client)},
    });
    server.post(&key.key, entry.to_string()).json(201);
    await_that(|| {
        let listed = server.get(&key.key, "/api/v1/incidents").json(200);
        let has_come = listed["incidents"][0].is_object();
        has_come.then_some(()).ok_or(listed)
    });
}

/// The first page of each path that links lead to, with its address.
fn crawl(browser: &Browser<'_>) -> BTreeMap<String, (String, String)> {
    let mut due = vec!["/console/workflows".to_owned()];
    let mut pages = BTreeMap::new();
    while let Some(asked) = due.pop() {
        let path = path_of(&asked);
        if pages.contains_key(&path) {
            continue;
        }
        let (address, page) = led(browser, &asked);
        due.extend(links(&page));
        pages.insert(path, (address, page));
    }
    pages
}

/// Where an address leads to in the end, and what stands there.
fn led(browser: &Browser<'_>, address: &str) -> (String, String) {
    let answer = browser.ask(address);
    match answer.header("location") {
        Some(other) if answer.status == 303 => led(browser, other),
        _ => {
            assert_eq!(answer.status, 200, "{address}: {answer:?}");
            (address.to_owned(), answer.body)
        }
    }
}

fn links(page: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1);
    let links = links.filter_map(|link| link.split('"').next());
    let links = links.map(|link| link.replace("&amp;", "&"));
    let is_page =
        |link: &String| link.starts_with("/console/") && !link.starts_with("/console/assets/");
    links.filter(is_page).collect()
}

fn path_of(address: &str) -> String {
    let end = address.find('?').unwrap_or(address.len());
    address[..end].to_owned()
}
