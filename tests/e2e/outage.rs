//! PostgreSQL goes away and comes back.

use crate::{
    http::{Answer, GUIDE_ENTRY},
    process::Server,
    site::Site,
};
use central_logger_postgres::testing::OwnServer;
use serde_json::json;

const UNVERIFIED: &str = "Keys cannot be verified at the moment: please try again";
const NO_ANSWER: &str = "The store does not answer at the moment: please send it again";
const UNUSABLE: &str = "The database cannot be used at the moment";
const UNFOLLOWED: &str = "Changes of keys cannot be followed at the moment";
const OUTDATED: &str = "The schema of the database is older than this server";

#[test]
fn writes_turn_into_503_and_heal_without_a_restart() {
    let postgres = OwnServer::start();
    let site = Site::on(postgres.url());
    site.write(".env", r#"API_KEYS={"static_key_0123456789": "widget_co"}"#);
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    server.post(&key, GUIDE_ENTRY).json(201);
    server.post("static_key_0123456789", GUIDE_ENTRY).json(201);

    let (_, address) = postgres.url().split_once('@').unwrap();
    let (address, _) = address.split_once('/').unwrap();
    let data = postgres.data();
    let inside = [address, data.to_str().unwrap(), "postgres"];

    postgres.crash();
    for _ in 0..5 {
        for (key, sentences) in [
            (&*key, &[UNVERIFIED, NO_ANSWER][..]),
            ("static_key_0123456789", &[UNVERIFIED, NO_ANSWER]),
            ("wrong_key_12345", &[UNVERIFIED]),
        ] {
            for answer in [
                server.post(key, GUIDE_ENTRY),
                server.get(key, "/api/v1/logs"),
            ] {
                assert_says_no_more(&answer, 503, "unavailable", sentences, &inside);
                let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
                assert!(seconds > 0);
            }
        }
        let unready = server.call("GET", "/readyz", &[]);
        let reasons = [UNUSABLE, UNFOLLOWED];
        assert_says_no_more(&unready, 503, "not-ready", &reasons, &inside);
        assert!(unready.body.contains(UNUSABLE), "{unready:?}");
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

#[test]
fn what_is_wrong_with_a_file_of_sqlite_stands_in_the_log_alone() {
    let site = Site::on_sqlite();
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    server.post(&key, GUIDE_ENTRY).json(201);
    let file = site.path("data/central-logger-logs.db");
    let database = rusqlite::Connection::open(&file).unwrap();
    let hide = |table: &str| {
        let sql = format!("ALTER TABLE {table} RENAME TO hidden_{table}");
        database.execute_batch(&sql).unwrap();
    };
    let folder = site.path("data");
    let inside = [folder.to_str().unwrap(), "sqlite", "no such table"];
    hide("workflow_logs");
    let failed = ["The store failed: the server's log says why"];
    for answer in [
        server.post(&key, GUIDE_ENTRY),
        server.get(&key, "/api/v1/logs"),
    ] {
        assert_says_no_more(&answer, 500, "internal-error", &failed, &inside);
    }
    // Depending on who looks first, it is the table that is missing, or the schema that is none.
    hide("schema_migrations");
    let unready = server.call("GET", "/readyz", &[]);
    let reasons = [UNUSABLE, UNFOLLOWED, OUTDATED];
    assert_says_no_more(&unready, 503, "not-ready", &reasons, &inside);

    server.tell_to_stop();
    let (_, log) = server.wait();
    assert!(log.contains("no such table: workflow_logs"), "{log}");
}

/// Asserts that an answer is a problem whose detail is of these sentences, and that it has no member but what each
/// problem has: nothing of what lies inside, which its headers have not either.
#[track_caller]
fn assert_says_no_more(
    answer: &Answer,
    status: u16,
    kind: &str,
    sentences: &[&str],
    inside: &[&str],
) {
    let problem = answer.problem(status);
    let detail = problem["detail"].as_str().unwrap();
    let mut said = detail.split("; ");
    assert!(said.all(|said| sentences.contains(&said)), "{answer:?}");
    let title = match status {
        500 => "Internal Server Error",
        _ => "Service Unavailable",
    };
    let whole = json!({
        "type": format!("/docs/problems#{kind}"), "title": title, "status": status, "detail": detail,
    });
    assert_eq!(problem, whole);
    let answer = format!("{answer:?}").to_lowercase();
    for internal in inside {
        assert!(!answer.contains(&internal.to_lowercase()), "{answer}");
    }
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
