//! `move`: everything from SQLite to PostgreSQL, and back.

use crate::{
    http::Answer,
    process::{Finished, PATIENCE, Server},
    sessions::{self, WHOAMI},
    site::Site,
    workflows::{await_runs, await_that, entry, manager, put},
};
use central_logger_database::DatabaseUrl;
use central_logger_database_move::tables::{AT_THE_END, COLUMNS_NOT_MOVED, NOT_MOVED, TABLES};
use central_logger_postgres::testing::columns;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::{Duration, Instant},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

on_both_databases! {
    all_is_at_the_target_as_it_was,
    what_nobody_has_followed_is_followed_once_at_the_target,
    an_interrupted_move_goes_on_and_keeps_the_target_closed,
    what_would_mix_or_lose_something_is_refused,
    every_column_is_moved_or_said_to_stay,
}

/// A site on the other kind of database, which is new.
fn other_of(site: &Site) -> Site {
    match site.database_url {
        Some(_) => Site::on_sqlite(),
        None => Site::on_postgres(),
    }
}

fn try_move(from: &Site, to: &Site) -> Finished {
    from.admin(&["--json", "move", "--from", &from.url(), "--to", &to.url()])
}

/// The lease of a server that has just ended may be there for another moment.
#[track_caller]
fn move_to(from: &Site, to: &Site) -> Value {
    let began = Instant::now();
    loop {
        let moved = try_move(from, to);
        if moved.code == Some(0) {
            return serde_json::from_str(&moved.stdout).unwrap();
        }
        let is_running = moved.stderr.contains("stop them first");
        assert!(is_running && began.elapsed() < PATIENCE, "{moved:?}");
        thread::sleep(Duration::from_millis(100));
    }
}

#[track_caller]
fn refusal(moved: &Finished) -> String {
    assert_eq!(moved.code, Some(1), "{moved:?}");
    let error: Value = serde_json::from_str(&moved.stderr).unwrap();
    assert_eq!(error["error"]["code"], "not_moved", "{error}");
    error["error"]["message"].as_str().unwrap().to_owned()
}

fn stop(server: Server) {
    server.tell_to_stop();
    server.wait();
}

fn events(range: std::ops::Range<usize>) -> String {
    let event = |n: usize| {
        json!({
            "environment": "production",
            "executed_at": format!("2025-{:02}-24T10:{:02}:{:02}Z", 11 + n % 2, n / 60, n % 60),
            "status": if n.is_multiple_of(7) { "FAILED" } else { "OK" },
            "message": format!("step {n} of the nightly run — «söhne» 🔑"),
            "event_id": format!("run-{n}"),
            "host": {"name": format!("h{}", n % 3)},
        })
    };
    let events: Value = range.map(event).collect();
    events.to_string()
}

fn once(server: &Server, key: &str, body: &str) -> Answer {
    let headers = [
        ("X-API-Key", key),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", "one"),
    ];
    server.send("POST", "/api/v1/logs", &headers, body.as_bytes())
}

/// What a client can ask that does not change with time.
fn answers(server: &Server, key: &str, id: &str, cursor: &str) -> Vec<String> {
    let questions = [
        "?limit=1000".to_owned(),
        "?limit=100&order=asc&status=FAILED".to_owned(),
        format!("?limit=20&cursor={cursor}"),
        "?q=nightly%20298".to_owned(),
        "/stats?from=2025-11-24T10:00:00Z&to=2025-12-24T11:00:00Z&interval=1d".to_owned(),
        "/export?format=ndjson".to_owned(),
        format!("/{id}"),
    ];
    let ask = |question: &String| {
        let answer = server.get(key, &format!("/api/v1/logs{question}"));
        assert_eq!(answer.status, 200, "{question}: {answer:?}");
        answer.body
    };
    questions.iter().map(ask).collect()
}

