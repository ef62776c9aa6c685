//! What the programs take on their command lines, and what they refuse.

use crate::{
    process::{Finished, Server, finished_with_input},
    site::Site,
};
use serde_json::{Value, json};

on_both_databases! {
    an_empty_flag_is_wrong_usage_and_does_nothing,
    what_terminals_obey_is_refused_and_escaped,
    an_expired_key_that_is_enabled_is_said_to_have_expired,
    a_scope_that_is_not_known_here_is_granted_with_a_warning,
    static_keys_that_are_left_are_named,
}

const WHOAMI: &str = "/api/v1/whoami";

fn a_scope_that_is_not_known_here_is_granted_with_a_warning(site: &Site) {
    let issue = |scope: &str| site.admin(&["issue", "--client", "acme_corp", "--scope", scope]);
    let warned = issue("log:write");
    assert_eq!(warned.code, Some(0), "{}", warned.stderr);
    let warning = "log:write is not a scope of Central Logger";
    assert!(warned.stderr.contains(warning), "{}", warned.stderr);
    let known = issue("logs:write");
    assert!(!known.stderr.contains("not a scope"), "{}", known.stderr);
    for (scope, why) in [
        ("logs:wirte", "are reserved"),
        ("provider:manage", "are reserved"),
        ("Orders", "a prefix and a name"),
    ] {
        let refused = issue(scope);
        assert_eq!(refused.code, Some(2), "{scope}");
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
}

fn an_empty_flag_is_wrong_usage_and_does_nothing(site: &Site) {
    let issued = site.issue("acme_corp");
    for flag in [
        "--allow-ip",
        "--scope",
        "--expires",
        "--rate",
        "--name",
        "--note",
        "--env",
        "--message-file",
        "--database-url",
        "--database-url-file",
        "--pepper-file",
        "--pepper-previous-file",
        "--key-prefix",
        "--public-url",
        "--env-file",
    ] {
        for value in ["", " "] {
            let refused = site.admin(&["issue", "--client", "acme_corp", flag, value]);
            assert_eq!(refused.code, Some(2), "{flag}: {}", refused.stderr);
            assert!(refused.stderr.contains(flag), "{flag}: {}", refused.stderr);
        }
    }
    for arguments in [
        &["issue", "--client", ""][..],
        &["issue", "--client", "acme_corp", "--allow-ip="],
        &["issue", "--client", "acme_corp", "--allow-ip", ","],
        &[
            "issue",
            "--client",
            "acme_corp",
            "--allow-ip",
            "10.0.0.0/8",
            "--allow-ip",
            "",
        ],
        &["list", "--client", ""],
        &["list", "--status", ""],
        &["list", "--due", ""],
        &["list", "--q", ""],
        &["provider-key", "list", "--q", ""],
        &["client", "list", "--q", ""],
        &["client", "list", "--order", "odd"],
        &["usage", "--client", ""],
        &["alerts", "--client", ""],
        &["alerts", "--ack", ""],
        &["audit", "--since", ""],
        &["rotate", &issued.id, "--grace", ""],
        &["rotate", &issued.id, "--expires", ""],
        &["rotate", &issued.id, "--extend", ""],
        &["revoke", "", "--yes"],
        &["revoke", &issued.id, "--reason", ""],
        &["revoke", "--client", "", "--yes"],
        &[
            "quota",
            "set",
            "--client",
            "acme_corp",
            "--requests-per-day",
            "",
        ],
        &["retention", "set", "--keep", ""],
        &["retention", "set", "--keep", "1d", "--client", ""],
        &["retention", "forget", "--client", ""],
        &["client", "set", "--client", ""],
        &["client", "set", "--client", "acme_corp"],
        &["client", "set", "--all", "--name", "Acme"],
        &["client", "set", "--client", "acme_corp", "--name", ""],
        &["client", "set", "--client", "acme_corp", "--max-keys", "-1"],
        &["client", "set", "--all", "--self-service", "maybe"],
        &[
            "client",
            "set",
            "--all",
            "--client",
            "acme_corp",
            "--renewable",
            "on",
        ],
        &["client", "show", ""],
        &["client", "remove", ""],
        &["import", "--hashes", ""],
        &["generate", "--client", ""],
        &["show", ""],
    ] {
        let refused = site.admin(&[&["--json"], arguments].concat());
        assert_eq!(refused.code, Some(2), "{arguments:?}: {}", refused.stderr);
        let error: Value = serde_json::from_str(&refused.stderr).unwrap();
        assert_eq!(error["error"]["code"], "usage", "{arguments:?}");
    }
    let keys = site.admin_json(&["list"]);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    assert_eq!(keys["keys"][0]["status"], "active");

    // For a URL, the message has one that is right.
    for (flag, example) in [
        (
            "--database-url",
            "postgres://logger:secret@127.0.0.1:5432/logger",
        ),
        ("--public-url", "https://logs.example.com"),
        ("--smtp-url", "smtps://USER@mail.example.com"),
        ("--webhook-url", "https://hooks.example.com/central-logger"),
        (
            "--secret-scanning-url",
            "https://api.github.com/meta/public_keys/secret_scanning",
        ),
        ("--security-contact", "mailto:security@example.com"),
    ] {
        let mut command = site.server();
        command.args([flag, ""]);
        let refused = Server::refuse(command);
        assert_eq!(refused.code, Some(2), "{flag}: {}", refused.stderr);
        let right = format!("(for example {flag} {example})\n");
        assert!(refused.stderr.contains(&right), "{}", refused.stderr);
    }
    for flag in [
        "--trusted-proxy",
        "--bind",
        "--metrics-bind",
        "--tls-cert",
        "--lease",
        "--alerts",
        "--webhook-url",
        "--webhook-reach",
        "--channel-reach",
    ] {
        let mut command = site.server();
        command.args([flag, ""]);
        let refused = Server::refuse(command);
        assert_eq!(refused.code, Some(2), "{flag}: {}", refused.stderr);
        assert!(refused.stderr.contains(flag), "{flag}: {}", refused.stderr);
    }
    // An empty environment variable counts as none.
    let mut command = site.server();
    command
        .env("LOGGER_TRUSTED_PROXIES", "")
        .env("LOGGER_PUBLIC_URL", "");
    Server::start(command);
}

fn what_terminals_obey_is_refused_and_escaped(site: &Site) {
    let issued = site.issue_with(&["--client", "acme_corp", "--name", "Söhne 🔑"]);
    for hostile in [
        "Evil\u{1b}[2J",
        "Evil\nStatus       active",
        "\u{9b}2J",
        "\u{202e}x",
        "a\u{7f}",
    ] {
        for arguments in [
            &["issue", "--client", "evil", "--name", hostile][..],
            &["issue", "--client", "evil", "--note", hostile],
            &["revoke", &issued.id, "--reason", hostile],
            &["issue", "--client", hostile],
            &["show", hostile],
        ] {
            let refused = site.admin(arguments);
            assert_eq!(refused.code, Some(2), "{arguments:?}: {refused:?}");
            assert!(!refused.stderr.replace('\n', "").contains(char::is_control));
        }
    }
    assert_eq!(
        site.admin_json(&["list"])["keys"].as_array().unwrap().len(),
        1
    );

    // What an older program, or somebody with SQL, has stored.
    let alert = site.raise("acme_corp");
    let evil = match site.database_url {
        Some(_) => "'Evil' || chr(27) || '[2J' || chr(10) || 'Status       active' || chr(155)",
        None => "'Evil' || char(27) || '[2J' || char(10) || 'Status       active' || char(155)",
    };
    site.execute(&format!(
        "UPDATE api_keys SET name = {evil}, note = {evil}, revoked_reason = {evil}, \
         revoked_at = created_at"
    ));
    site.execute(&format!("UPDATE alerts SET evidence = {evil}"));
    for arguments in [
        &["show", &issued.id][..],
        &["list"],
        &["alerts"],
        &["alerts", "--ack", &alert],
        &["audit"],
        &["rotate", &issued.id],
    ] {
        for json in [&[][..], &["--json"]] {
            let told = site.admin(&[json, arguments].concat());
            let printed = format!("{}{}", told.stdout, told.stderr);
            let obeyed = printed.replace('\n', "").contains(char::is_control);
            assert!(!obeyed, "{arguments:?}: {printed:?}");
            assert!(!printed.contains("\nStatus       active"), "{printed}");
        }
    }
    let shown = site.admin_json(&["show", &issued.id]);
    let name = shown["client_name"].as_str().unwrap();
    assert!(
        name.starts_with("Evil\u{1b}[2J\n") && name.ends_with('\u{9b}'),
        "{name:?}"
    );
    let shown = site.admin(&["show", &issued.id]).stdout;
    assert!(
        shown.contains(r"Evil\u{1b}[2J\nStatus       active\u{9b}"),
        "{shown}"
    );
}

fn an_expired_key_that_is_enabled_is_said_to_have_expired(site: &Site) {
    let issued = site.issue_with(&["--client", "acme_corp", "--expires", "90d"]);
    site.admin_json(&["disable", &issued.id]);
    let past = match site.database_url {
        Some(_) => "TIMESTAMPTZ '2026-01-01 00:00:00Z'",
        None => "1767225600000",
    };
    site.execute(&format!("UPDATE api_keys SET expires_at = {past}"));
    let enabled = site.admin(&["enable", &issued.id]);
    assert_eq!(enabled.code, Some(0), "{enabled:?}");
    assert!(
        enabled.stdout.contains("it expired on 2026-01-01"),
        "{enabled:?}"
    );
    let again = site.admin_json(&["enable", &issued.id]);
    assert_eq!(
        (&again["changed"], &again["status"]),
        (&json!(false), &json!("expired"))
    );

    let good = site.issue("acme_corp");
    assert_eq!(
        site.admin_json(&["disable", &good.id])["status"],
        "disabled"
    );
    assert_eq!(site.admin_json(&["enable", &good.id])["status"], "active");
    site.admin_json(&["revoke", &good.id]);
    let refused = site.admin(&["enable", &good.id]);
    assert!(
        refused.one_line().contains("revoked, for good"),
        "{refused:?}"
    );
}

fn static_keys_that_are_left_are_named(site: &Site) {
    site.write(
        ".env",
        r#"API_KEYS={
    "first_key_0123456789": "static_co",
    "other_key_0123456789": "acme_corp",
    "second_key_0123456789": "static_co"
}"#,
    );
    let server = site.start();
    site.admin_json(&["migrate"]);
    // None in the database: nothing is revoked, and that is said.
    let refused = site.admin(&["--json", "revoke", "--client", "static_co", "--yes"]);
    assert_eq!(refused.code, Some(1));
    let error: Value = serde_json::from_str(&refused.stderr).unwrap();
    assert_eq!(error["error"]["code"], "static_key", "{error}");
    let message = error["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("static-static_co, static-static_co-2"),
        "{message}"
    );
    assert!(message.contains(".env line 1"), "{message}");

    let issued = site.issue("static_co");
    let revoked = site.admin_json(&["revoke", "--client", "static_co", "--yes"]);
    assert_eq!(revoked["revoked"], json!([issued.id]));
    let left = json!(["static-static_co", "static-static_co-2"]);
    assert_eq!(revoked["static_keys"], left);
    server.get("first_key_0123456789", WHOAMI).json(200);
    let told = site
        .admin(&["revoke", "--client", "static_co", "--yes"])
        .stdout;
    assert!(
        told.contains("Static keys remain valid: static-static_co, "),
        "{told}"
    );
    let receipt = site.admin_json(&["retention", "forget", "--client", "static_co", "--yes"]);
    assert_eq!(receipt["static_keys"], left);

    // The database has the last word on those that it knows.
    let import = |key: &str| {
        let mut command = site.admin_command();
        command.args(["issue", "--client", "static_co", "--key-stdin"]);
        assert_eq!(finished_with_input(&mut command, key).code, Some(0));
    };
    import("first_key_0123456789");
    let revoked = site.admin_json(&["revoke", "--client", "static_co", "--yes"]);
    assert_eq!(revoked["static_keys"], json!(["static-static_co-2"]));
    server.get("first_key_0123456789", WHOAMI).problem(401);
    import("second_key_0123456789");
    let revoked = site.admin_json(&["revoke", "--client", "static_co", "--yes"]);
    assert_eq!(revoked["static_keys"], json!([]));

    // A file that is wrong keeps nobody from revoking.
    let issued = site.issue("static_co");
    site.write(".env", "API_KEYS=wrong\n");
    let revoked = site.admin_json(&["revoke", "--client", "static_co", "--yes"]);
    assert_eq!(revoked["revoked"], json!([issued.id]));
    assert!(revoked["static_keys"].is_null());
    let told = site.admin(&["revoke", "--client", "static_co", "--yes"]);
    assert!(
        told.stderr.contains("Could not check whether static keys"),
        "{told:?}"
    );
}

