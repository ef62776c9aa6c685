//! The table of routes and clients once more, asked in sessions that came from the keys.

use crate::{
    isolation_asked::{Asked, PROVIDER},
    isolation_callers::Caller,
    isolation_foreign,
    isolation_table::TABLE,
    site::Site,
};

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
}

/// A line of the table, for sessions instead of the keys that they came from.
fn in_sessions(line: &str) -> String {
    let mut cells = line.split(" | ");
    let question = cells.next().unwrap();
    let route: Vec<_> = question.split(' ').take(2).collect();
    let route = route.join(" ");
    let cells = cells.map(|cell| {
        let (who, by_key) = cell.split_once(' ').unwrap();
        format!(" | {who} {}", in_session(&route, who, by_key))
    });
    format!("{question}{}", cells.collect::<String>())
}

/// What a session is answered where its key is answered this: the same, but where only keys are taken.
fn in_session(route: &str, who: &str, by_key: &str) -> String {
    match route {
        "* /api/v1/verify" | "POST /api/v1/sessions" | "POST /hooks/{mapping}" => "401".to_owned(),
        // Beside the session that both have there is the one that asks.
        "GET /api/v1/sessions" => by_key.replace("×1", "×2"),
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
