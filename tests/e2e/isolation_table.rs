//! Every route, asked in every way by every client and by the provider, and whose data the answers hold.
//!
//! Two clients have entries with the same ids, a third has none. What they may see stands in
//! `isolation_table.txt`. A route that has no row there fails the test.

use crate::{
    isolation_asked::{Asked, CLIENTS, PROVIDER},
    isolation_callers::Caller,
    site::Site,
};
use serde_json::Value;
use std::collections::BTreeSet;

on_both_databases! {
    no_route_shows_a_client_what_is_anothers,
    no_route_shows_from_blocks_what_is_anothers,
}

pub(crate) const TABLE: &str = include_str!("isolation_table.txt");

fn no_route_shows_a_client_what_is_anothers(site: &Site) {
    let asked = Asked::on(site, Caller::by_key);
    let table = asked.table(|_| true);
    assert!(table == TABLE, "the table is now\n{table}");
    for line in table.lines() {
        for answer in line.split(" | ").skip(1) {
            let (client, seen) = answer.split_once(' ').unwrap();
            let others = CLIENTS.iter().filter(|other| **other != client);
            if client == PROVIDER {
                let is_of_provider = line.contains(" /api/v1/provider/") || line.starts_with('*');
                let names_nobody = CLIENTS.iter().all(|client| !seen.contains(client));
                assert!(names_nobody || is_of_provider, "{line}");
                let is_of_logs = line.contains(" /api/v1/logs");
                assert!(seen == "403" || !is_of_logs, "{line}");
                continue;
            }
            assert!(others.clone().all(|other| !seen.contains(other)), "{line}");
        }
    }
    assert_eq!(routes(&asked), routes_in(&table));
}

fn no_route_shows_from_blocks_what_is_anothers(site: &Site) {
    let asked = Asked::on(site, Caller::by_key);
    let sealed = site.admin_json(&["logs", "seal"]);
    assert_ne!(sealed["sealed"], 0);
    let table = asked.table(|_| true);
    assert!(table == TABLE, "from blocks, the table is\n{table}");
}

/// Without the `WHERE` that narrows to a client, each sees the entries of all.
#[test]
fn the_table_is_another_when_the_store_forgets_the_client() {
    let site = Site::on_sqlite();
    let asked = Asked::on(&site, Caller::by_key);
    let file = site.path("data/central-logger-logs.db");
    let logs = rusqlite::Connection::open(file).unwrap();
    let forget = "ALTER TABLE workflow_logs RENAME TO kept;
         CREATE VIEW workflow_logs AS SELECT column1 AS client_id, id, received_at, environment,
             executed_at, status, workflow, message, event_id, extra
         FROM kept, (VALUES ('acme_corp'), ('widget_co'), ('idle_inc'))";
    logs.execute_batch(forget).unwrap();
    // A view takes no entries, with which tails are made to end.
    let table = asked.table(|route| !route.ends_with("/tail"));
    for route in ["", "/{id}", "/stats", "/values", "/export"] {
        let route = format!("GET /api/v1/logs{route} ");
        let rows = |table: &str| {
            let rows = table.lines().filter(|line| line.starts_with(&route));
            rows.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_ne!(rows(&table), rows(TABLE), "{route}");
        assert!(!rows(&table).is_empty());
    }
}

/// All that the server says it has, but for `HEAD`, whose answers hold nothing: `head.rs` sees to that.
fn routes(asked: &Asked) -> BTreeSet<String> {
    let described = asked.server.call("GET", "/openapi.json", &[]).json(200);
    let paths = described["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap().keys().cloned();
        let methods: Vec<_> = methods.filter(|method| method != "head").collect();
        let path = path.clone();
        methods.into_iter().map(move |method| match &*path {
            "/api/v1/verify" => "* /api/v1/verify".to_owned(),
            "/healthz" | "/readyz" | "/openapi.json" => format!("* {path}"),
            "/.well-known/security.txt" | "/docs" | "/docs/problems" => format!("* {path}"),
            _ => format!("{} {path}", method.to_uppercase()),
        })
    };
    paths.iter().flat_map(of_path).collect()
}

fn routes_in(table: &str) -> BTreeSet<String> {
    let route = |line: &str| {
        let mut words = line.replace("nobody's ", "");
        words.truncate(words.match_indices(' ').nth(1).unwrap().0);
        words
    };
    table.lines().map(route).collect()
}