/// What went wrong, and when.
fn incidents(server: &Server, key: &str) -> Vec<[Value; 4]> {
    let found = server.get(key, "/api/v1/incidents").json(200);
    let found = found["incidents"].as_array().unwrap().iter();
    let told = |one: &Value| {
        let members = ["workflow", "kind", "began_at", "evidence"];
        members.map(|member| one[member].clone())
    };
    found.map(told).collect()
}

fn all_is_at_the_target_as_it_was(site: &Site) {
    const ONE: &str = r#"{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s"}"#;
    let key = manager(site, "acme_corp");
    let (revoked, widget) = (site.issue("acme_corp"), site.issue("widget_co"));
    site.admin_json(&["revoke", &revoked.id]);
    let rotated = site.admin_json(&["rotate", &widget.id, "--grace", "7d"]);
    let successor = rotated["api_key"].as_str().unwrap().to_owned();
    let quota = ["quota", "set", "--client", "acme_corp"];
    site.admin_json(&[&quota[..], &["--requests-per-day", "100000"]].concat());
    let named = ["client", "set", "--client", "acme_corp", "--name", "Acme"];
    site.admin_json(&named);
    site.raise("acme_corp");

    let server = site.start_process();
    // In sealed blocks, in fresh ones and in rows.
    let sent = events(0..300);
    let stored = server.post(&key, sent.clone()).json(201)["ids"].clone();
    site.admin_json(&["logs", "seal"]);
    server.post(&key, events(300..500)).json(201);
    server.post(&widget.key, ONE).json(201);
    let first = once(&server, &key, ONE);
    first.json(201);
    let every_day = json!({"every": "24h", "grace": "1h"});
    put(&server, &key, &[], &every_day).json(200);
    server.post(&key, entry("FAILED", "first", 0)).json(201);
    await_runs(&server, &key, "backup", 1);
    let went_wrong = await_that(|| {
        let found = incidents(&server, &key);
        match found.len() {
            1 => Ok(found),
            _ => Err(json!(found)),
        }
    });
    let link = sessions::link(site, &["--client", "acme_corp", "--name", "Alice"]);
    let cookie = sessions::cookie(&sessions::sign_in(&server, &link));
    let page = server.get(&key, "/api/v1/logs?limit=7").json(200);
    let cursor = page["next_cursor"].as_str().unwrap().to_owned();
    let id = stored[250].as_str().unwrap().to_owned();
    let before = answers(&server, &key, &id, &cursor);
    stop(server);

    let other = other_of(site);
    let moved = move_to(site, &other);
    assert_eq!(moved["was_there"], false, "{moved}");
    let tables = moved["tables"].as_array().unwrap();
    for table in [
        "audit_log",
        "api_keys",
        "clients",
        "client_quotas",
        "sessions",
        "alerts",
        "log_writers",
        "log_blocks",
        "workflow_logs",
        "idempotency_keys",
        "workflow_documents",
    ] {
        let moved = tables.iter().find(|moved| moved["table"] == table);
        assert!(moved.unwrap()["rows"].as_u64() > Some(0), "{table}");
    }
    let again = move_to(site, &other);
    assert_eq!(again["was_there"], true);
    assert_eq!(again["tables"], moved["tables"]);
    for command in [
        &["list"][..],
        &["alerts"],
        &["audit"],
        &["quota", "show", "--client", "acme_corp"],
        &["sessions", "list"],
    ] {
        let [told, expected] = [&other, site].map(|site| {
            let mut told = site.admin_json(command);
            // Reckoned from the time of the call.
            if let Some(members) = told.as_object_mut() {
                members.remove("since");
            }
            // SQLite keeps times of alerts to the millisecond.
            let alerts = told.get_mut("alerts").and_then(Value::as_array_mut);
            for alert in alerts.into_iter().flatten() {
                for member in ["first_at", "last_at"] {
                    let text = alert[member].as_str().unwrap();
                    let at = OffsetDateTime::parse(text, &Rfc3339).unwrap();
                    alert[member] = json!((at.unix_timestamp_nanos() / 1_000_000) as i64);
                }
            }
            told
        });
        assert_eq!(told, expected);
    }
    let end = format!("{}:{}", moved["sequence"], moved["seal"].as_str().unwrap());
    let verified = other.admin_json(&["audit", "--verify", "--at-least", &end]);
    assert_eq!(verified["intact"], true, "{verified}");

    let server = other.start_process();
    assert_eq!(answers(&server, &key, &id, &cursor), before);
    assert_eq!(incidents(&server, &key), went_wrong);
    for key in [&widget.key, &successor] {
        server.get(key, WHOAMI).json(200);
    }
    server.get(&revoked.key, WHOAMI).problem(401);
    // Without HTTPS, the name of a cookie ends with the port of its server.
    let (_, token) = cookie.split_once('=').unwrap();
    let port = server.address().rsplit_once(':').unwrap().1;
    let cookie = format!("central_logger_session_{port}={token}");
    assert_eq!(sessions::under(&server, &cookie, WHOAMI).status, 200);
    // Nothing is stored twice.
    assert_eq!(server.post(&key, sent).json(201)["ids"], stored);
    let repeat = once(&server, &key, ONE);
    assert_eq!(repeat.header("idempotency-replayed"), Some("true"));
    assert_eq!(repeat.body, first.body);
    assert_eq!(answers(&server, &key, &id, &cursor), before);
    // What is new is followed, beside what was.
    server.post(&key, entry("SUCCESS", "second", 0)).json(201);
    await_runs(&server, &key, "backup", 2);
    other.admin_json(&["logs", "seal"]);
    let checked = other.admin_json_of_any(&["doctor", "--deep"]);
    let checks = checked["checks"].as_array().unwrap();
    let contents = checks.iter().find(|check| check["name"] == "contents");
    assert_eq!(contents.unwrap()["ok"], true, "{checked}");
}

