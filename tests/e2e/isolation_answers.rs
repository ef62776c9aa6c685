//! What is asked at each route of the table of routes and clients, and what is seen in the answers.

use crate::{
    http::Answer,
    isolation_asked::{Asked, CHANNEL, CLIENTS, PROVIDER, entry, text},
    isolation_callers::Caller,
    isolation_foreign, isolation_mappings,
};
use serde_json::json;
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};

impl Asked {
    /// The same for a program of the provider, which gets nowhere with what is a client's.
    pub(crate) fn ask_as_provider(&self, route: &str, form: &str) -> String {
        let (method, path) = route.split_once(' ').unwrap();
        let (server, ids, provider) = (&self.server, &self.mappings, &self.provider);
        if let Some(answer) = isolation_mappings::ask(server, provider, ids, route, form) {
            return seen(&[answer]);
        }
        match path {
            "nobody's" => seen(&[provider.get(server, form)]),
            "/api/v1/logs/tail" => seen(&[provider.get(server, path)]),
            path if path.contains("/channels") => {
                seen(&[self.ask_about_channels(provider, route, form)])
            }
            path if path.contains("{workflow}") => {
                seen(&[self.ask_about_workflow(provider, route, form)])
            }
            path if path.contains("/keys") || path.contains("/clients") => {
                self.ask_about_keys(provider, route, form)
            }
            path if ["/sessions", "/sign-in", "/reveal", "/leaks"]
                .iter()
                .any(|part| path.contains(part)) =>
            {
                self.ask(PROVIDER, provider, route, form)
            }
            "/api/v1/provider/alerts" | "/api/v1/provider/workflows" => {
                who(&[self.ask_of_provider(provider, route, form)])
            }
            path if path.starts_with("/api/v1/provider/") => {
                seen(&[self.ask_of_provider(provider, route, form)])
            }
            path => {
                let method = method.replace('*', "POST");
                let path = path.replace("{id}", &self.alerts[0]);
                seen(&[provider.call(server, &method, &path)])
            }
        }
    }

    fn ask_about_channels(&self, by: &Caller, route: &str, form: &str) -> Answer {
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
        by.send(&self.server, method, &path, &body)
    }

    fn ask_about_workflow(&self, by: &Caller, route: &str, workflow: &str) -> Answer {
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
        by.send(&self.server, method, &path, &body)
    }

    /// What calls about alerts, sessions and the trail of all clients are answered with.
    fn ask_of_provider(&self, by: &Caller, route: &str, form: &str) -> Answer {
        let (method, path) = route.split_once(' ').unwrap();
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
        by.send(&self.server, method, &path, &body)
    }

    /// What calls about keys are answered with.
    fn ask_about_keys(&self, by: &Caller, route: &str, form: &str) -> String {
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
        let query = match method {
            "GET" if form.contains("FIRST") => form.replace("FIRST", &self.place_of_first_key()),
            "GET" if !path.contains("{id}") => form.to_owned(),
            _ => String::new(),
        };
        let path = format!("{}{query}", path.replace("{id}", id));
        seen(&[match method {
            "GET" => by.get(&self.server, &path),
            method => by.send(&self.server, method, &path, &body.to_string()),
        }])
    }

    fn place_of_first_key(&self) -> String {
        let page = self.clients[0].get(&self.server, "/api/v1/keys?limit=1");
        page.json(200)["next_cursor"].as_str().unwrap().to_owned()
    }