#[test]
fn a_public_url_that_is_none_is_refused() {
    let site = Site::on_sqlite();
    for url in [
        "logs.example.com",
        "ftp://logs",
        "https://me:hunter2@logs",
        "https://logs/?x",
        "https:///",
    ] {
        let mut command = site.server();
        command.args(["--public-url", url]);
        let refused = Server::refuse(command);
        assert!(
            refused.one_line().contains("--public-url https://"),
            "{refused:?}"
        );
        let refused = site.admin(&["generate", "--public-url", url]);
        assert!(
            refused.one_line().contains("--public-url https://"),
            "{refused:?}"
        );
    }
}

#[test]
fn every_setting_of_the_server_has_an_environment_variable() {
    let site = Site::on_sqlite();
    let mut command = site.server();
    command
        .env("LOGGER_BIND", "0.0.0.0:0")
        .env("LOGGER_BEHIND_TLS_PROXY", "true")
        .env("LOGGER_QUICKSTART", "1");
    let server = Server::start(command);
    server.tell_to_stop();
    let (_, printed) = server.wait();
    assert!(printed.contains("cl_live_"), "{printed}");
    for name in ["LOGGER_BEHIND_TLS_PROXY", "LOGGER_QUICKSTART"] {
        let mut command = site.server();
        command.env(name, "maybe");
        let refused = Server::refuse(command);
        assert!(
            refused.one_line().contains(&format!("{name}=true")),
            "{refused:?}"
        );
    }
    let mut command = site.server();
    command
        .env("LOGGER_BIND", "0.0.0.0:0")
        .env("LOGGER_BEHIND_TLS_PROXY", "false");
    assert!(Server::refuse(command).one_line().contains("plain HTTP"));
}

