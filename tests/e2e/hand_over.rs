//! Keys that are handed over to files, by the real programs.

use crate::{process::Server, site::Site};
use serde_json::{Value, json};
use std::fs;

on_both_databases! {
    a_key_goes_to_the_file_of_its_client_and_is_shown_to_nobody,
    keys_that_are_due_are_rotated_and_the_rest_named,
    what_cannot_be_written_changes_nothing,
    a_program_of_the_provider_names_files_beneath_the_folder_alone,
}

const WHOAMI: &str = "/api/v1/whoami";

fn set_target(site: &Site, client: &str, file: &str) -> String {
    let target = format!("file:{}", site.path(file).display());
    let set = site.admin_json(&["deliver", "set", "--client", client, &target]);
    assert_eq!(set["deliver"], target.as_str());
    target
}

fn held(site: &Site, file: &str) -> String {
    fs::read_to_string(site.path(file)).unwrap()
}

fn works(server: &Server, key: &str) -> Value {
    server.get(key, WHOAMI).json(200)["key_id"].clone()
}

fn a_key_goes_to_the_file_of_its_client_and_is_shown_to_nobody(site: &Site) {
    let target = set_target(site, "acme_corp", "acme.key");
    let checked = site.admin_json(&["deliver", "check"]);
    assert_eq!(
        checked["targets"],
        json!([{"client_id": "acme_corp", "target": target, "ok": true, "reason": null}])
    );
    let issued = site.admin(&["issue", "--client", "acme_corp", "--deliver"]);
    let first = held(site, "acme.key");
    assert!(!issued.stdout.contains(&first) && !issued.stderr.contains(&first));
    let server = site.start();
    let id = works(&server, &first);
    let id = id.as_str().unwrap();

    let again = site.admin(&["--json", "issue", "--client", "acme_corp", "--deliver"]);
    assert!(again.stderr.contains("target_other_key"), "{again:?}");
    let rotated = site.admin_json(&["rotate", id, "--deliver", "--grace", "1h"]);
    assert_eq!(
        (&rotated["replaces"], &rotated["target"]),
        (&json!(id), &json!(target))
    );
    assert!(rotated.get("api_key").is_none() && rotated["old_expires_at"].is_string());
    let second = held(site, "acme.key");
    assert_eq!(works(&server, &second), rotated["key_id"]);
    assert_eq!(works(&server, &first), id, "until the grace ends");
    let keys = site.admin_json(&["list", "--client", "acme_corp"]);
    let keys = keys["keys"].as_array().unwrap();
    assert!(keys.iter().all(|key| key["pending"] == false));
    let verified = site.admin_json(&["audit", "--verify"]);
    assert_eq!(verified["intact"], true, "{verified}");
}

fn keys_that_are_due_are_rotated_and_the_rest_named(site: &Site) {
    set_target(site, "acme_corp", "acme.key");
    site.admin_json(&["issue", "--client", "acme_corp", "--deliver"]);
    let shown = site.issue("widget_co");
    let server = site.start();
    let first = held(site, "acme.key");
    let report = site.admin_json(&["rotate", "--due", "0", "--deliver"]);
    assert_eq!(report["rotated"][0]["client_id"], "acme_corp");
    assert_eq!(report["skipped"][0]["key_id"], shown.id.as_str());
    assert_eq!(report["skipped"][0]["code"], "no_target");
    let second = held(site, "acme.key");
    assert_ne!(first, second);
    works(&server, &first);
    works(&server, &second);
    for usage in [
        &["rotate", "--due", "90d"][..],
        &["rotate", "--deliver"],
        &["rotate", "4fzyo82mvyi1", "--due", "90d", "--deliver"],
        &["rotate", "4fzyo82mvyi1", "--overwrite"],
        &["deliver", "set", "--client", "acme_corp", "vault:secret"],
    ] {
        assert_eq!(site.admin(usage).code, Some(2), "{usage:?}");
    }
}

fn what_cannot_be_written_changes_nothing(site: &Site) {
    set_target(site, "acme_corp", "acme.key");
    site.admin_json(&["issue", "--client", "acme_corp", "--deliver"]);
    let first = held(site, "acme.key");
    let server = site.start();
    let id = works(&server, &first);
    let id = id.as_str().unwrap();
    // What cannot be made: a folder is where it goes.
    let drafts = ["", "-check"].map(|end| site.path(&format!(".acme.key.central-logger{end}")));
    for draft in &drafts {
        fs::create_dir_all(draft.join("in")).unwrap();
    }
    let refused = site.admin(&["--json", "rotate", id, "--deliver"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("not_delivered"), "{refused:?}");
    assert_eq!(site.admin(&["deliver", "check"]).code, Some(1));
    let old = site.admin_json(&["show", id]);
    assert!(old["grace_ends_at"].is_null());
    assert_eq!(old["successor"]["revoked_reason"], "not delivered");
    assert_eq!(works(&server, &held(site, "acme.key")), id);

    for draft in &drafts {
        fs::remove_dir_all(draft).unwrap();
    }
    assert_eq!(site.admin(&["deliver", "check"]).code, Some(0));
    fs::write(site.path("acme.key"), "something of somebody else").unwrap();
    let checked = site.admin(&["deliver", "check"]);
    assert_eq!(checked.code, Some(1));
    let reason = "holds something that is no key of acme_corp";
    assert!(checked.stdout.contains(reason), "{checked:?}");
    let refused = site.admin(&["--json", "rotate", id, "--deliver"]);
    assert!(refused.stderr.contains("target_foreign"), "{refused:?}");
    let rotated = site.admin_json(&["rotate", id, "--deliver", "--overwrite"]);
    assert_eq!(works(&server, &held(site, "acme.key")), rotated["key_id"]);
}

fn a_program_of_the_provider_names_files_beneath_the_folder_alone(site: &Site) {
    let scope = ["--scope", "provider:read", "--scope", "provider:write"];
    let key = site.admin_json(&[&["provider-key", "issue"][..], &scope].concat());
    let key = key["api_key"].as_str().unwrap();
    let mut server = site.server();
    server.env("LOGGER_DELIVER_DIR", site.path("keys"));
    let server = Server::start(server);
    let path = "/api/v1/provider/clients/acme_corp";
    let put = |target: Value| {
        let body = json!({"deliver": target}).to_string();
        let headers = [("x-api-key", key), ("content-type", "application/json")];
        server.send("PUT", path, &headers, body.as_bytes())
    };
    let beneath = format!("file:{}", site.path("keys/acme").display());
    let outside = format!("file:{}", site.path("acme").display());
    assert_eq!(put(json!(beneath)).json(201)["deliver"], beneath.as_str());
    for refused in [outside.as_str(), "file:/etc/passwd", "vault:secret", "smtp"] {
        let problem = put(json!(refused)).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/deliver", "{refused}");
    }
    let vault = put(json!("vault:secret/acme"));
    assert_eq!(vault.json(200)["deliver"], "vault:secret/acme");
    assert!(put(Value::Null).json(200)["deliver"].is_null());
}
