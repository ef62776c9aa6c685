//! Clients that are set up, shown and removed.

use crate::{http::GUIDE_ENTRY, site::Site};
use serde_json::{Value, json};

on_both_databases! {
    a_client_is_set_up_before_its_first_key,
    a_policy_is_set_for_one_and_for_all,
    a_client_is_removed,
    older_keys_that_can_make_keys_are_named,
}

fn intact(site: &Site) {
    let verified = site.admin_json(&["audit", "--verify"]);
    assert_eq!(verified["intact"], true, "{verified}");
}

fn trail(site: &Site, action: &str) -> Vec<Value> {
    let trail = site.admin_json(&["audit"]);
    let mut entries = trail["entries"].as_array().unwrap().clone();
    entries.retain(|entry| entry["action"] == action);
    entries
}

fn a_client_is_set_up_before_its_first_key(site: &Site) {
    let set = site.admin_json(&[
        "client",
        "set",
        "--client",
        "acme_corp",
        "--name",
        "Acme Corp.",
        "--external-id",
        "crm-7",
        "--mail",
        "keys@acme.example",
    ]);
    assert_eq!(
        (&set["name"], &set["keys"]["active"]),
        (&json!("Acme Corp."), &json!(0))
    );
    assert!(set["waited_ms"].is_u64());
    let quota = [
        "quota",
        "set",
        "--client",
        "acme_corp",
        "--entries-per-day",
        "1",
    ];
    site.admin_json(&quota);
    let keep = [
        "retention",
        "set",
        "--client",
        "acme_corp",
        "--keep",
        "7d",
        "--yes",
    ];
    site.admin_json(&keep);
    let unknown = site.admin(&["--json", "client", "show", "widget_co"]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.stderr.contains("unknown_client"), "{unknown:?}");

    let issued = site.admin_json(&["issue", "--client", "acme_corp", "--name", "invoices"]);
    assert_eq!(issued["client_name"], "Acme Corp.");
    let key = site.admin_json(&["show", issued["key_id"].as_str().unwrap()]);
    assert_eq!(
        (&key["name"], &key["client_name"], &key["entries_per_day"]),
        (&json!("invoices"), &json!("Acme Corp."), &json!(1))
    );
    let server = site.start();
    let api_key = issued["api_key"].as_str().unwrap();
    let old = r#"{"environment":"e","executed_at":"2025-01-01T00:00:00Z","status":"s"}"#;
    server.post(api_key, old).problem(422);
    let recent = json!({"environment": "e", "executed_at": now(), "status": "s"}).to_string();
    server.post(api_key, &*recent).json(201);
    server.post(api_key, &*recent).problem(429);

    let shown = site.admin_json(&["client", "show", "acme_corp"]);
    assert_eq!(
        (&shown["external_id"], &shown["keep"]),
        (&json!("crm-7"), &json!("7d"))
    );
    assert_eq!(shown["quota"]["entries_per_day"], 1);
    assert_eq!(shown["keys"], json!({"active": 1, "due": 0}));
    let listed = site.admin_json(&["client", "list"]);
    assert_eq!(listed["clients"][0]["client_id"], "acme_corp");
    assert!(listed["next_cursor"].is_null());
    intact(site);
}

fn now() -> String {
    let now = time::OffsetDateTime::now_utc();
    now.format(&time::format_description::well_known::Rfc3339)
        .unwrap()
}

