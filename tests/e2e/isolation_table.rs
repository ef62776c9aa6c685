//! Every route, asked in every way by every client, and whose logs the answers hold.
//!
//! Two clients have entries with the same ids, a third has none. What they may see stands in
//! `isolation_table.txt`. A route that has no row there fails the test.

use crate::{http::Answer, process::Server, site::Site};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

on_both_databases! {
    no_route_shows_a_client_what_is_anothers,
}

const TABLE: &str = include_str!("isolation_table.txt");

const CLIENTS: [&str; 3] = ["acme_corp", "widget_co", "idle_inc"];

/// Names of routes, and what is asked of them. `ONLY` is the id of an entry that only the first
/// client has, `BOTH` that of one that the first two have.
const QUESTIONS: [(&str, &[&str]); 12] = [
    (
        "GET /api/v1/logs",
        &[
            "",
            "?environment=e",
            "?status=s",
            "?status=of-acme_corp",
            "?workflow=w",
            "?q=word",
            "?q=acme_corp",
            "?attr.owner=of-acme_corp",
            "?from=START",
            "?to=END",
            "?from=END",
            "?order=asc",
            "?limit=1",
            "?order=asc&limit=1",
            "?cursor=ONLY",
            "?cursor=BOTH",
            "?order=asc&cursor=ONLY",
            "?order=asc&cursor=BOTH",
            "?client_id=acme_corp",
        ],
    ),
    (
        "GET /api/v1/logs/{id}",
        &["ONLY", "BOTH", "00000000-0000-7000-8000-000000000000"],
    ),
    (
        "GET /api/v1/logs/stats",
        &[
            "",
            "?by=status",
            "?by=environment",
            "?by=workflow",
            "?environment=e",
            "?status=of-acme_corp",
            "?workflow=w",
            "?from=START&interval=1d",
            "?to=END",
        ],
    ),
    (
        "GET /api/v1/logs/export",
        &[
            "",
            "?format=csv",
            "?environment=e",
            "?status=of-acme_corp",
            "?workflow=w",
            "?q=acme_corp",
            "?attr.owner=of-acme_corp",
            "?from=START",
            "?to=END",
            "?order=asc",
            "?cursor=ONLY",
            "?format=csv&order=asc&cursor=BOTH",
        ],
    ),
    (
        "GET /api/v1/logs/tail",
        &[
            " after ONLY",
            " after BOTH",
            "?environment=e after BOTH",
            "?status=of-acme_corp after BOTH",
            "?workflow=w after BOTH",
            "?q=word after BOTH",
            "?attr.owner=of-acme_corp after BOTH",
        ],
    ),
    ("GET /api/v1/whoami", &[""]),
    ("GET /api/v1/usage", &["", "?since=START"]),
    ("GET /api/v1/alerts", &["", "?since=START"]),
    (
        "POST /api/v1/alerts/{id}/acknowledge",
        &["acme_corp", "widget_co", "0000000000000000"],
    ),
    ("POST /api/v1/logs", &["", " under one Idempotency-Key"]),
    ("* /api/v1/verify", &[""]),
    (
        "* nobody's",
        &["/healthz", "/readyz", "/openapi.json", "/docs"],
    ),
];

struct Asked {
    server: Server,
    keys: [String; 3],
    only: String,
    both: String,
    /// The ids of an alert about each client.
    alerts: [String; 3],
    now: OffsetDateTime,
}

fn no_route_shows_a_client_what_is_anothers(site: &Site) {
    let asked = Asked::on(site);
    let table = asked.table(|_| true);
    assert!(table == TABLE, "the table is now\n{table}");
    for line in table.lines() {
        for answer in line.split(" | ").skip(1) {
            let (client, seen) = answer.split_once(' ').unwrap();
            let others = CLIENTS.iter().filter(|other| **other != client);
            assert!(others.clone().all(|other| !seen.contains(other)), "{line}");
        }
    }
    assert_eq!(asked.routes(), routes_in(&table));
}