#[test]
fn an_error_of_the_database_names_where_its_url_stands() {
    let site = Site::on_sqlite();
    const NOWHERE: &str = "postgres://me:hunter2@127.0.0.1:1/x";
    let flag = site.admin(&["list", "--database-url", NOWHERE]);
    let mut command = site.admin_command();
    let variable = Finished::of(command.env("DATABASE_URL", NOWHERE).arg("list"));
    site.write(".env", &format!("# first\nDATABASE_URL={NOWHERE}\n"));
    let in_file = site.admin(&["list"]);
    for (refused, origin) in [
        (flag, "--database-url: "),
        (variable, ": DATABASE_URL: "),
        (in_file, ": DATABASE_URL in .env line 2: "),
    ] {
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains(origin), "{refused:?}");
        assert!(!refused.stderr.contains("hunter2"), "{refused:?}");
    }
    // And what is seen in the list of processes is warned of.
    let warned = site.admin(&["list", "--database-url", NOWHERE]);
    assert!(warned.stderr.contains("PGPASSFILE"), "{warned:?}");
    let mut command = site.server();
    command.args(["--database-url", NOWHERE]);
    assert!(Server::refuse(command).stderr.contains("PGPASSFILE"));
}

#[cfg(unix)]
#[test]
fn a_password_is_found_where_other_programs_of_postgresql_find_it() {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};
    let site = Site::on_postgres();
    site.admin_json(&["migrate"]);
    let url = site.database_url.clone().unwrap();
    let (login, server) = url.split_once('@').unwrap();
    let (login, password) = login.rsplit_once(':').unwrap();
    let without = format!("{login}@{server}");
    let list = |settings: &[(&str, &str)]| {
        let mut command = site.admin_command();
        command
            .env("DATABASE_URL", &without)
            .env("HOME", site.path("home"))
            .env_remove("PGPASSWORD")
            .env_remove("PGPASSFILE")
            .envs(settings.iter().copied())
            .args(["--json", "list"]);
        Finished::of(&mut command)
    };
    let refused = list(&[]);
    assert!(refused.one_line().contains("password"), "{refused:?}");
    assert_eq!(list(&[("PGPASSWORD", password)]).code, Some(0));
    site.write("passwords", &format!("# mine\n*:*:*:*:{password}\n"));
    let file = site.path("passwords").display().to_string();
    let set = |mode| std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
    set(0o600);
    assert_eq!(list(&[("PGPASSFILE", &file)]).code, Some(0));
    set(0o644);
    let refused = list(&[("PGPASSFILE", &file)]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    set(0o600);
    std::fs::create_dir(site.path("home")).unwrap();
    std::fs::copy(&file, site.path("home/.pgpass")).unwrap();
    assert_eq!(list(&[]).code, Some(0));
    // And a server does the same.
    let mut command = site.server();
    command
        .env("DATABASE_URL", &without)
        .env("PGPASSFILE", &file);
    Server::start(command);
}

#[cfg(unix)]
#[test]
fn an_endless_input_is_no_key() {
    let site = Site::on_sqlite();
    let mut command = site.admin_command();
    command
        .args(["issue", "--client", "acme_corp", "--key-stdin"])
        .stdin(std::fs::File::open("/dev/zero").unwrap());
    let refused = Finished::from(command.output().unwrap());
    assert!(
        refused.one_line().contains("the key on standard input"),
        "{refused:?}"
    );
}
