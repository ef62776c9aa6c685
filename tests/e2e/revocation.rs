//! No request that is sent after `revoke` has returned is accepted, whatever happens meanwhile.

use crate::{
    exposition::Measured,
    process::{PATIENCE, Server},
    site::{Issued, Site},
    wire::Wire,
};
use central_logger_postgres::testing::{execute, new_database};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const WHOAMI: &str = "/api/v1/whoami";

on_both_databases! {
    nothing_is_accepted_late_under_load,
    whatever_takes_access_away_waits_for_every_server,
    a_server_that_stands_still_is_waited_for_and_then_not_trusted,
    a_clock_that_is_set_ahead_lets_nothing_through,
    a_server_that_was_killed_is_waited_for,
    a_server_that_has_ended_is_waited_for_by_nobody,
}

/// A request, when it was sent, and whether it was accepted.
struct Sent {
    key: usize,
    at: Instant,
    accepted: bool,
}

/// Sends requests with `keys` in turn until told to stop.
fn load(server: &Server, keys: &[Issued], stop: &AtomicBool, sent: &Mutex<Vec<Sent>>) {
    while !stop.load(Ordering::Relaxed) {
        for (key, issued) in keys.iter().enumerate() {
            let at = Instant::now();
            let accepted = match server.get(&issued.key, WHOAMI).status {
                200 => true,
                // 429: this address has failed too often by then. 503: the machine is busy.
                401 | 429 | 503 => false,
                other => panic!("{other}"),
            };
            sent.lock().unwrap().push(Sent { key, at, accepted });
        }
    }
}

fn await_accepted(key: usize, sent: &Mutex<Vec<Sent>>) {
    let began = Instant::now();
    let is_accepted = |sent: &Sent| sent.key == key && sent.accepted;
    while !sent.lock().unwrap().iter().any(is_accepted) {
        assert!(began.elapsed() < PATIENCE, "never accepted");
        thread::sleep(Duration::from_millis(5));
    }
}

