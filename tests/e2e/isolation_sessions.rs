//! The table of routes and clients once more, asked in sessions that came from the keys.

use crate::{
    isolation_asked::{Asked, PROVIDER},
    isolation_callers::Caller,
    isolation_foreign,
    isolation_table::TABLE,
    site::Site,
};
use serde_json::json;

on_both_databases! {
    no_route_shows_a_session_what_is_anothers,
}

fn no_route_shows_a_session_what_is_anothers(site: &Site) {
    let asked = Asked::on(site, Caller::in_session);
    let table = asked.table(|_| true);
    for (found, of_keys) in table.lines().zip(TABLE.lines()) {
        assert_eq!(found, in_sessions(of_keys));
    }
    assert_eq!(table.lines().count(), TABLE.lines().count());
    assert_described(&asked);
}

/// Holds the description of the API against what takes sessions.
fn assert_described(asked: &Asked) {
    let described = asked.server.call("GET", "/openapi.json", &[]).json(200);
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let Some(ways) = operation["security"].as_array() else {
                continue;
            };
            let of_clients = ways.contains(&json!({"Session": []}));
            let of_provider = ways.contains(&json!({"ProviderSession": []}));
            let for_provider = path.contains("/provider/") || path == "/api/v1/leaks";
            let for_both = path == "/api/v1/whoami" || path.starts_with("/api/v1/sessions");
            let expected = match is_for_keys_alone(method, path) {
                true => (false, false),
                false => (!for_provider, for_provider || for_both),
            };
            assert_eq!((of_clients, of_provider), expected, "{method} {path}");
        }
    }
}

fn is_for_keys_alone(method: &str, path: &str) -> bool {
    match path {
        "/api/v1/intake" => false,
        "/api/v1/verify" | "/hooks/{mapping}" => true,
        "/api/v1/sessions" => method == "post",
        path => {
            // What `HEAD` takes, `GET` does.
            let method = method.to_uppercase().replace("HEAD", "GET");
            isolation_foreign::is_foreign(&format!("{method} {path}"))
        }
    }
}

/// A line of the table, for sessions instead of the keys that they came from.
fn in_sessions(line: &str) -> String {
    let mut cells = line.split(" | ");
    let question = cells.next().unwrap();
    let route: Vec<_> = question.split(' ').take(2).collect();
    let route = route.join(" ");
    let cells = cells.map(|cell| {
        let (who, by_key) = cell.split_once(' ').unwrap();
        format!(" | {who} {}", in_session(&route, question, who, by_key))
    });
    format!("{question}{}", cells.collect::<String>())
}

/// What a session is answered where its key is answered this: the same, but where only keys are taken.
fn in_session(route: &str, question: &str, who: &str, by_key: &str) -> String {
    match route {
        "* /api/v1/verify" | "POST /api/v1/sessions" | "POST /hooks/{mapping}" => "401".to_owned(),
        // Beside the session that both have there is the one that asks.
        "GET /api/v1/sessions" if !question.ends_with("limit=1") => by_key.replace("×1", "×2"),
        route if isolation_foreign::is_foreign(route) => {
            let status = match route {
                // Nobody has to sign in for these, and people read what came in.
                "GET /services/collector/health"
                | "GET /services/collector/health/1.0"
                | "GET /api/v1/intake" => by_key.split(' ').next().unwrap(),
                // A person is led to the console.
                "GET /" => "303",
                _ => "401",
            };
            // Clients look for what was stored, too, and find nothing.
            match who == PROVIDER || status == "200" {
                true => status.to_owned(),
                false => format!("200 {status}"),
            }
        }
        _ => by_key.to_owned(),
    }
}
