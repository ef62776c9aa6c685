//! What the table of routes and clients is asked of.

use crate::{
    isolation_callers::Caller, isolation_foreign, isolation_mappings,
    isolation_questions::QUESTIONS, process::Server, site::Site,
};
use serde_json::{Value, json};
use std::fmt::Write;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

pub(crate) const CLIENTS: [&str; 3] = ["acme_corp", "widget_co", "idle_inc"];

/// Who stands beside the clients in the table: a program of the provider, which may see all of them.
pub(crate) const PROVIDER: &str = "provider";

/// Nobody is there.
pub(crate) const CHANNEL: &str = r#"{"kind":"webhook","url":"https://hooks.example.com/4711"}"#;

/// A server with entries, keys, sessions and more of three clients, and who asks about them.
pub(crate) struct Asked {
    pub(crate) server: Server,
    pub(crate) clients: [Caller; 3],
    pub(crate) provider: Caller,
    /// The ids of a key of each client that nobody uses.
    pub(crate) unused: [String; 3],
    pub(crate) only: String,
    pub(crate) both: String,
    /// The ids of an alert about each client.
    pub(crate) alerts: [String; 3],
    /// The ids of a session of each client.
    pub(crate) sessions: [String; 3],
    /// The ids of a channel of each client.
    pub(crate) channels: [String; 3],
    pub(crate) mappings: [String; 3],
    pub(crate) now: OffsetDateTime,
}

impl Asked {
    /// Asks as `present` makes of keys of the clients and of the provider.
    pub(crate) fn on(site: &Site, present: fn(&Server, &str) -> Caller) -> Self {
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
        let clients = keys.each_ref().map(|key| present(&server, key));
        let provider = present(&server, &provider);
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
            clients,
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

    pub(crate) fn table(&self, asks_about: impl Fn(&str) -> bool) -> String {
        let mut table = String::new();
        let foreign = isolation_foreign::ROUTES.iter();
        let foreign = foreign.map(|(route, _)| (*route, &["in the name of the first"][..]));
        let questions = QUESTIONS.into_iter().chain(foreign);
        for (route, forms) in questions.filter(|(route, _)| asks_about(route)) {
            for form in forms {
                write!(table, "{route} {form}").unwrap();
                for (client, by) in CLIENTS.iter().zip(&self.clients) {
                    let seen = self.ask(client, by, route, form);
                    write!(table, " | {client} {seen}").unwrap();
                }
                let seen = self.ask_as_provider(route, form);
                write!(table, " | {PROVIDER} {seen}").unwrap();
                table.push('\n');
            }
        }
        table
    }
}

pub(crate) fn entry(client: &str, status: &str, at: OffsetDateTime, event: &str) -> Value {
    json!({
        "environment": "e", "status": status, "workflow": "w", "executed_at": text(at),
        "event_id": event, "message": format!("a word of {client}"), "owner": format!("of-{client}"),
    })
}

pub(crate) fn text(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap()
}