fn a_policy_is_set_for_one_and_for_all(site: &Site) {
    site.issue("acme_corp");
    site.issue("widget_co");
    let policy = |client: &str| site.admin_json(&["client", "show", client])["policy"].clone();
    let default = json!({
        "self_service": true, "max_keys": null, "max_lifetime": null,
        "require_expiry": false, "renewable": false, "on_leak": "revoke",
    });
    assert_eq!(policy("acme_corp"), default);
    let all = [
        "client",
        "set",
        "--all",
        "--self-service",
        "off",
        "--max-keys",
        "9",
    ];
    assert_eq!(site.admin_json(&all)["policy"]["self_service"], false);
    let own = [
        "client",
        "set",
        "--client",
        "acme_corp",
        "--self-service",
        "on",
        "--max-keys",
        "none",
        "--max-lifetime",
        "90d",
        "--require-expiry",
        "on",
        "--renewable",
        "on",
    ];
    let own = site.admin_json(&own)["policy"].clone();
    let expected = json!({
        "self_service": true, "max_keys": null, "max_lifetime": "90d",
        "require_expiry": true, "renewable": true, "on_leak": "revoke",
    });
    assert_eq!((&own, &policy("acme_corp")), (&expected, &expected));
    assert_eq!(policy("widget_co")["self_service"], false);
    assert_eq!(policy("widget_co")["max_keys"], 9);
    let again = [
        "client",
        "set",
        "--client",
        "acme_corp",
        "--max-keys",
        "default",
    ];
    assert_eq!(site.admin_json(&again)["policy"]["max_keys"], 9);

    let entries = trail(site, "client");
    assert_eq!(entries.len(), 3);
    let (of_all, first, second) = (&entries[0], &entries[1], &entries[2]);
    assert!(of_all["client_id"].is_null() && first["before"].is_null());
    assert_eq!(of_all["before"], json!({"policy": {}}));
    assert_eq!(first["after"]["policy"]["max_keys"], Value::Null);
    assert_eq!(second["before"], first["after"]);
    assert!(second["after"]["policy"].get("max_keys").is_none());
    intact(site);

    site.execute("UPDATE clients SET policy = '{}' WHERE client_id = ''");
    let verified = site.admin(&["audit", "--verify"]);
    assert_eq!(verified.code, Some(1));
    let fault = "the policy of all clients is not as the trail says";
    assert!(verified.stdout.contains(fault), "{verified:?}");
}

fn a_client_is_removed(site: &Site) {
    let (acme, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let name = [
        "client",
        "set",
        "--client",
        "acme_corp",
        "--external-id",
        "crm-7",
    ];
    site.admin_json(&name);
    let taken = [
        "client",
        "set",
        "--client",
        "widget_co",
        "--external-id",
        "crm-7",
    ];
    let taken = site.admin(&[&["--json"], &taken[..]].concat());
    assert!(taken.stderr.contains("external_id_exists"), "{taken:?}");
    let quota = [
        "quota",
        "set",
        "--client",
        "acme_corp",
        "--entries-per-day",
        "9",
    ];
    site.admin_json(&quota);
    let server = site.start();
    for key in [&acme.key, &other.key] {
        server.post(key, GUIDE_ENTRY).json(201);
    }
    let removed = site.admin_json(&["client", "remove", "acme_corp", "--yes"]);
    assert_eq!(
        (&removed["revoked"], &removed["entries"]),
        (&json!([acme.id]), &json!(1))
    );
    server.post(&acme.key, GUIDE_ENTRY).problem(401);
    server.post(&other.key, GUIDE_ENTRY).json(201);
    let again = site.admin(&["--json", "client", "remove", "acme_corp", "--yes"]);
    assert!(again.stderr.contains("unknown_client"), "{again:?}");
    let left = site.admin_json(&["client", "list"]);
    assert_eq!(left["clients"].as_array().unwrap().len(), 1);
    assert!(site.admin_json(&["show", &acme.id])["entries_per_day"].is_null());
    assert_eq!(trail(site, "client").last().unwrap()["after"], Value::Null);
    let taken_over = [
        "client",
        "set",
        "--client",
        "widget_co",
        "--external-id",
        "crm-7",
    ];
    site.admin_json(&taken_over);
    intact(site);
}

fn older_keys_that_can_make_keys_are_named(site: &Site) {
    let manager = ["--client", "acme_corp", "--scope", "keys:manage"];
    let manager = site.issue_with(&manager);
    site.issue("widget_co");
    let check = || {
        let doctor = site.admin_json_of_any(&["doctor"]);
        let checks = doctor["checks"].as_array().unwrap().iter();
        let mut named = checks.filter(|check| check["name"] == "self-service");
        named.next().unwrap()["detail"].as_str().unwrap().to_owned()
    };
    assert!(!check().contains(&manager.id), "it is new");
    site.age_keys();
    let detail = check();
    assert!(
        detail.contains(&format!("{} of acme_corp", manager.id)),
        "{detail}"
    );
    assert!(!detail.contains("widget_co"), "{detail}");
    let command = "central-logger-admin client set --all --self-service off";
    assert!(detail.contains(command), "{detail}");
    site.admin_json(&["client", "set", "--all", "--self-service", "off"]);
    assert!(!check().contains(&manager.id), "it is decided");
}
