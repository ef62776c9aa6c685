//! How long logs are kept, and their end.

use crate::{http::GUIDE_ENTRY, process::PATIENCE, site::Site};
use serde_json::json;
use std::{thread, time::Duration, time::Instant};

on_both_databases! {
    everything_is_kept_and_taken_unless_a_term_is_set,
    a_term_holds_at_once_and_what_is_older_goes,
    a_client_may_have_a_term_of_its_own,
    static_clients_have_terms_too,
    a_client_is_forgotten_with_a_receipt,
    terms_that_make_no_sense_are_refused,
}

/// Of December 2025, as the guide has it.
const OLD: &str = r#"{"environment":"production","executed_at":"2025-12-24T10:30:00Z",
                      "status":"SUCCESS"}"#;

fn everything_is_kept_and_taken_unless_a_term_is_set(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let ancient = r#"{"environment":"e","executed_at":"1970-01-01T00:00:00Z","status":"s"}"#;
    server.post(&key, ancient).json(201);
    let shown = site.admin_json(&["retention", "show"]);
    assert_eq!(shown, json!({"for_all": "forever", "clients": []}));
    assert_eq!(server.list(&key, "").len(), 1);
}

fn a_term_holds_at_once_and_what_is_older_goes(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    server.post(&key, OLD).json(201);
    let recent = json!({"environment": "e", "executed_at": now(), "status": "s"}).to_string();
    let id = server.post(&key, recent).json(201)["id"].clone();

    let set = site.admin_json(&["retention", "set", "--keep", "7d", "--yes"]);
    assert_eq!(
        (&set["client_id"], &set["keep"]),
        (&json!(null), &json!("7d"))
    );
    assert!(set["waited_ms"].is_u64());
    let refused = server.post(&key, format!("[{OLD}]")).problem(422);
    let fault = &refused["errors"][0];
    assert_eq!(
        (&fault["index"], &fault["field"]),
        (&json!(0), &json!("executed_at"))
    );
    let message = fault["message"].as_str().unwrap();
    assert!(message.ends_with("entries are kept for 7d"), "{message}");

    server.await_log("removed logs whose term has ended");
    let left = server.list(&key, "");
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["id"], id);

    site.admin_json(&["retention", "set", "--keep", "forever"]);
    server.post(&key, OLD).json(201);
    let audit = site.admin_json(&["audit"]);
    let entries = audit["entries"].as_array().unwrap();
    let told: Vec<_> = entries
        .iter()
        .filter(|entry| entry["action"] == "retention")
        .map(|entry| (&entry["before"]["keep"], &entry["after"]["keep"]))
        .collect();
    let (forever, week) = (&json!("forever"), &json!("7d"));
    assert_eq!(told, [(forever, week), (week, forever)]);
    assert_eq!(site.admin_json(&["audit", "--verify"])["intact"], true);
    assert!(site.admin(&["audit"]).stdout.contains("retention"));
}

fn a_client_may_have_a_term_of_its_own(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start_process();
    for key in [&acme, &widget] {
        server.post(key, OLD).json(201);
    }
    let own = ["retention", "set", "--client", "acme_corp", "--keep"];
    site.admin_json(&[&own[..], &["forever"]].concat());
    site.admin_json(&["retention", "set", "--keep", "24h"]);
    server.await_log("removed logs whose term has ended");
    assert_eq!(server.list(&acme, "").len(), 1);
    assert_eq!(server.list(&widget, "").len(), 0);
    server.post(&acme, OLD).json(201);
    server.post(&widget, OLD).problem(422);
    let expected = json!({"client_id": "acme_corp", "keep": "forever"});
    let shown = site.admin_json(&["retention", "show"]);
    assert_eq!(shown, json!({"for_all": "24h", "clients": [expected]}));

    let back = site.admin_json(&[&own[..], &["default"]].concat());
    assert_eq!(back["keep"], "24h");
    server.post(&acme, OLD).problem(422);
    let shown = site.admin_json(&["retention", "show", "--client", "acme_corp"]);
    assert_eq!(shown, json!({"client_id": "acme_corp", "keep": "24h"}));
    let deadline = Instant::now() + PATIENCE;
    while !server.list(&acme, "").is_empty() {
        assert!(Instant::now() < deadline, "it is still there");
        thread::sleep(Duration::from_millis(10));
    }
}

