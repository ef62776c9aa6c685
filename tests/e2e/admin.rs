//! The provider's command line.

use crate::{http::GUIDE_ENTRY, site::Site};
use serde_json::{Value, json};

on_both_databases! {
    a_key_is_issued_listed_shown_and_revoked,
    all_keys_of_a_client_are_revoked_together,
    generate_adds_to_the_keys_of_the_file,
    doctor_names_problems,
    migrate_tells_what_it_did,
    a_key_that_is_pasted_for_its_id_is_not_repeated,
    a_key_made_elsewhere_belongs_to_one_client,
    peppered_keys_need_the_pepper,
    errors_are_json_when_asked_for,
}

const WHOAMI: &str = "/api/v1/whoami";

fn a_key_is_issued_listed_shown_and_revoked(site: &Site) {
    let issued = site.admin_json(&[
        "issue",
        "--client",
        "acme_corp",
        "--name",
        "Acme Corp.",
        "--expires",
        "90d",
        "--scope",
        "logs:write",
        "--env",
        "test",
        "--note",
        "for the invoices",
    ]);
    let members: Vec<_> = issued.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "api_key",
            "audit",
            "client_id",
            "client_name",
            "created_at",
            "environment",
            "expires_at",
            "key_id",
            "scopes"
        ]
    );
    let (id, key) = (
        issued["key_id"].as_str().unwrap(),
        issued["api_key"].as_str().unwrap(),
    );
    assert!(key.starts_with(&format!("cl_test_{id}_")));
    site.issue("widget_co");

    let listed = site.admin(&["list"]);
    assert!(listed.stdout.contains(id) && listed.stdout.contains("widget_co"));
    let of_one = site.admin_json(&["list", "--client", "acme_corp", "--status", "active"]);
    assert_eq!(of_one["keys"].as_array().unwrap().len(), 1);
    assert_eq!(of_one["keys"][0]["note"], "for the invoices");
    let shown = site.admin_json(&["show", id]);
    assert!(shown["predecessor"].is_null() && shown["successor"].is_null());
    for (member, value) in of_one["keys"][0].as_object().unwrap() {
        assert_eq!(shown[member], *value, "{member}");
    }
    for secretless in [listed.stdout, shown.to_string()] {
        assert!(!secretless.contains(key.rsplit_once('_').unwrap().1));
    }

    let server = site.start();
    server.post(key, GUIDE_ENTRY).json(201);
    let revoked = site.admin_json(&["revoke", id, "--reason", "leaked"]);
    assert_eq!(revoked["revoked"], json!([id]));
    assert!(revoked["waited_ms"].is_u64());
    server.post(key, GUIDE_ENTRY).problem(401);
    let shown = site.admin_json(&["show", id]);
    assert_eq!(
        (&shown["status"], &shown["revoked_reason"]),
        (&json!("revoked"), &json!("leaked"))
    );

    let again = site.admin_json(&["revoke", id]);
    assert_eq!(again["revoked"], json!([]));
    assert_eq!(site.admin_json(&["show", id])["revoked_reason"], "leaked");
    let unknown = site.admin(&["revoke", "000000000000"]);
    assert!(unknown.one_line().contains("000000000000"));
}

fn all_keys_of_a_client_are_revoked_together(site: &Site) {
    let keys = [site.issue("acme_corp"), site.issue("acme_corp")];
    let other = site.issue("widget_co");
    let server = site.start();
    let revoked = site.admin_json(&["revoke", "--client", "acme_corp", "--yes"]);
    assert_eq!(revoked["revoked"].as_array().unwrap().len(), 2);
    for issued in &keys {
        server.get(&issued.key, WHOAMI).problem(401);
    }
    server.get(&other.key, WHOAMI).json(200);
    site.admin(&["revoke", "--client", "nobody"]).one_line();
}

