//! What the guide promises, in its own words.

use crate::{http::GUIDE_ENTRY, site::Site};
use serde_json::json;

on_both_databases! {
    its_three_calls_answer_as_it_says,
    its_three_clients_are_kept_apart,
    its_python_keys_can_be_stored,
}

const ENV: &str = r#"# API Keys: Map API key → client_id
API_KEYS={
    "abc123_dev_key": "client_demo",
    "xyz789_real_key": "acme_corp",
    "def456_another": "widget_co"
}
"#;

fn its_three_calls_answer_as_it_says(site: &Site) {
    site.write(".env", ENV);
    let server = site.start();

    let created = server.post("abc123_dev_key", GUIDE_ENTRY);
    assert_eq!(created.json(201)["client_id"], "client_demo");

    let wrong = server.post("wrong_key_12345", GUIDE_ENTRY);
    assert_eq!(wrong.problem(401)["detail"], "Invalid API key");
    assert!(wrong.header("www-authenticate").is_some());

    let json = [("Content-Type", "application/json")];
    let missing = server.send("POST", "/api/v1/logs", &json, GUIDE_ENTRY.as_bytes());
    assert_eq!(missing.problem(401)["detail"], "Missing API key");
    assert!(missing.header("www-authenticate").is_some());

    assert_eq!(server.list("abc123_dev_key", "").len(), 1);
}

fn its_three_clients_are_kept_apart(site: &Site) {
    let env = r#"API_KEYS={
    "key_acme_abc123": "acme_corp",
    "key_widget_xyz789": "widget_co",
    "key_demo_def456": "demo_client"
}"#;
    // As an editor on Windows writes it.
    site.write(".env", &format!("\u{feff}{}", env.replace('\n', "\r\n")));
    let server = site.start();
    let keys = ["key_acme_abc123", "key_widget_xyz789", "key_demo_def456"];
    for key in keys {
        server.post(key, GUIDE_ENTRY).json(201);
    }
    for (key, client) in keys
        .into_iter()
        .zip(["acme_corp", "widget_co", "demo_client"])
    {
        let logs = server.list(key, "");
        assert_eq!(logs.len(), 1);
        assert_eq!(logs[0]["client_id"], client);
    }
}

fn its_python_keys_can_be_stored(site: &Site) {
    let key = "Zy4K0jHkQ9-2mVZ0b1fWb3lX_TnC5d7uQ8rYp6sA1eE";
    let mut issue = site.admin_command();
    issue.args(["--json", "issue", "--client", "acme_corp", "--key-stdin"]);
    let stdout = crate::process::with_input(&mut issue, &format!("{key}\r\n"));
    let issued: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(issued["api_key"], key);

    let server = site.start();
    let identity = server.get(key, "/api/v1/whoami").json(200);
    assert_eq!(
        identity,
        json!({
            "kind": "key",
            "client_id": "acme_corp",
            "key_id": issued["key_id"],
            "scopes": ["logs:write", "logs:read"],
            "expires_at": null,
            "environment": "live",
        })
    );
}