fn what_nobody_has_followed_is_followed_once_at_the_target(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start_process();
    server.post(&key, entry("SUCCESS", "first", 60)).json(201);
    await_runs(&server, &key, "backup", 1);
    for (run, ago) in [("second", 40), ("third", 20)] {
        server.post(&key, entry("SUCCESS", run, ago)).json(201);
    }
    // Before the follower looks again, most likely.
    server.kill();
    let other = other_of(site);
    move_to(site, &other);
    let server = other.start_process();
    await_runs(&server, &key, "backup", 3);
    server.post(&key, entry("SUCCESS", "fourth", 0)).json(201);
    await_runs(&server, &key, "backup", 4);
}

/// Moves until a few rows of logs are there.
fn interrupt(from: &Site, to: &Site) {
    let url = |site: &Site| site.url().parse::<DatabaseUrl>().unwrap();
    let (from, to) = (url(from), url(to));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut told = 0;
    let ended = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(from.move_to(&to, &mut |now| {
            told += usize::from(now.table == "workflow_logs");
            // The first time, nothing is copied of them.
            assert!(told < 2, "as if the machine had ended here");
        }))
    }));
    assert!(ended.is_err(), "{ended:?}");
}

fn an_interrupted_move_goes_on_and_keeps_the_target_closed(site: &Site) {
    let key = site.issue("acme_corp").key;
    let other_key = site.issue("widget_co").key;
    let server = site.start_process();
    server.post(&key, events(0..300)).json(201);
    for n in 300..340 {
        server.post(&key, events(n..n + 1)).json(201);
        server.post(&other_key, events(n..n + 1)).json(201);
    }
    let before = server.list(&key, "?limit=1000");
    stop(server);
    let other = other_of(site);
    // Its lease has ended then.
    move_to(site, &other_of(site));
    interrupt(site, &other);

    let refused = Server::refuse(other.server());
    assert!(refused.stderr.contains("being moved into"), "{refused:?}");
    let refused = other.admin(&["list"]);
    assert!(
        refused.one_line().contains("being moved into"),
        "{refused:?}"
    );
    let others = Site::on_sqlite();
    others.issue("acme_corp");
    assert!(refusal(&try_move(&others, &other)).contains("another database"));
    let moved = move_to(site, &other);
    assert_eq!(moved["was_there"], false);
    let server = other.start_process();
    assert_eq!(server.list(&key, "?limit=1000"), before);
    assert_eq!(server.list(&other_key, "?limit=1000").len(), 40);
    stop(server);

    // What was copied is not all of it when somebody has worked with the source since.
    let third = other_of(site);
    interrupt(site, &third);
    let server = site.start_process();
    server.post(&key, events(340..341)).json(201);
    stop(server);
    let began = Instant::now();
    loop {
        let refused = refusal(&try_move(site, &third));
        if refused.contains("has changed since the move began") {
            break;
        }
        assert!(refused.contains("stop them first"), "{refused}");
        assert!(began.elapsed() < PATIENCE);
    }
}