fn generate_adds_to_the_keys_of_the_file(site: &Site) {
    site.write(".env", r#"API_KEYS={"abc123_dev_key": "client_demo"}"#);
    let generated = site.admin_json(&["generate", "--client", "acme_corp"]);
    let key = generated["api_key"].as_str().unwrap();
    let message = generated["message"].as_str().unwrap();
    assert!(message.contains(&format!("X-API-Key: {key}")), "{message}");
    assert!(
        message.contains("http://127.0.0.1:8000/api/v1/logs"),
        "{message}"
    );

    site.write(".env", generated["env_entry"].as_str().unwrap());
    let server = site.start();
    assert_eq!(server.get(key, WHOAMI).json(200)["client_id"], "acme_corp");
    assert_eq!(
        server.get("abc123_dev_key", WHOAMI).json(200)["client_id"],
        "client_demo"
    );
}

fn doctor_names_problems(site: &Site) {
    let checks = |finished: &crate::process::Finished| -> Vec<(String, bool)> {
        let checks: Value = serde_json::from_str(&finished.stdout).unwrap();
        let checks = checks["checks"].as_array().unwrap().clone();
        let check = |check: &Value| {
            let name = check["name"].as_str().unwrap().to_owned();
            (name, check["ok"].as_bool().unwrap())
        };
        checks.iter().map(check).collect()
    };
    let before = site.admin(&["--json", "doctor"]);
    assert_eq!(before.code, Some(1));
    assert!(checks(&before).contains(&("database".to_owned(), false)));

    site.admin_json(&["migrate"]);
    let after = site.admin(&["--json", "doctor"]);
    assert_eq!(after.code, Some(0), "{}", after.stdout);
    assert!(checks(&after).iter().all(|(_, ok)| *ok));

    site.write(".env", "API_KEYS=key1:client1\nLOGGER_TLS_CERT=cert.pem\n");
    let wrong = site.admin(&["--json", "doctor"]);
    assert_eq!(wrong.code, Some(1));
    for name in ["API_KEYS", "TLS"] {
        assert!(
            checks(&wrong).contains(&(name.to_owned(), false)),
            "{}",
            wrong.stdout
        );
    }
}

fn migrate_tells_what_it_did(site: &Site) {
    let unready = site.admin(&["list"]);
    assert!(unready.one_line().contains("central-logger-admin migrate"));
    let applied = site.admin_json(&["migrate"]);
    assert!(!applied["applied"].as_array().unwrap().is_empty());
    assert_eq!(site.admin_json(&["migrate"]), json!({"applied": []}));
    let nothing = json!({"applied": [], "has_citus": false, "distributed": []});
    assert_eq!(site.admin_json(&["migrate", "--citus"]), nothing);
    let none = json!({"keys": [], "unreadable": []});
    assert_eq!(site.admin_json(&["list"]), none);
}

fn a_key_that_is_pasted_for_its_id_is_not_repeated(site: &Site) {
    let issued = site.issue("acme_corp");
    for command in ["show", "revoke"] {
        for pasted in [&*issued.key, "Zy4K0jHkQ9-2mVZ0b1fWb3lX_TnC5d7uQ8rYp6sA1eE"] {
            let refused = site.admin(&[command, pasted]);
            assert!(!refused.one_line().contains(pasted), "{refused:?}");
        }
    }
    assert_eq!(site.admin_json(&["show", &issued.id])["status"], "active");
}

fn a_key_made_elsewhere_belongs_to_one_client(site: &Site) {
    let issue = |client: &str, key: &str| {
        let mut command = site.admin_command();
        command.args(["--json", "issue", "--key-stdin", "--client", client]);
        crate::process::finished_with_input(&mut command, key)
    };
    let key = "made_elsewhere_0123456789";
    let issued = issue("acme_corp", key);
    assert_eq!(issued.code, Some(0));
    let issued: Value = serde_json::from_str(&issued.stdout).unwrap();
    let id = issued["key_id"].as_str().unwrap();
    for (client, code, says) in [
        ("acme_corp", "key_exists", "is stored already"),
        ("widget_co", "belongs_to_other", "the client acme_corp"),
    ] {
        let refused = issue(client, key);
        assert!(!refused.stderr.contains(key));
        let error: Value = serde_json::from_str(refused.one_line()).unwrap();
        assert_eq!(error["error"]["code"], code);
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(says) && message.contains(id), "{message}");
    }
    for malformed in ["", "two words", "schl\u{fc}ssel", &"k".repeat(257)] {
        assert_eq!(issue("acme_corp", malformed).code, Some(1));
    }
    assert_eq!(
        site.admin_json(&["list"])["keys"].as_array().unwrap().len(),
        1
    );
}

fn peppered_keys_need_the_pepper(site: &Site) {
    site.write("pepper", "a pepper of more than thirty-two bytes\n");
    site.write("other", "another one of more than thirty-two bytes\n");
    let key = site
        .issue_with(&["--client", "acme_corp", "--pepper-file", "pepper"])
        .key;
    let start = |arguments: &[&str]| {
        let mut command = site.server();
        command.args(arguments);
        crate::process::Server::start(command)
    };
    start(&["--pepper-file", "pepper"])
        .get(&key, WHOAMI)
        .json(200);
    let unused = site
        .issue_with(&["--client", "idle", "--pepper-file", "pepper"])
        .key;
    let rotated = ["--pepper-file", "other", "--pepper-previous-file", "pepper"];
    let hashes = |arguments: &[&str]| {
        let told = site.admin(&[&["--json", "doctor"], arguments].concat());
        let told: Value = serde_json::from_str(&told.stdout).unwrap();
        let checks = told["checks"].as_array().unwrap().clone();
        checks
            .into_iter()
            .find(|check| check["name"] == "hashes")
            .unwrap()
    };
    let told = hashes(&rotated)["detail"].clone();
    assert!(told.as_str().unwrap().starts_with("2 made"), "{told}");
    let server = start(&rotated);
    // Its use hashes the one key anew once the lease of the server before has run out; the other still
    // hangs on the old pepper.
    loop {
        server.get(&key, WHOAMI).json(200);
        let told = hashes(&rotated)["detail"].clone();
        let told = told.as_str().unwrap();
        if told.starts_with("1 made") {
            break;
        }
        assert!(told.starts_with("2 made"), "{told}");
    }
    let told = hashes(&["--pepper-file", "other"]);
    assert_eq!(told["ok"], false, "{told}");
    let without = start(&["--pepper-file", "other"]);
    without.get(&key, WHOAMI).json(200);
    // Nobody can tell whether that key is right, so it is the server that is at fault.
    without.get(&unused, WHOAMI).problem(503);
    let line = without.await_log("key could not be verified");
    assert!(line.to_string().contains("pepper"), "{line}");
}

