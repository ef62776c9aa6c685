//! The commands of `docs/operations.md`, and what it says of PostgreSQL that is gone or half gone.

use crate::{
    http::GUIDE_ENTRY,
    printed_commands::{assert_tells, blocks, run},
    process::Server,
    site::Site,
};
use central_logger_postgres::testing::{OwnServer, execute};
use serde_json::Value;
use std::{fs, path::Path};

#[test]
fn the_page_on_operations_tells_what_happens() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
    let page = fs::read_to_string(page).unwrap();
    // Two sections speak of a store with a history, and have tests of their own.
    let others = ["Restore a backup", "Rotate the pepper"];
    let sections = page.split("\n## ");
    let sections =
        sections.filter(|section| !others.iter().any(|other| section.starts_with(other)));
    let blocks = blocks(&sections.collect::<Vec<_>>().join("\n"));
    let postgres = OwnServer::start();
    let (_, server) = postgres.url().split_once('@').unwrap();
    let (address, _) = server.split_once('/').unwrap();
    let site = Site::on_sqlite();
    let mut commands = 0;
    for (place, (language, text)) in blocks.iter().enumerate() {
        if language != "sh" {
            continue;
        }
        let script = text.replace("db.example:5432", address);
        let programs = "for bin in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
                        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
                            PATH=$PATH:$bin
                        done";
        let urls = format!(
            "export SUPERUSER_URL={url} SUPERUSER_URL_OF_LOGGER={}/logger",
            postgres.url().rsplit_once('/').unwrap().0,
            url = postgres.url(),
        );
        let output = run(&site, &format!("{programs}\n{urls}\n{script}"));
        let told = String::from_utf8(output.stdout).unwrap();
        let failed = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{script}\n{told}\n{failed}");
        if let Some((language, expected)) = blocks.get(place + 1)
            && language == "text"
        {
            assert_tells(&told, expected);
        }
        commands += 1;
    }
    assert!(commands >= 4, "the page was read");

    // And the login with the least rights serves.
    let site = Site::on(&format!(
        "postgres://logger:password-of-the-server@{address}/logger"
    ));
    let key = site.issue("acme_corp").key;
    let server = site.start();
    server.post(&key, GUIDE_ENTRY).json(201);
    assert_eq!(server.list(&key, "").len(), 1);
}

/// As when the machine of a standby is gone on which all commits wait.
#[test]
fn a_change_that_is_not_confirmed_says_that_its_outcome_is_unknown() {
    let postgres = OwnServer::start();
    let site = Site::on(postgres.url());
    let id = site.issue("acme_corp").id;
    let alert = site.raise("acme_corp");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let set = |sql: &str| {
        runtime.block_on(execute(postgres.url(), sql));
        runtime.block_on(execute(postgres.url(), "SELECT pg_reload_conf()"));
    };
    set("ALTER SYSTEM SET synchronous_standby_names = 'gone'");
    for command in [
        &["--json", "revoke", &id, "--yes", "--no-wait"][..],
        &["--json", "alerts", "--ack", &alert],
    ] {
        let finished = site.admin(command);
        assert_eq!(finished.code, Some(1), "{}", finished.stderr);
        let error: Value = serde_json::from_str(&finished.stderr).unwrap();
        assert_eq!(error["error"]["code"], "outcome_unknown", "{error}");
        let message = error["error"]["message"].as_str().unwrap();
        assert!(
            message.contains("`list`") && message.contains("repeat"),
            "{message}"
        );
    }
    set("ALTER SYSTEM RESET synchronous_standby_names");
    // Repeating it does no harm, whatever came of the first.
    site.admin_json(&["revoke", &id, "--yes"]);
    let shown = site.admin_json(&["show", &id]);
    assert_eq!(shown["status"], "revoked", "{shown}");
}

#[test]
fn a_start_waits_for_a_database_that_is_not_there_yet() {
    let postgres = OwnServer::start();
    let site = Site::on(postgres.url());
    postgres.stop();
    let mut command = site.server();
    command.env("LOGGER_DATABASE_WAIT", "1s");
    let refused = Server::refuse(command);
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("waiting for the database"),
        "{refused:?}"
    );

    std::thread::scope(|scope| {
        let start = scope.spawn(|| {
            let mut command = site.server();
            command.args(["--database-wait", "600s", "--database-connections", "3"]);
            Server::start(command)
        });
        postgres.start_again();
        let server = start.join().unwrap();
        let key = site.issue("acme_corp").key;
        server.post(&key, GUIDE_ENTRY).json(201);
    });
}

#[test]
fn what_waiting_does_not_change_ends_a_start_at_once() {
    let postgres = OwnServer::start();
    let wrong = postgres.url().replace("postgres:", "nobody:");
    for url in [wrong, format!("{}_absent", postgres.url())] {
        let site = Site::on(&url);
        let mut command = site.server();
        command.args(["--database-wait", "600s"]);
        let refused = Server::refuse(command);
        assert!(!refused.one_line().contains("waiting"), "{refused:?}");
    }
    let site = Site::on_sqlite();
    for wrong in ["-1s", "soon", "601s"] {
        let mut command = site.server();
        command.arg(format!("--database-wait={wrong}"));
        assert!(
            Server::refuse(command)
                .one_line()
                .contains("--database-wait")
        );
    }
    let mut command = site.server();
    command.args(["--database-connections", "0"]);
    assert!(
        Server::refuse(command)
            .one_line()
            .contains("--database-connections")
    );
}