fn nothing_is_accepted_late_under_load(site: &Site) {
    let keys: Vec<_> = (0..10).map(|_| site.issue("acme_corp")).collect();
    let servers = [site.start_process(), site.start_process()];
    let (stop, sent) = (AtomicBool::new(false), Mutex::default());
    let mut returned = Vec::new();
    thread::scope(|scope| {
        for server in servers.iter().chain(&servers) {
            scope.spawn(|| load(server, &keys, &stop, &sent));
        }
        for (key, issued) in keys.iter().enumerate() {
            await_accepted(key, &sent);
            site.admin_json(&["revoke", &issued.id]);
            returned.push(Instant::now());
            for server in &servers {
                let refused = server.get(&issued.key, WHOAMI).status;
                assert!([401, 429, 503].contains(&refused), "{refused}");
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    let sent = sent.into_inner().unwrap();
    for (key, returned) in returned.iter().enumerate() {
        let mut of_key = sent.iter().filter(|sent| sent.key == key);
        assert!(!of_key.any(|sent| sent.at > *returned && sent.accepted));
    }
}

fn whatever_takes_access_away_waits_for_every_server(site: &Site) {
    let server = site.start_process();
    let [disabled, rotated, finished] = ["a", "b", "c"].map(|client| site.issue(client));
    site.admin_json(&["rotate", &finished.id]);
    for issued in [&disabled, &rotated, &finished] {
        server.get(&issued.key, WHOAMI).json(200);
    }
    site.admin_json(&["disable", &disabled.id]);
    server.get(&disabled.key, WHOAMI).problem(401);
    site.admin_json(&["enable", &disabled.id]);
    server.get(&disabled.key, WHOAMI).json(200);
    let successor = site.admin_json(&["rotate", &rotated.id, "--grace", "0"]);
    server.get(&rotated.key, WHOAMI).problem(401);
    server
        .get(successor["api_key"].as_str().unwrap(), WHOAMI)
        .json(200);
    site.admin_json(&["rotate", &finished.id, "--finish"]);
    server.get(&finished.key, WHOAMI).problem(401);
}

fn a_server_that_stands_still_is_waited_for_and_then_not_trusted(site: &Site) {
    let (issued, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let servers = [site.start_process(), site.start_process()];
    for server in &servers {
        server.get(&issued.key, WHOAMI).json(200);
    }
    servers[0].signal("STOP");
    let revoked = site.admin_json(&["revoke", &issued.id]);
    assert_eq!(revoked["revoked"][0], *issued.id);
    // It stands in the queue of the system until the server goes on.
    let late = thread::scope(|scope| {
        let late = scope.spawn(|| servers[0].get(&issued.key, WHOAMI));
        servers[1].get(&issued.key, WHOAMI).problem(401);
        servers[0].signal("CONT");
        late.join().unwrap()
    });
    late.problem(401);
    servers[0].get(&issued.key, WHOAMI).problem(401);
    servers[0].get(&other.key, WHOAMI).json(200);
}

/// Halts a server while it holds no lock of the database, which it holds now and then to renew its lease.
fn halt_between_writes(server: &Server, site: &Site) {
    server.signal("STOP");
    if site.database_url.is_some() {
        return;
    }
    let file = rusqlite::Connection::open(site.path("data/central-logger.db")).unwrap();
    file.busy_timeout(std::time::Duration::ZERO).unwrap();
    while file.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_err() {
        server.signal("CONT");
        thread::yield_now();
        server.signal("STOP");
    }
}

/// To those who write down the time, a clock that is set ahead by an hour makes all leases an hour older.
fn a_clock_that_is_set_ahead_lets_nothing_through(site: &Site) {
    let issued = site.issue("acme_corp");
    let server = site.start_process();
    server.get(&issued.key, WHOAMI).json(200);
    // Its clock, as it were, and then it stands still, so that nobody writes the time anew.
    let set_ahead = match site.database_url {
        Some(_) => "UPDATE server_lease SET expires_at = expires_at - interval '48 hours'",
        None => "UPDATE server_lease SET expires_at = expires_at - 48 * 3600000",
    };
    halt_between_writes(&server, site);
    site.execute(set_ahead);
    site.admin_json(&["revoke", &issued.id, "--yes"]);
    thread::scope(|scope| {
        let late = scope.spawn(|| server.get(&issued.key, WHOAMI));
        // It is on its way, or soon will be: neither may be accepted.
        server.signal("CONT");
        late.join().unwrap().problem(401);
    });
}

fn a_server_that_was_killed_is_waited_for(site: &Site) {
    let issued = site.issue("acme_corp");
    let server = site.start_process();
    server.get(&issued.key, WHOAMI).json(200);
    server.kill();
    // As far as anybody knows it is only slow.
    let revoked = site.admin(&["revoke", &issued.id]);
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    // Once.
    let other = site.issue("widget_co");
    let revoked = site.admin(&["revoke", &other.id]);
    assert!(!revoked.stderr.contains("Waiting"), "{revoked:?}");
    site.start_process().get(&issued.key, WHOAMI).problem(401);
}

fn a_server_that_has_ended_is_waited_for_by_nobody(site: &Site) {
    let issued = site.issue("acme_corp");
    let server = site.start_process();
    server.tell_to_stop();
    let (status, log) = server.wait();
    assert!(status.success(), "{log}");
    let revoked = site.admin(&["revoke", &issued.id]);
    assert!(!revoked.stderr.contains("Waiting"), "{revoked:?}");
}

#[test]
fn a_connection_that_was_ended_is_made_again() {
    let site = Site::on_postgres();
    let (first, second) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = site.start_process();
    server.get(&first.key, WHOAMI).json(200);
    server.get(&second.key, WHOAMI).json(200);
    for issued in [first, second] {
        site.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        site.admin_json(&["revoke", &issued.id]);
        server.get(&issued.key, WHOAMI).problem(401);
    }
    server.await_ready();
}

#[test]
fn announcements_that_never_arrive_are_not_relied_upon() {
    let (site, wire) = wired();
    let server = Server::start(wired_server(&site, &wire));
    wire.drop_notifications();
    for _ in 0..3 {
        let issued = site.issue("acme_corp");
        server.get(&issued.key, WHOAMI).json(200);
        site.admin_json(&["revoke", &issued.id]);
        server.get(&issued.key, WHOAMI).problem(401);
    }
}

#[test]
fn a_server_whose_database_falls_silent_is_not_trusted() {
    let (site, wire) = wired();
    let (issued, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = Server::start(wired_server(&site, &wire));
    server.get(&issued.key, WHOAMI).json(200);
    server.get(&other.key, WHOAMI).json(200);
    wire.swallow();
    // From memory, until the lease ends, which it may have done on a busy machine.
    let remembered = server.get(&issued.key, WHOAMI).status;
    assert!([200, 503].contains(&remembered), "{remembered}");
    site.admin_json(&["revoke", &issued.id]);
    server.get(&issued.key, WHOAMI).problem(503);
    server.call("GET", "/readyz", &[]).problem(503);
    wire.heal();
    server.await_ready();
    server.get(&issued.key, WHOAMI).problem(401);
    server.get(&other.key, WHOAMI).json(200);
}

#[test]
fn a_restored_backup_is_noticed() {
    let site = Site::on_postgres();
    let url = site.database_url.clone().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (first, second) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = site.start_process();
    let copy =
        "CREATE TABLE copy_keys AS TABLE api_keys; CREATE TABLE copy_audit AS TABLE audit_log;
                CREATE TABLE copy_state AS SELECT sequence, head FROM key_store_state";
    runtime.block_on(execute(&url, copy));
    site.admin_json(&["revoke", &first.id]);
    server.get(&first.key, WHOAMI).problem(401);
    server.get(&second.key, WHOAMI).json(200);

    let restore = "BEGIN; ALTER TABLE audit_log DISABLE TRIGGER ALL;
                   DELETE FROM api_keys; INSERT INTO api_keys TABLE copy_keys;
                   DELETE FROM audit_log; INSERT INTO audit_log TABLE copy_audit;
                   UPDATE key_store_state SET (sequence, head) = (SELECT * FROM copy_state);
                   ALTER TABLE audit_log ENABLE TRIGGER ALL; COMMIT";
    runtime.block_on(execute(&url, restore));
    // The number of this change is that of the one which never happened.
    site.admin_json(&["revoke", &second.id]);
    server.get(&second.key, WHOAMI).problem(401);
    server.get(&first.key, WHOAMI).json(200);
}

#[test]
fn metrics_and_readiness_tell_how_changes_are_followed() {
    let site = Site::on_sqlite();
    let issued = site.issue("acme_corp");
    let measured = Measured::start(&site);
    let server = &measured.server;
    server.get(&issued.key, WHOAMI).json(200);
    server.get(&issued.key, WHOAMI).json(200);
    site.admin_json(&["revoke", &issued.id]);
    let ready = server.call("GET", "/readyz", &[]).json(200);
    let feed = &ready["key_feed"];
    assert!(feed["lease_left_ms"].as_u64().unwrap() <= 1800, "{ready}");
    assert!(feed["lag_ms"].is_u64() && feed["last_change_delay_ms"].is_u64());
    server.call("GET", "/metrics", &[]).problem(404);

    let told = measured.scrape();
    let value = |name: &str| told.sum(&format!("central_logger_key_{name}"), &[]);
    for counted in ["cache_evictions_total", "change_delay_seconds_count"] {
        assert_eq!(value(counted), 1.0, "{counted} of {}", told.text);
    }
    for result in ["hit", "miss"] {
        let lookups = "central_logger_key_cache_lookups_total";
        assert_eq!(told.sum(lookups, &[("result", result)]), 1.0, "{result}");
    }
    assert!(value("lease_left_seconds") <= 1.8);
    assert_eq!(told.of("central_logger_key_feed_lag_seconds").count(), 1);
    assert!(value("change_delay_seconds_sum") > 0.0, "{}", told.text);
    assert!(!told.text.contains(&issued.key));
}

/// A site, and a wire to its database.
fn wired() -> (Site, Wire) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = runtime.block_on(new_database());
    let wire = Wire::to(&url);
    (Site::on(&url), wire)
}

fn wired_server(site: &Site, wire: &Wire) -> std::process::Command {
    let mut command = site.server();
    command.env("DATABASE_URL", &wire.url);
    command
}