    /// The statuses that a client is answered with, and how often the answers name each client.
    pub(crate) fn ask(&self, client: &str, by: &Caller, route: &str, form: &str) -> String {
        let form = form
            .replace("ONLY", &self.only)
            .replace("BOTH", &self.both)
            .replace("START", &text(self.now - Duration::MINUTE))
            .replace("END", &text(self.now + Duration::milliseconds(1)));
        let (method, path) = route.split_once(' ').unwrap();
        let (server, ids) = (&self.server, &self.mappings);
        if let Some(answers) = isolation_foreign::ask(server, by, route) {
            return seen(&answers);
        }
        if let Some(answer) = isolation_mappings::ask(server, by, ids, route, &form) {
            return seen(&[answer]);
        }
        if path.contains("/channels") {
            return seen(&[self.ask_about_channels(by, route, &form)]);
        }
        if path.contains("{workflow}") {
            return seen(&[self.ask_about_workflow(by, route, &form)]);
        }
        if path.starts_with("/api/v1/views") {
            let path = path.replace("{name}", &form);
            let body = match method {
                "PUT" => json!({"query": format!("q=of-{client}")}).to_string(),
                _ => String::new(),
            };
            return seen(&[by.send(server, method, &path, &body)]);
        }
        match route {
            "GET /api/v1/logs/{id}" => seen(&[by.get(server, &path.replace("{id}", &form))]),
            "GET /api/v1/logs/tail" => self.follow(client, by, &form),
            "POST /api/v1/logs" => {
                let again = entry(client, "s", self.now, "run-1").to_string();
                let mut headers = by.headers();
                headers.push(("Content-Type", "application/json"));
                if !form.is_empty() {
                    headers.push(("Idempotency-Key", "one"));
                }
                let send = || server.send("POST", path, &headers, again.as_bytes());
                seen(&[send(), send()])
            }
            "* /api/v1/verify" => {
                let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"];
                seen(&methods.map(|method| by.call(server, method, path)))
            }
            "GET /api/v1/logs/stats" => {
                let answer = by.get(server, &format!("{path}{form}"));
                let counted = answer.json(200)["totals"].to_string();
                format!("{} {counted}", seen(&[answer]))
            }
            "GET /api/v1/logs/values" => {
                let answer = by.get(server, &format!("{path}{form}"));
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
                let mut answer = by.get(server, &format!("{path}{form}"));
                // How often it names the client itself depends on what has been stored so far.
                answer.body = answer.body.replace(client, "");
                seen(&[answer])
            }
            "POST /api/v1/alerts/{id}/acknowledge" => {
                let of = CLIENTS.iter().position(|client| *client == form);
                let id = of.map_or(&*form, |of| &self.alerts[of]);
                seen(&[by.call(server, method, &path.replace("{id}", id))])
            }
            "GET /sign-in/{token}"
            | "POST /sign-in/{token}"
            | "GET /badge/{token}"
            | "GET /status/{token}"
            | "GET /confirm/{client_id}/{id}/{token}"
            | "POST /confirm/{client_id}/{id}/{token}"
            | "GET /reveal/{token}"
            | "POST /reveal/{token}" => {
                let path = path.replace("{client_id}", "acme_corp");
                let path = path.replace("{id}", "none").replace("{token}", &form);
                seen(&[by.call(server, method, &path)])
            }
            "DELETE /api/v1/sessions/{id}" | "DELETE /api/v1/provider/sessions/{id}" => {
                let of = CLIENTS.iter().position(|client| *client == form);
                let id = of.map_or(&form, |client| &self.sessions[client]);
                seen(&[by.call(server, method, &path.replace("{id}", id))])
            }
            "POST /api/v1/sessions" => seen(&[by.call(server, method, path)]),
            "POST /api/v1/status-links" => {
                let wanted = r#"{"kind":"badge","shows_names":true}"#;
                seen(&[by.send(server, method, path, wanted)])
            }
            "DELETE /api/v1/status-links/{id}" => {
                seen(&[by.call(server, method, &path.replace("{id}", &form))])
            }
            "POST /api/v1/sign-in-mails" => {
                let wanted = json!({"mail": "ops@acme.example"}).to_string();
                seen(&[by.send(server, method, path, &wanted)])
            }
            "POST /api/v1/leaks" => {
                let reported = json!([{"token": "nothing-of-anybody"}]).to_string();
                seen(&[by.send(server, method, path, &reported)])
            }
            "POST /api/v1/provider/sign-in-links" | "POST /api/v1/provider/reveal-links" => {
                let wanted = json!({"client_id": "acme_corp"}).to_string();
                seen(&[by.send(server, method, path, &wanted)])
            }
            "* nobody's" => seen(&[by.get(server, &form)]),
            route if route.contains("/keys") || route.contains("/clients") => {
                self.ask_about_keys(by, route, &form)
            }
            route if route.contains("/provider/") => {
                seen(&[self.ask_of_provider(by, route, &form)])
            }
            _ => seen(&[by.get(server, &format!("{path}{form}"))]),
        }
    }

    /// What comes before an entry of the client's own that is stored afterwards.
    fn follow(&self, client: &str, by: &Caller, form: &str) -> String {
        let (query, last) = form.split_once(" after ").unwrap();
        let mut events = self.server.follow_as(&by.headers(), query, Some(last));
        let mut end = entry(client, "s", OffsetDateTime::now_utc(), "end");
        let filter = query.trim_start_matches('?').replace("attr.", "");
        if let Some((name, value)) = filter.split_once('=').filter(|(name, _)| *name != "q") {
            end[name] = json!(value);
        }
        end["event_id"] = json!(format!("end of {form}").replace(' ', "_"));
        end["is_end"] = json!(true);
        let stored = by.send(&self.server, "POST", "/api/v1/logs", &end.to_string());
        let id = stored.json(201)["id"].clone();
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
