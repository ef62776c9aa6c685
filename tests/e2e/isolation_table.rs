//! Every route, asked in every way by every client and by the provider, and whose data the answers hold.
//!
//! Two clients have entries with the same ids, a third has none. What they may see stands in
//! `isolation_table.txt`. A route that has no row there fails the test.

use crate::{
    http::Answer, isolation_foreign, isolation_mappings, isolation_questions::QUESTIONS,
    process::Server, site::Site,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

on_both_databases! {
    no_route_shows_a_client_what_is_anothers,
    no_route_shows_from_blocks_what_is_anothers,
}

const TABLE: &str = include_str!("isolation_table.txt");

const CLIENTS: [&str; 3] = ["acme_corp", "widget_co", "idle_inc"];

/// Who stands beside the clients in the table: a program of the provider, which may see all of them.
const PROVIDER: &str = "provider";

/// Nobody is there.
const CHANNEL: &str = r#"{"kind":"webhook","url":"https://hooks.example.com/4711"}"#;

struct Asked {
    server: Server,
    keys: [String; 3],
    provider: String,
    /// The ids of a key of each client that nobody uses.
    unused: [String; 3],
    only: String,
    both: String,
    /// The ids of an alert about each client.
    alerts: [String; 3],
    /// The ids of a session of each client.
    sessions: [String; 3],
    /// The ids of a channel of each client.
    channels: [String; 3],
    mappings: [String; 3],
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
    assert_eq!(asked.routes(), routes_in(&table));
}

fn no_route_shows_from_blocks_what_is_anothers(site: &Site) {
    let asked = Asked::on(site);
    let sealed = site.admin_json(&["logs", "seal"]);
    assert_ne!(sealed["sealed"], 0);
    let table = asked.table(|_| true);
    assert!(table == TABLE, "from blocks, the table is\n{table}");
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

impl Asked {
    fn on(site: &Site) -> Self {
        let keys = CLIENTS.map(|client| {
            let all = ["logs:write", "logs:read", "keys:manage"];
            let scopes = all.iter().flat_map(|scope| ["--scope", scope]);
            let arguments: Vec<_> = ["--client", client].into_iter().chain(scopes).collect();
            site.issue_with(&arguments).key
        });
        let unused = CLIENTS.map(|client| site.issue(client).id);
        let provider = site.issue_to_provider("provider:read provider:write").key;
        let server = site.start();
        let alerts = CLIENTS.map(|client| site.raise(client));
        let sessions = [0, 1, 2].map(|client: usize| {
            let headers = [("X-API-Key", &*keys[client])];
            let begun = server.call("POST", "/api/v1/sessions", &headers).json(201);
            begun["session_id"].as_str().unwrap().to_owned()
        });
        let channels = [0, 1, 2].map(|client: usize| {
            let headers = [
                ("X-API-Key", &*keys[client]),
                ("Content-Type", "application/json"),
            ];
            let made = server.send("POST", "/api/v1/channels", &headers, CHANNEL.as_bytes());
            made.json(201)["id"].as_str().unwrap().to_owned()
        });
        let mappings = isolation_mappings::make(&server, &keys);
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
        for (key, runs) in keys.iter().zip([4, 3]) {
            crate::workflows::await_runs(&server, key, "w", runs);
        }
        Self {
            only: only.as_str().unwrap().to_owned(),
            server,
            keys,
            provider,
            unused,
            both,
            alerts,
            sessions,
            mappings,
            channels,
            now,
        }
    }

    fn table(&self, asks_about: impl Fn(&str) -> bool) -> String {
        let mut table = String::new();
        let foreign = isolation_foreign::ROUTES.iter();
        let foreign = foreign.map(|(route, _)| (*route, &["in the name of the first"][..]));
        let questions = QUESTIONS.into_iter().chain(foreign);
        for (route, forms) in questions.filter(|(route, _)| asks_about(route)) {
            for form in forms {
                write!(table, "{route} {form}").unwrap();
                for (client, key) in CLIENTS.iter().zip(&self.keys) {
                    let seen = self.ask(client, key, route, form);
                    write!(table, " | {client} {seen}").unwrap();
                }
                let seen = self.ask_as_provider(route, form);
                write!(table, " | {PROVIDER} {seen}").unwrap();
                table.push('\n');
            }
        }
        table
    }

    /// The same for a program of the provider, which gets nowhere with what is a client's.
    fn ask_as_provider(&self, route: &str, form: &str) -> String {
        let (method, path) = route.split_once(' ').unwrap();
        let (server, ids) = (&self.server, &self.mappings);
        if let Some(answer) = isolation_mappings::ask(server, &self.provider, ids, route, form) {
            return seen(&[answer]);
        }
        match path {
            "nobody's" => seen(&[self.server.get(&self.provider, form)]),
            "/api/v1/logs/tail" => seen(&[self.server.get(&self.provider, path)]),
            path if path.contains("/channels") => {
                seen(&[self.ask_about_channels(&self.provider, route, form)])
            }
            path if path.contains("{workflow}") => {
                seen(&[self.ask_about_workflow(&self.provider, route, form)])
            }
            path if path.contains("/keys") || path.contains("/clients") => {
                self.ask_about_keys(&self.provider, route, form)
            }
            path if ["/sessions", "/sign-in", "/reveal", "/leaks"]
                .iter()
                .any(|part| path.contains(part)) =>
            {
                self.ask(PROVIDER, &self.provider, route, form)
            }
            "/api/v1/provider/alerts" | "/api/v1/provider/workflows" => {
                who(&[self.ask_of_provider(&self.provider, route, form)])
            }
            path if path.starts_with("/api/v1/provider/") => {
                seen(&[self.ask_of_provider(&self.provider, route, form)])
            }
            path => {
                let method = method.replace('*', "POST");
                let headers = [("X-API-Key", &*self.provider)];
                let path = path.replace("{id}", &self.alerts[0]);
                seen(&[self.server.call(&method, &path, &headers)])
            }
        }
    }

    fn ask_about_channels(&self, key: &str, route: &str, form: &str) -> Answer {
        let (method, path) = route.split_once(' ').unwrap();
        let of = CLIENTS.iter().position(|client| *client == form);
        let id = of.map_or(form, |of| &self.channels[of]);
        let path = match path.contains("/provider/") && route != "POST /api/v1/provider/channels" {
            true => path.replace("{id}", id) + "?client_id=acme_corp",
            false => path.replace("{id}", id),
        };
        let body = match route {
            "POST /api/v1/channels" => CHANNEL.to_owned(),
            "POST /api/v1/provider/channels" => {
                CHANNEL.replacen('{', r#"{"client_id":"widget_co","#, 1)
            }
            _ => String::new(),
        };
        let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
        self.server.send(method, &path, &headers, body.as_bytes())
    }

    fn ask_about_workflow(&self, key: &str, route: &str, workflow: &str) -> Answer {
        let (method, path) = route.split_once(' ').unwrap();
        let path = match path.contains("/provider/") {
            true => path.replace("{workflow}", "w") + "?environment=e&client_id=" + workflow,
            false => path.replace("{workflow}", workflow) + "?environment=e",
        };
        let body = match method {
            "PUT" => json!({"every": "24h"}).to_string(),
            "POST" => json!({"for": "8h"}).to_string(),
            _ => String::new(),
        };
        let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
        self.server.send(method, &path, &headers, body.as_bytes())
    }

    /// What calls about alerts, sessions and the trail of all clients are answered with.
    fn ask_of_provider(&self, key: &str, route: &str, form: &str) -> Answer {
        let (method, path) = route.split_once(' ').unwrap();
        let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
        let of = CLIENTS.iter().position(|client| *client == form);
        let ids = match path.contains("/sessions/") {
            true => &self.sessions,
            false => &self.alerts,
        };
        let id = of.map_or(form, |of| &ids[of]);
        let path = match path.contains("{id}") {
            true => path.replace("{id}", id),
            false => format!("{path}{form}"),
        };
        let body = match path.ends_with("/sign-in-links") {
            true => json!({"client_id": "acme_corp"}).to_string(),
            false => String::new(),
        };
        self.server.send(method, &path, &headers, body.as_bytes())
    }

    /// What calls about keys are answered with.
    fn ask_about_keys(&self, key: &str, route: &str, form: &str) -> String {
        let (method, path) = route.split_once(' ').unwrap();
        let of = CLIENTS.iter().position(|client| *client == form);
        let of = of.filter(|_| path.contains("/keys"));
        let id = of.map_or(form, |of| &self.unused[of]);
        let body = match path.rsplit('/').next().unwrap() {
            "extend" => json!({"by": "1h"}),
            "{id}" => json!({"name": "renamed"}),
            "revoke" if path.ends_with("keys/revoke") => json!({"key_ids": [id]}),
            "keys" if !form.is_empty() => json!({"client_id": form}),
            _ => json!({}),
        };
        let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
        let query = match method {
            "GET" if form.contains("FIRST") => form.replace("FIRST", &self.place_of_first_key()),
            "GET" if !path.contains("{id}") => form.to_owned(),
            _ => String::new(),
        };
        let path = format!("{}{query}", path.replace("{id}", id));
        seen(&[match method {
            "GET" => self.server.get(key, &path),
            method => self
                .server
                .send(method, &path, &headers, body.to_string().as_bytes()),
        }])
    }

    /// The statuses that a client is answered with, and how often the answers name each client.
    fn ask(&self, client: &str, key: &str, route: &str, form: &str) -> String {
        let form = form
            .replace("ONLY", &self.only)
            .replace("BOTH", &self.both)
            .replace("START", &text(self.now - Duration::MINUTE))
            .replace("END", &text(self.now + Duration::milliseconds(1)));
        let path = route.split(' ').nth(1).unwrap();
        if let Some(answers) = isolation_foreign::ask(&self.server, key, route) {
            return seen(&answers);
        }
        let (server, ids) = (&self.server, &self.mappings);
        if let Some(answer) = isolation_mappings::ask(server, key, ids, route, &form) {
            return seen(&[answer]);
        }
        if path.contains("/channels") {
            return seen(&[self.ask_about_channels(key, route, &form)]);
        }
        if path.contains("{workflow}") {
            return seen(&[self.ask_about_workflow(key, route, &form)]);
        }
        if path.starts_with("/api/v1/views") {
            let (method, path) = route.split_once(' ').unwrap();
            let path = path.replace("{name}", &form);
            let body = match method {
                "PUT" => json!({"query": format!("q=of-{client}")}).to_string(),
                _ => String::new(),
            };
            let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
            return seen(&[self.server.send(method, &path, &headers, body.as_bytes())]);
        }
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
            "GET /api/v1/logs/values" => {
                let answer = self.server.get(key, &format!("{path}{form}"));
                let values = answer.json(200)["values"].clone();
                let counts = values.as_array().unwrap().iter();
                let counts =
                    counts.map(|value| (value["value"].to_string(), value["count"].clone()));
                let counts: Vec<_> = counts
                    .map(|(value, count)| format!("{value}:{count}"))
                    .collect();
                format!("{} {{{}}}", seen(&[answer]), counts.join(","))
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
            "GET /sign-in/{token}"
            | "POST /sign-in/{token}"
            | "GET /badge/{token}"
            | "GET /status/{token}"
            | "GET /confirm/{client_id}/{id}/{token}"
            | "POST /confirm/{client_id}/{id}/{token}"
            | "GET /reveal/{token}"
            | "POST /reveal/{token}" => {
                let method = route.split(' ').next().unwrap();
                let path = path.replace("{client_id}", "acme_corp");
                let path = path.replace("{id}", "none").replace("{token}", &form);
                seen(&[self.server.call(method, &path, &[("X-API-Key", key)])])
            }
            "DELETE /api/v1/sessions/{id}" | "DELETE /api/v1/provider/sessions/{id}" => {
                let of = CLIENTS.iter().position(|client| *client == form);
                let id = of.map_or(&form, |client| &self.sessions[client]);
                let path = path.replace("{id}", id);
                seen(&[self.server.call("DELETE", &path, &[("X-API-Key", key)])])
            }
            "POST /api/v1/sessions" => {
                seen(&[self.server.call("POST", path, &[("X-API-Key", key)])])
            }
            "POST /api/v1/status-links" => {
                let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
                let wanted = br#"{"kind":"badge","shows_names":true}"#;
                seen(&[self.server.send("POST", path, &headers, wanted)])
            }
            "DELETE /api/v1/status-links/{id}" => {
                let path = path.replace("{id}", &form);
                seen(&[self.server.call("DELETE", &path, &[("X-API-Key", key)])])
            }
            "POST /api/v1/sign-in-mails" => {
                let wanted = json!({"mail": "ops@acme.example"}).to_string();
                let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
                seen(&[self.server.send("POST", path, &headers, wanted.as_bytes())])
            }
            "POST /api/v1/leaks" => {
                let reported = json!([{"token": "nothing-of-anybody"}]).to_string();
                let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
                seen(&[self
                    .server
                    .send("POST", path, &headers, reported.as_bytes())])
            }
            "POST /api/v1/provider/sign-in-links" | "POST /api/v1/provider/reveal-links" => {
                let wanted = json!({"client_id": "acme_corp"}).to_string();
                let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
                seen(&[self.server.send("POST", path, &headers, wanted.as_bytes())])
            }
            "* nobody's" => seen(&[self.server.get(key, &form)]),
            route if route.contains("/keys") || route.contains("/clients") => {
                self.ask_about_keys(key, route, &form)
            }
            route if route.contains("/provider/") => {
                seen(&[self.ask_of_provider(key, route, &form)])
            }
            _ => seen(&[self.server.get(key, &format!("{path}{form}"))]),
        }
    }

    fn place_of_first_key(&self) -> String {
        let page = self.server.get(&self.keys[0], "/api/v1/keys?limit=1");
        page.json(200)["next_cursor"].as_str().unwrap().to_owned()
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
                "/healthz" | "/readyz" | "/openapi.json" => format!("* {path}"),
                "/.well-known/security.txt" | "/docs" | "/docs/problems" => format!("* {path}"),
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

/// As [`seen`], but whom the answers name and not how often: the server comes by these in the background.
fn who(answers: &[Answer]) -> String {
    let seen = seen(answers);
    let words = seen.split(' ').map(|word| word.split('×').next());
    words.flatten().collect::<Vec<_>>().join(" ")
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
