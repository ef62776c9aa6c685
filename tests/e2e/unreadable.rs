//! Rows that cannot be read.

use crate::site::{Issued, Site};
use serde_json::Value;

on_both_databases! {
    a_key_that_cannot_be_read_hides_no_other,
    the_audit_calls_a_key_that_cannot_be_read_unreadable,
    a_key_that_cannot_be_read_can_be_revoked,
    all_keys_of_a_client_are_revoked_whatever_can_be_read,
    rows_of_usage_and_alerts_hide_no_others,
}

/// Gives a column of a key a value that no program of ours stores.
fn spoil(site: &Site, id: &str, column: &str) {
    let value = match (column, &site.database_url) {
        ("expires_at", Some(_)) => "'infinity'",
        ("created_at", Some(_)) => "'10000-01-01 04:59:59+00'",
        ("grace_ends_at", Some(_)) => "'0044-03-15 12:00:00+00 BC'",
        ("expires_at", None) => "253402318799000",
        ("created_at", None) => "9223372036854775807",
        ("grace_ends_at", None) => "-62135596800000",
        _ => "'\u{1F5FF} '",
    };
    site.execute(&format!(
        "UPDATE api_keys SET {column} = {value} WHERE id = '{id}'"
    ));
}

const COLUMNS: [&str; 5] = [
    "expires_at",
    "created_at",
    "grace_ends_at",
    "scopes",
    "key_hash",
];

fn with_spoiled(site: &Site) -> (Issued, Vec<Issued>) {
    let good = site.issue("acme_corp");
    let spoiled = COLUMNS.map(|column| {
        let issued = site.issue("acme_corp");
        spoil(site, &issued.id, column);
        issued
    });
    (good, spoiled.into())
}

#[track_caller]
fn ids<'a>(list: &'a Value, name: &str) -> Vec<&'a str> {
    let keys = list[name].as_array().unwrap().iter();
    keys.map(|key| key["key_id"].as_str().unwrap()).collect()
}

fn a_key_that_cannot_be_read_hides_no_other(site: &Site) {
    let (good, spoiled) = with_spoiled(site);
    let widget = site.issue("widget_co");
    for arguments in [&["list"][..], &["list", "--client", "acme_corp"]] {
        let list = site.admin_json(arguments);
        assert!(ids(&list, "keys").contains(&&*good.id), "{list}");
        let mut unreadable = ids(&list, "unreadable");
        let mut expected: Vec<_> = spoiled.iter().map(|key| &*key.id).collect();
        unreadable.sort_unstable();
        expected.sort_unstable();
        assert_eq!(unreadable, expected, "{list}");
        for key in list["unreadable"].as_array().unwrap() {
            assert_eq!(key["client_id"], "acme_corp");
            assert!(!key["reason"].as_str().unwrap().is_empty());
        }
    }
    let list = site.admin(&["list"]).stdout;
    for key in &spoiled {
        let line = format!("{} of acme_corp cannot be read: ", key.id);
        assert!(list.contains(&line), "{list}");
    }
    let doctor = site.admin(&["--json", "doctor"]);
    let report: Value = serde_json::from_str(&doctor.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let rows = checks.iter().find(|check| check["name"] == "rows").unwrap();
    assert_eq!((doctor.code, &rows["ok"]), (Some(1), &false.into()));
    assert!(
        rows["detail"].as_str().unwrap().contains(&spoiled[0].id),
        "{report}"
    );

    let server = site.start_process();
    for key in [&good, &widget] {
        server.get(&key.key, "/api/v1/whoami").json(200);
    }
    let failed = server.get(&spoiled[0].key, "/api/v1/whoami");
    failed.problem(500);
    server.await_log("key could not be verified");
    assert_eq!(server.call("GET", "/readyz", &[]).status, 200);
    let error = site.admin(&["--json", "show", &spoiled[0].id]).stderr;
    assert!(error.contains("unreadable_key"), "{error}");
}

fn the_audit_calls_a_key_that_cannot_be_read_unreadable(site: &Site) {
    let (_, spoiled) = with_spoiled(site);
    let verdict = site.admin_json_of_any(&["audit", "--verify"]);
    assert_eq!(verdict["intact"], false);
    let mut named = Vec::new();
    for fault in verdict["report"]["faults"].as_array().unwrap() {
        assert_eq!(fault["fault"], "unreadable", "{fault}");
        assert!(!fault["reason"].as_str().unwrap().is_empty(), "{fault}");
        named.push(fault["key_id"].as_str().unwrap());
    }
    let mut expected: Vec<_> = spoiled.iter().map(|key| &*key.id).collect();
    named.sort_unstable();
    expected.sort_unstable();
    assert_eq!(named, expected);
}

fn a_key_that_cannot_be_read_can_be_revoked(site: &Site) {
    let (good, spoiled) = with_spoiled(site);
    let server = site.start();
    for key in &spoiled {
        let revoked = site.admin_json(&["revoke", &key.id, "--yes", "--reason", "unreadable"]);
        assert_eq!(revoked["revoked"], serde_json::json!([key.id]));
        server.get(&key.key, "/api/v1/whoami").problem(401);
        let again = site.admin_json(&["revoke", &key.id, "--yes"]);
        assert_eq!(again["revoked"], serde_json::json!([]));
    }
    server.get(&good.key, "/api/v1/whoami").json(200);
    let audit = site.admin_json(&["audit"]);
    let last = audit["entries"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["action"], &last["client_id"]),
        (&"revoke".into(), &"acme_corp".into())
    );
    assert_eq!(last["key_id"], spoiled.last().unwrap().id);
    assert_eq!(last["after"]["revoked_reason"], "unreadable");
}

