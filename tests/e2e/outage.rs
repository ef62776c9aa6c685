//! PostgreSQL goes away and comes back.

use crate::{http::GUIDE_ENTRY, process::Server, site::Site};
use central_logger_postgres::testing::OwnServer;

#[test]
fn writes_turn_into_503_and_heal_without_a_restart() {
    let postgres = OwnServer::start();
    let site = Site::on(postgres.url());
    site.write(".env", r#"API_KEYS={"static_key_0123456789": "widget_co"}"#);
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    server.post(&key, GUIDE_ENTRY).json(201);
    server.post("static_key_0123456789", GUIDE_ENTRY).json(201);

    postgres.crash();
    for _ in 0..5 {
        for key in [&*key, "static_key_0123456789", "wrong_key_12345"] {
            for answer in [
                server.post(key, GUIDE_ENTRY),
                server.get(key, "/api/v1/logs"),
            ] {
                answer.problem(503);
                let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
                assert!(seconds > 0);
            }
        }
        let unready = server.call("GET", "/readyz", &[]).problem(503);
        assert!(unready["detail"].is_string());
        server.call("GET", "/healthz", &[]).json(200);
    }

    postgres.start_again();
    server.await_ready();
    server.post(&key, GUIDE_ENTRY).json(201);
    server.call("GET", "/readyz", &[]).json(200);
    assert_eq!(server.list(&key, "").len(), 2);
    assert_eq!(server.list("static_key_0123456789", "").len(), 1);
}

#[test]
fn an_outage_of_postgresql_is_told_once_with_its_reason_and_once_when_it_is_over() {
    let postgres = OwnServer::start();
    let site = Site::on(postgres.url());
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    server.post(&key, GUIDE_ENTRY).json(201);
    postgres.crash();
    let mut refused = 0;
    while refused < 500 {
        refused += usize::from(server.post(&key, GUIDE_ENTRY).status == 503);
        server.get("wrong_key_12345", "/api/v1/logs").problem(503);
        server.call("GET", "/readyz", &[]).problem(503);
    }
    postgres.start_again();
    server.await_ready();
    server.post(&key, GUIDE_ENTRY).json(201);
    assert_told_once(server, "onnect");
}

#[test]
fn an_outage_of_sqlite_is_told_once_with_its_reason_and_once_when_it_is_over() {
    let site = Site::on_sqlite();
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    server.post(&key, GUIDE_ENTRY).json(201);
    // Somebody holds the file for longer than is waited for.
    let holder = rusqlite::Connection::open(site.path("data/central-logger-logs.db")).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| server.post(&key, GUIDE_ENTRY).problem(503));
        }
    });
    holder.execute_batch("ROLLBACK").unwrap();
    server.post(&key, GUIDE_ENTRY).json(201);
    assert_told_once(server, "locked");
}

fn assert_told_once(server: Server, reason: &str) {
    server.tell_to_stop();
    let (_, log) = server.wait();
    let told =
        |message: &str| -> Vec<_> { log.lines().filter(|line| line.contains(message)).collect() };
    let down = told("the database does not answer");
    assert_eq!(down.len(), 1, "{log}");
    assert!(down[0].contains(reason), "{}", down[0]);
    assert_eq!(told("the database answers again").len(), 1, "{log}");
    assert!(!log.contains(r#""db error""#), "{log}");
    let loud = log
        .lines()
        .filter(|line| line.contains("WARN") || line.contains("ERROR"));
    assert!(loud.count() < 8, "{log}");
}