fn what_would_mix_or_lose_something_is_refused(site: &Site) {
    let key = site.issue("acme_corp").key;
    let other = other_of(site);
    other.issue("widget_co");
    let refused = refusal(&try_move(site, &other));
    assert!(refused.contains("other keys or logs"), "{refused}");
    assert_eq!(
        other.admin_json(&["list"])["keys"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert!(refusal(&try_move(site, site)).contains("the same database"));
    let nowhere = format!("sqlite:{}", site.path("nowhere.db").display());
    let url = site.url();
    let refused = site.admin(&["--json", "move", "--from", &nowhere, "--to", &url]);
    let refused = refusal(&refused);
    assert!(
        refused.contains("there is no database to move"),
        "{refused}"
    );
    let secret = "mysql://me:hunter2@db/x";
    let refused = site.admin(&["move", "--from", secret, "--to", secret]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("--from"), "{refused:?}");
    assert!(!refused.stderr.contains("hunter2"), "{refused:?}");

    let server = site.start_process();
    server.await_ready();
    server.get(&key, WHOAMI).json(200);
    let new = other_of(site);
    let refused = refusal(&try_move(site, &new));
    assert!(
        refused.contains("servers work with the source"),
        "{refused}"
    );
    let refused = refusal(&try_move(&other, site));
    assert!(
        refused.contains("servers work with the target"),
        "{refused}"
    );
    // Nothing has begun.
    new.issue("acme_corp");
}

fn every_column_is_moved_or_said_to_stay(site: &Site) {
    site.admin_json(&["migrate"]);
    let found = match &site.database_url {
        Some(url) => {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(columns(url))
        }
        None => {
            let files = ["data/central-logger.db", "data/central-logger-logs.db"];
            let found = files.iter().flat_map(|file| columns_of_file(site, file));
            found.collect()
        }
    };
    let mut known = BTreeSet::new();
    for table in TABLES.iter().chain(AT_THE_END) {
        let own = table.own().iter().map(|column| (table.name, column.name));
        let contents = table.in_contents().iter();
        let contents = contents.map(|column| ("log_block_contents", column.name));
        known.extend(own.chain(contents));
    }
    for (table, column) in &found {
        let column = (&**table, &**column);
        assert!(
            known.contains(&column)
                || COLUMNS_NOT_MOVED.contains(&column)
                || NOT_MOVED.contains(&column.0),
            "{column:?} is neither moved nor said to stay: see crates/database-move/src/tables.rs"
        );
    }
    for (table, column) in known {
        let column = (table.to_owned(), column.to_owned());
        assert!(found.contains(&column), "{column:?} is not there");
    }
}

fn columns_of_file(site: &Site, file: &str) -> Vec<(String, String)> {
    let database = rusqlite::Connection::open(site.path(file)).unwrap();
    let sql = "SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
               WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
    let mut select = database.prepare(sql).unwrap();
    let found = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    found.unwrap().map(Result::unwrap).collect()
}