fn all_keys_of_a_client_are_revoked_whatever_can_be_read(site: &Site) {
    let (good, spoiled) = with_spoiled(site);
    let widget = site.issue("widget_co");
    let server = site.start();
    let revoked = site.admin_json(&["revoke", "--client", "acme_corp", "--yes"]);
    assert_eq!(
        revoked["revoked"].as_array().unwrap().len(),
        1 + spoiled.len()
    );
    for key in spoiled.iter().chain([&good]) {
        server.get(&key.key, "/api/v1/whoami").problem(401);
    }
    server.get(&widget.key, "/api/v1/whoami").json(200);
}

fn rows_of_usage_and_alerts_hide_no_others(site: &Site) {
    let manager = site.issue_with(&["--client", "acme_corp", "--scope", "keys:manage"]);
    let (first, second) = (site.raise("acme_corp"), site.raise("widget_co"));
    site.execute(&format!(
        "UPDATE alerts SET kind = 'nonsense' WHERE id = '{second}'"
    ));
    let alerts = site.admin_json(&["alerts"]);
    assert_eq!(alerts["alerts"].as_array().unwrap().len(), 1);
    assert_eq!(alerts["alerts"][0]["id"], first);

    let server = site.start_process();
    server.get(&manager.key, "/api/v1/usage").json(200);
    server.tell_to_stop();
    server.wait();
    let hour = match site.database_url {
        Some(_) => "now()",
        None => "CAST(strftime('%s', 'now') AS INTEGER) * 1000",
    };
    site.execute(&format!(
        "INSERT INTO key_usage (client_id, key_id, hour, refusal, requests, entries, bytes,
                                latency_us, networks, last_at)
         SELECT 'No Client', key_id, hour, refusal, requests, entries, bytes, latency_us, networks,
                last_at
         FROM key_usage WHERE hour <= {hour}"
    ));
    let usage = site.admin_json(&["usage"]);
    assert_eq!(usage["usage"].as_array().unwrap().len(), 1, "{usage}");
    assert_eq!(usage["usage"][0]["key_id"], manager.id);
}