fn errors_are_json_when_asked_for(site: &Site) {
    site.admin_json(&["migrate"]);
    for (arguments, status, code) in [
        (&["show", "000000000000"][..], 1, "unknown_key"),
        (&["show", "static-acme_corp"], 1, "static_key"),
        (&["show"], 2, "usage"),
        (&["issue", "--client", "Not An Id"], 2, "usage"),
        (&["issue", "--client", "a", "--expires", "soon"], 2, "usage"),
        (
            &[
                "issue",
                "--client",
                "a",
                "--expires",
                "2020-01-01T00:00:00Z",
            ],
            1,
            "invalid_expiry",
        ),
        (&["frobnicate"], 2, "usage"),
        (
            &["list", "--database-url", "mysql://x"],
            1,
            "invalid_setting",
        ),
    ] {
        let failed = site.admin(&[&["--json"], arguments].concat());
        assert_eq!(failed.code, Some(status), "{arguments:?}");
        assert_eq!(failed.stdout, "");
        let error: Value = serde_json::from_str(&failed.stderr).unwrap();
        assert_eq!(error["error"]["code"], code, "{error}");
        assert!(error["error"]["message"].is_string());
    }
}

/// Every command, as the help lists them.
fn commands(site: &Site) -> Vec<String> {
    let help = site.admin(&["--help"]).stdout;
    let listed = help.split_once("Commands:\n").unwrap().1;
    let lines = listed.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect()
}

#[test]
fn help_and_completions_are_there_for_every_command() {
    let site = Site::on_sqlite();
    let commands = commands(&site);
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands.iter().filter(|command| *command != "help") {
        let help = site.admin(&[command, "--help"]);
        assert_eq!(help.code, Some(0));
        let usage = format!("Usage: central-logger-admin {command}");
        assert!(help.stdout.contains(&usage), "{}", help.stdout);
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = site.admin(&["completions", shell]);
        assert_eq!(script.code, Some(0));
        assert!(
            commands
                .iter()
                .all(|command| script.stdout.contains(&**command))
        );
    }
    assert_eq!(site.admin(&["--version"]).code, Some(0));
}

#[cfg(unix)]
#[test]
fn doctor_names_what_others_may_read_or_write() {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};
    let site = Site::on_sqlite();
    let set = |name: &str, mode| {
        std::fs::set_permissions(site.path(name), Permissions::from_mode(mode)).unwrap();
    };
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    site.write("cert.pem", &made.cert.pem());
    site.write("key.pem", &made.signing_key.serialize_pem());
    site.write("pepper", &"p".repeat(32));
    site.write("hook", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n");
    site.write("url", "sqlite:store/keys.db\n");
    site.write(
        ".env",
        "DATABASE_URL_FILE=url\nLOGGER_PEPPER_FILE=pepper\nLOGGER_TLS_CERT=cert.pem\n\
         LOGGER_TLS_KEY=key.pem\nLOGGER_WEBHOOK_URL=https://hooks.example.com\n\
         LOGGER_WEBHOOK_SECRET_FILE=hook\n",
    );
    site.issue("acme_corp");
    let secret = [".env", "url", "pepper", "key.pem", "hook"];
    for name in secret {
        set(name, 0o640);
    }
    let told = || {
        let doctor = site.admin_json_of_any(&["doctor"]);
        let checks = doctor["checks"].as_array().unwrap().clone();
        let check = checks
            .into_iter()
            .find(|check| check["name"] == "permissions");
        let check = check.unwrap_or_else(|| panic!("{doctor}"));
        (
            check["ok"] == true,
            check["detail"].as_str().unwrap().to_owned(),
        )
    };
    let (ok, detail) = told();
    assert!(ok, "what the programs make themselves is safe: {detail}");
    let databases = ["store/keys.db", "store/keys-logs.db"];
    for name in secret.iter().chain(&databases) {
        for mode in [0o604, 0o602, 0o666] {
            set(name, mode);
            let (ok, detail) = told();
            assert!(
                !ok && detail.contains(name) && detail.contains("chmod"),
                "{name}: {detail}"
            );
        }
        set(name, 0o600);
    }
    for (folder, mode) in [("store", 0o777), ("store", 0o1777), (".", 0o702)] {
        set(folder, mode);
        let (ok, detail) = told();
        assert!(
            !ok && detail.contains("may put files into"),
            "{folder}: {detail}"
        );
        set(folder, 0o700);
    }
    assert!(told().0);
}