/// Without the `WHERE` that narrows to a client, each sees the entries of all.
#[test]
fn the_table_is_another_when_the_store_forgets_the_client() {
    let site = Site::on_sqlite();
    let asked = Asked::on(&site);
    let file = site.path("data/central-logger-logs.db");
    let logs = rusqlite::Connection::open(file).unwrap();
    let forget = "ALTER TABLE workflow_logs RENAME TO kept;
         CREATE VIEW workflow_logs AS SELECT column1 AS client_id, id, received_at, environment,
             executed_at, status, workflow, message, event_id, extra
         FROM kept, (VALUES ('acme_corp'), ('widget_co'), ('idle_inc'))";
    logs.execute_batch(forget).unwrap();
    // A view takes no entries, with which tails are made to end.
    let table = asked.table(|route| !route.ends_with("/tail"));
    for route in ["", "/{id}", "/stats", "/export"] {
        let route = format!("GET /api/v1/logs{route} ");
        let rows = |table: &str| {
            let rows = table.lines().filter(|line| line.starts_with(&route));
            rows.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_ne!(rows(&table), rows(TABLE), "{route}");
        assert!(!rows(&table).is_empty());
    }
}

impl Asked {
    fn on(site: &Site) -> Self {
        let keys = CLIENTS.map(|client| {
            let all = ["logs:write", "logs:read", "keys:manage"];
            let scopes = all.iter().flat_map(|scope| ["--scope", scope]);
            let arguments: Vec<_> = ["--client", client].into_iter().chain(scopes).collect();
            site.issue_with(&arguments).key
        });
        let server = site.start();
        let alerts = CLIENTS.map(|client| site.raise(client));
        let now = OffsetDateTime::now_utc().truncate_to_millisecond();
        let mut ids = Vec::new();
        for (client, key) in CLIENTS.iter().zip(&keys).take(2) {
            let shared = (0..3).map(|n| entry(client, "s", now, &format!("run-{n}")));
            let shared: Vec<_> = shared.collect();
            let stored = server.post(key, json!(shared).to_string()).json(201);
            ids.push(stored["ids"].clone());
        }
        assert_eq!(ids[0], ids[1]);
        let mut both: Vec<_> = ids[0].as_array().unwrap().iter().collect();
        both.sort_by_key(|id| id.as_str());
        let both = both[1].as_str().unwrap().to_owned();
        // Later than the others, so that its place among them is always the same.
        let later = now + Duration::milliseconds(1);
        let only = entry("acme_corp", "of-acme_corp", later, "only");
        let only = server.post(&keys[0], only.to_string()).json(201)["id"].clone();
        Self {
            only: only.as_str().unwrap().to_owned(),
            server,
            keys,
            both,
            alerts,
            now,
        }
    }

    fn table(&self, asks_about: impl Fn(&str) -> bool) -> String {
        let mut table = String::new();
        for (route, forms) in QUESTIONS.iter().filter(|(route, _)| asks_about(route)) {
            for form in *forms {
                write!(table, "{route} {form}").unwrap();
                for (client, key) in CLIENTS.iter().zip(&self.keys) {
                    let seen = self.ask(client, key, route, form);
                    write!(table, " | {client} {seen}").unwrap();
                }
                table.push('\n');
            }
        }
        table
    }

    /// The statuses that a client is answered with, and how often the answers name each client.
    fn ask(&self, client: &str, key: &str, route: &str, form: &str) -> String {
        let form = form
            .replace("ONLY", &self.only)
            .replace("BOTH", &self.both)
            .replace("START", &text(self.now - Duration::MINUTE))
            .replace("END", &text(self.now + Duration::milliseconds(1)));
        let path = route.split(' ').nth(1).unwrap();
        match route {
            "GET /api/v1/logs/{id}" => seen(&[self.server.get(key, &path.replace("{id}", &form))]),
            "GET /api/v1/logs/tail" => self.follow(client, key, &form),
            "POST /api/v1/logs" => {
                let again = entry(client, "s", self.now, "run-1").to_string();
                let name = [("X-API-Key", key), ("Content-Type", "application/json")];
                let named = [("Idempotency-Key", "one")];
                let headers = [&name[..], if form.is_empty() { &[] } else { &named }].concat();
                let send = || self.server.send("POST", path, &headers, again.as_bytes());
                seen(&[send(), send()])
            }
            "* /api/v1/verify" => {
                let headers = [("X-API-Key", key)];
                let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"];
                let answers = methods.map(|method| self.server.call(method, path, &headers));
                seen(&answers)
            }
            "GET /api/v1/logs/stats" => {
                let answer = self.server.get(key, &format!("{path}{form}"));
                let counted = answer.json(200)["totals"].to_string();
                format!("{} {counted}", seen(&[answer]))
            }
            "GET /api/v1/usage" => {
                let mut answer = self.server.get(key, &format!("{path}{form}"));
                // How often it names the client itself depends on what has been stored so far.
                answer.body = answer.body.replace(client, "");
                seen(&[answer])
            }
            "POST /api/v1/alerts/{id}/acknowledge" => {
                let of = CLIENTS.iter().position(|client| *client == form);
                let id = of.map_or(&*form, |of| &self.alerts[of]);
                let headers = [("X-API-Key", key)];
                seen(&[self
                    .server
                    .call("POST", &path.replace("{id}", id), &headers)])
            }
            "* nobody's" => seen(&[self.server.get(key, &form)]),
            _ => seen(&[self.server.get(key, &format!("{path}{form}"))]),
        }
    }

    /// What comes before an entry of the client's own that is stored afterwards.
    fn follow(&self, client: &str, key: &str, form: &str) -> String {
        let (query, last) = form.split_once(" after ").unwrap();
        let mut events = self.server.follow(key, query, Some(last));
        let mut end = entry(client, "s", OffsetDateTime::now_utc(), "end");
        let filter = query.trim_start_matches('?').replace("attr.", "");
        if let Some((name, value)) = filter.split_once('=').filter(|(name, _)| *name != "q") {
            end[name] = json!(value);
        }
        end["event_id"] = json!(format!("end of {form}").replace(' ', "_"));
        end["is_end"] = json!(true);
        let id = self.server.post(key, end.to_string()).json(201)["id"].clone();
        let mut come = String::new();
        loop {
            let event = events.next().unwrap();
            if event["id"] == id {
                return format!("200{}", named_in(&come));
            }
            // Those are the ends of the tails before.
            if event["is_end"].is_null() || event["client_id"] != *client {
                come += &event.to_string();
            }
        }
    }

    /// All that the server says it has, but for `HEAD`, whose answers hold nothing: `head.rs` sees to that.
    fn routes(&self) -> BTreeSet<String> {
        let described = self.server.get(&self.keys[0], "/openapi.json").json(200);
        let paths = described["paths"].as_object().unwrap();
        let of_path = |(path, methods): (&String, &Value)| {
            let methods = methods.as_object().unwrap().keys().cloned();
            let methods: Vec<_> = methods.filter(|method| method != "head").collect();
            let path = path.clone();
            methods.into_iter().map(move |method| match &*path {
                "/api/v1/verify" => "* /api/v1/verify".to_owned(),
                "/healthz" | "/readyz" | "/openapi.json" | "/docs" => format!("* {path}"),
                _ => format!("{} {path}", method.to_uppercase()),
            })
        };
        paths.iter().flat_map(of_path).collect()
    }
}

fn routes_in(table: &str) -> BTreeSet<String> {
    let route = |line: &str| {
        let mut words = line.replace("nobody's ", "");
        words.truncate(words.match_indices(' ').nth(1).unwrap().0);
        words
    };
    table.lines().map(route).collect()
}

fn seen(answers: &[Answer]) -> String {
    let statuses: BTreeSet<_> = answers.iter().map(|answer| answer.status).collect();
    let statuses: Vec<_> = statuses.iter().map(u16::to_string).collect();
    let texts = answers
        .iter()
        .map(|answer| format!("{:?}{}", answer.headers, answer.body));
    format!(
        "{}{}",
        statuses.join(" "),
        named_in(&texts.collect::<String>())
    )
}

fn named_in(text: &str) -> String {
    let named = CLIENTS.map(|client| match text.matches(client).count() {
        0 => String::new(),
        count => format!(" {client}×{count}"),
    });
    named.concat()
}

fn entry(client: &str, status: &str, at: OffsetDateTime, event: &str) -> Value {
    json!({
        "environment": "e", "status": status, "workflow": "w", "executed_at": text(at),
        "event_id": event, "message": format!("a word of {client}"), "owner": format!("of-{client}"),
    })
}

fn text(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap()
}
