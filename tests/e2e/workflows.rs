//! How workflows stand, what is expected of them, and what went wrong.

use crate::{
    process::{PATIENCE, Server},
    site::Site,
};
use serde_json::{Value, json};
use std::{thread, time::Duration, time::Instant};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

on_both_databases! {
    runs_are_counted_whenever_their_entries_come,
    a_program_that_may_only_write_sets_a_monitor_where_there_is_none,
    what_a_monitor_cannot_be_is_named,
    an_incident_is_raised_and_ends,
    the_provider_sees_and_sets_the_same,
    nothing_is_left_of_runs_when_logs_are_deleted,
}

const BACKUP: &str = "/api/v1/workflows/backup/monitor?environment=prod";

/// The workflow as it is listed, when it has had so many runs.
#[track_caller]
pub(crate) fn await_runs(server: &Server, key: &str, workflow: &str, runs: u64) -> Value {
    let path = format!("/api/v1/workflows?workflow={workflow}");
    await_that(|| {
        let listed = server.get(key, &path).json(200);
        let found = listed["workflows"][0].clone();
        (found["runs_24h"] == runs).then_some(found).ok_or(listed)
    })
}

#[track_caller]
pub(crate) fn await_that<T>(condition: impl Fn() -> Result<T, Value>) -> T {
    let began = Instant::now();
    loop {
        match condition() {
            Ok(found) => return found,
            Err(seen) => assert!(began.elapsed() < PATIENCE, "{seen:#}"),
        }
        thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn entry(status: &str, run: &str, seconds_ago: i64) -> String {
    let at = OffsetDateTime::now_utc() - time::Duration::seconds(seconds_ago);
    json!({
        "environment": "prod", "workflow": "backup", "status": status, "run_id": run,
        "executed_at": at.format(&Rfc3339).unwrap(),
    })
    .to_string()
}

pub(crate) fn put(
    server: &Server,
    key: &str,
    headers: &[(&str, &str)],
    monitor: &Value,
) -> crate::http::Answer {
    let own = [("X-API-Key", key), ("Content-Type", "application/json")];
    let headers = [&own[..], headers].concat();
    server.send("PUT", BACKUP, &headers, monitor.to_string().as_bytes())
}

pub(crate) fn manager(site: &Site, client: &str) -> String {
    let scopes = ["logs:write", "logs:read", "keys:manage"];
    let scopes = scopes.iter().flat_map(|scope| ["--scope", scope]);
    let arguments: Vec<_> = ["--client", client].into_iter().chain(scopes).collect();
    site.issue_with(&arguments).key
}

fn runs_are_counted_whenever_their_entries_come(site: &Site) {
    let acme = site.issue("acme_corp");
    let server = site.start();
    // The end of a run comes before its beginning, and a run of two days ago last.
    let (ended, began) = (
        entry("SUCCESS", "second", 10),
        entry("RUNNING", "second", 3610),
    );
    for part in [ended, began] {
        server.post(&acme.key, part).json(201);
    }
    server
        .post(&acme.key, entry("FAILED", "first", 7200))
        .json(201);
    let found = await_runs(&server, &acme.key, "backup", 2);
    assert_eq!(found["failed_24h"], 1);
    server
        .post(&acme.key, entry("SUCCESS", "third", 2 * 86_400))
        .json(201);
    let found = await_that(|| {
        let listed = server
            .get(&acme.key, "/api/v1/workflows?environment=prod")
            .json(200);
        let found = listed["workflows"][0].clone();
        (found["runs_7d"] == 3).then_some(found).ok_or(listed)
    });
    assert_eq!(
        (&found["state"], &found["monitor"]),
        (&json!("unwatched"), &Value::Null)
    );
    let last = &found["last_run"];
    assert_eq!(
        (&last["run_id"], &last["status"]),
        (&json!("second"), &json!("SUCCESS"))
    );
    let duration = last["duration_ms"].as_u64().unwrap();
    assert!((3_500_000..=3_600_000).contains(&duration), "{last}");
    assert_eq!(found["runs_24h"], 2);
    let none = server
        .get(&acme.key, "/api/v1/workflows?environment=other")
        .json(200);
    assert_eq!(none, json!({"workflows": []}));
    server
        .get(&acme.key, "/api/v1/workflows?state=well")
        .problem(422);
    // Another server goes on where this one was.
    drop(server);
    let server = site.start();
    server
        .post(&acme.key, entry("SUCCESS", "fourth", 0))
        .json(201);
    await_runs(&server, &acme.key, "backup", 3);
}

fn a_program_that_may_only_write_sets_a_monitor_where_there_is_none(site: &Site) {
    let writer = site.issue_with(&["--client", "acme_corp", "--scope", "logs:write"]);
    let manager = manager(site, "acme_corp");
    let server = site.start();
    let daily = json!({"every": "24h", "grace": "1h"});
    put(&server, &writer.key, &[], &daily).problem(403);
    let only = [("If-None-Match", "*")];
    let set = put(&server, &writer.key, &only, &daily).json(200);
    assert_eq!(set["waits_for_first_run"], true);
    assert_eq!(put(&server, &writer.key, &only, &daily).json(200), set);
    put(&server, &writer.key, &only, &json!({"every": "1h"})).problem(412);
    assert_eq!(server.get(&manager, BACKUP).json(200), set);
    server.get(&writer.key, BACKUP).problem(403);
    let changed = put(&server, &manager, &[], &json!({"every": "1h"})).json(200);
    assert_eq!(
        (&changed["every"], &changed["grace"]),
        (&json!("1h"), &json!("10m"))
    );
    server.post(&manager, entry("SUCCESS", "r", 0)).json(201);
    let found = await_runs(&server, &manager, "backup", 1);
    assert_eq!(found["state"], "ok");
    assert!(found["next_expected_at"].is_string());
    let removed = server.call("DELETE", BACKUP, &[("X-API-Key", &manager)]);
    assert_eq!(removed.json(200)["every"], "1h");
    server.get(&manager, BACKUP).problem(404);
}

fn what_a_monitor_cannot_be_is_named(site: &Site) {
    let manager = manager(site, "acme_corp");
    let server = site.start();
    for (monitor, field, said) in [
        (json!({"cron": "0 3 30 2 *"}), "cron", "never comes"),
        (
            json!({"cron": "0 3 * * *", "time_zone": "Europe/Atlantis"}),
            "time_zone",
            "no time zone 'Europe/Atlantis'",
        ),
        (json!({"every": "5s"}), "every", "at least 60s"),
        (json!({"every": "1h", "colour": "red"}), "colour", ""),
    ] {
        let problem = put(&server, &manager, &[], &monitor).problem(422);
        let fault = &problem["errors"][0];
        assert_eq!(fault["field"], field, "{problem}");
        assert!(
            fault["message"].as_str().unwrap().contains(said),
            "{problem}"
        );
    }
    let nowhere = "/api/v1/workflows/backup/monitor";
    server.get(&manager, nowhere).problem(422);
}

fn an_incident_is_raised_and_ends(site: &Site) {
    let manager = manager(site, "acme_corp");
    let server = site.start();
    put(&server, &manager, &[], &json!({"every": "1h"})).json(200);
    server.post(&manager, entry("RUNNING", "a", 0)).json(201);
    server.post(&manager, entry("FAILED", "a", 0)).json(201);
    let incidents = |query: &str| {
        let path = format!("/api/v1/incidents{query}");
        server.get(&manager, &path).json(200)["incidents"].clone()
    };
    let open = await_that(|| {
        let open = incidents("?open=true");
        (open[0]["kind"] == "run_failed")
            .then(|| open[0].clone())
            .ok_or(open)
    });
    assert_eq!(
        (&open["workflow"], &open["environment"]),
        (&json!("backup"), &json!("prod"))
    );
    assert_eq!(open["ended_at"], Value::Null);
    let entry_id = open["entry_id"].as_str().unwrap();
    let shown = server
        .get(&manager, &format!("/api/v1/logs/{entry_id}"))
        .json(200);
    assert_eq!(shown["status"], "FAILED");
    let listed = server
        .get(&manager, "/api/v1/workflows?state=failing")
        .json(200);
    assert_eq!(listed["workflows"][0]["workflow"], "backup");
    server.post(&manager, entry("SUCCESS", "b", 0)).json(201);
    let ended = await_that(|| {
        let all = incidents("");
        all[0]["ended_at"]
            .is_string()
            .then(|| all[0].clone())
            .ok_or(all)
    });
    assert_eq!(ended["id"], open["id"]);
    assert_eq!(incidents("?open=true"), json!([]));
    assert_eq!(incidents("?workflow=other"), json!([]));
}

fn the_provider_sees_and_sets_the_same(site: &Site) {
    let manager = manager(site, "acme_corp");
    let server = site.start();
    server.post(&manager, entry("FAILED", "a", 0)).json(201);
    await_runs(&server, &manager, "backup", 1);
    let named = [
        "--client",
        "acme_corp",
        "--workflow",
        "backup",
        "--environment",
        "prod",
    ];
    let command = |name: &str, more: &[&str]| {
        let arguments = [&["workflow", name][..], &named, more].concat();
        site.admin_json(&arguments)
    };
    let set = command(
        "expect",
        &["--cron", "0 3 * * *", "--time-zone", "Europe/Berlin"],
    );
    assert_eq!(set["time_zone"], "Europe/Berlin");
    assert_eq!(server.get(&manager, BACKUP).json(200), set);
    assert!(command("silence", &["--for", "8h"])["silenced_until"].is_string());
    let listed = server.get(&manager, "/api/v1/workflows").json(200);
    let shown = site.admin_json(&["workflow", "list", "--client", "acme_corp"]);
    assert_eq!(shown, listed);
    assert_eq!(command("show", &[]), listed["workflows"][0]);
    let rebuilt = site.admin_json(&["workflow", "rebuild", "--client", "acme_corp"]);
    assert_eq!(rebuilt, json!({"client_id": "acme_corp", "entries": 1}));
    await_runs(&server, &manager, "backup", 1);
    put(&server, &manager, &[], &json!({"every": "1h"})).json(200);
    server.post(&manager, entry("FAILED", "b", 0)).json(201);
    let incident = await_that(|| {
        let all = site.admin_json(&["incidents"]);
        (all["incidents"][0]["kind"] == "run_failed")
            .then(|| all["incidents"][0].clone())
            .ok_or(all)
    });
    assert_eq!(incident["client_id"], "acme_corp");
    assert_eq!(command("expect", &["--nothing"])["every"], "1h");
    let of_nobody = site.admin_json(&["workflow", "list", "--client", "nobody"]);
    assert_eq!(of_nobody, json!({"workflows": []}));
}

fn nothing_is_left_of_runs_when_logs_are_deleted(site: &Site) {
    let (acme, widget) = (manager(site, "acme_corp"), manager(site, "widget_co"));
    let server = site.start();
    put(&server, &acme, &[], &json!({"every": "1h"})).json(200);
    for key in [&acme, &widget] {
        server.post(key, entry("FAILED", "a", 0)).json(201);
        await_runs(&server, key, "backup", 1);
    }
    site.admin_json(&["retention", "forget", "--client", "acme_corp", "--yes"]);
    let left = server.get(&acme, "/api/v1/workflows").json(200);
    assert_eq!(left["workflows"], json!([]));
    await_runs(&server, &widget, "backup", 1);
    server.post(&acme, entry("SUCCESS", "b", 0)).json(201);
    await_runs(&server, &acme, "backup", 1);
}