fn static_clients_have_terms_too(site: &Site) {
    let key = "a_static_key_of_some_length";
    site.write(".env", &format!(r#"API_KEYS={{"{key}": "static_co"}}"#));
    let server = site.start_process();
    server.post(key, OLD).json(201);
    site.admin_json(&["retention", "set", "--client", "static_co", "--keep", "24h"]);
    server.post(key, OLD).problem(422);
    server.await_log("removed logs whose term has ended");
    assert_eq!(server.list(key, "").len(), 0);
}

fn a_client_is_forgotten_with_a_receipt(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    let once = |key: &str| {
        let headers = [
            ("X-API-Key", key),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", "once"),
        ];
        server.send("POST", "/api/v1/logs", &headers, GUIDE_ENTRY.as_bytes())
    };
    let first = once(&acme).json(201)["id"].clone();
    once(&widget).json(201);
    let many = vec![OLD; 1500].join(",");
    server.post(&acme, format!("[{many}]")).json(201);

    let receipt = site.admin_json(&["retention", "forget", "--client", "acme_corp", "--yes"]);
    assert_eq!(receipt["client_id"], "acme_corp");
    assert_eq!(receipt["entries"], 1501);
    assert!(receipt["actor"].as_str().unwrap().contains('@'));
    assert_eq!(server.list(&acme, "").len(), 0);
    assert_eq!(server.list(&widget, "").len(), 1);
    let again = once(&acme);
    assert_eq!(again.header("idempotency-replayed"), None);
    assert_ne!(again.json(201)["id"], first);

    let audit = site.admin_json(&["audit"]);
    let sequence = receipt["audit_sequence"].as_u64().unwrap();
    let entry = &audit["entries"][usize::try_from(sequence).unwrap() - 1];
    assert_eq!(
        (&entry["action"], &entry["client_id"]),
        (&json!("forget"), &json!("acme_corp"))
    );
    assert_eq!(entry["after"]["entries"], 1501);
    assert_eq!(entry["at"], receipt["at"]);
    assert!(entry["key_id"].is_null());
    let told = site.admin(&["retention", "forget", "--client", "nobody"]);
    assert!(
        told.stdout.starts_with("Deleted all 0 entries of nobody"),
        "{told:?}"
    );
}

fn terms_that_make_no_sense_are_refused(site: &Site) {
    site.issue("acme_corp");
    for keep in ["0d", "-1d", "90", "soon"] {
        let refused = site.admin(&["retention", "set", &format!("--keep={keep}")]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(
            refused.stderr.contains("logs are kept for 90d"),
            "{refused:?}"
        );
    }
    for command in [
        &["retention", "set", "--keep", "default"][..],
        &["retention", "set", "--client", "acme_corp"],
        &["retention", "forget"],
    ] {
        let refused = site.admin(command);
        assert_eq!(refused.code, Some(2), "{refused:?}");
    }
}

fn now() -> String {
    let rfc3339 = time::format_description::well_known::Rfc3339;
    time::OffsetDateTime::now_utc().format(&rfc3339).unwrap()
}

#[test]
fn a_clock_that_has_jumped_removes_nothing_until_it_is_accepted() {
    let site = Site::on_sqlite();
    site.issue("acme_corp");
    let server = site.start_process();
    assert_eq!(site.admin(&["doctor"]).code, Some(0));
    // As if the clock had been set ahead since then.
    site.execute("UPDATE store_clock SET shown = shown - 400 * 86400000");
    let jumped = "the clock has jumped ahead, so nothing is removed by its age: set it right, or say that \
                  it is with `central-logger-admin doctor --accept-clock`";
    let line = server.await_log(jumped);
    assert!(
        line["fields"]["seconds"].as_i64().unwrap() > 399 * 86400,
        "{line}"
    );
    let sick = site.admin(&["doctor"]);
    assert_eq!(sick.code, Some(1), "{sick:?}");
    assert!(sick.stdout.contains("doctor --accept-clock"), "{sick:?}");
    // All else goes on.
    server.await_ready();
    let accepted = site.admin(&["doctor", "--accept-clock"]);
    assert_eq!(accepted.code, Some(0), "{accepted:?}");
    server.await_log("the clock is relied on again");
    assert_eq!(site.admin(&["doctor"]).code, Some(0));
}

#[test]
fn a_server_whose_clock_is_not_that_of_the_database_removes_nothing() {
    let site = Site::on_postgres();
    let key = site.issue("acme_corp").key;
    let first = site.start_process();
    let recent = json!({"environment": "e", "executed_at": now(), "status": "s"}).to_string();
    first.post(&key, recent).json(201);
    site.admin_json(&["retention", "set", "--keep", "30d", "--yes"]);
    first.await_ready();

    // To connections that are made from now on, the database shows another time.
    for sql in [
        "CREATE SCHEMA fake",
        "CREATE FUNCTION fake.clock_timestamp() RETURNS timestamptz LANGUAGE sql
             AS 'SELECT pg_catalog.clock_timestamp() + interval ''400 days'''",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = fake, public, pg_catalog',
                                    current_database()); END $$",
    ] {
        site.execute(sql);
    }
    let second = site.start_process();
    second.await_unready("are more than a minute apart");
    assert_eq!(second.list(&key, "").len(), 1);
    second.post(&key, GUIDE_ENTRY).problem(422);
    first.await_ready();
    site.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET search_path', current_database());
               END $$",
    );
    site.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    second.await_ready();
    assert_eq!(second.list(&key, "").len(), 1);
}
