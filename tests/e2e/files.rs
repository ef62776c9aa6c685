//! What happens to the files and the disk of a running server.

use crate::{
    http::GUIDE_ENTRY,
    process::{Finished, PATIENCE, Server},
    site::{Issued, Site},
};
use serde_json::Value;
use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// From then on nothing is accepted from memory.
const UNFOLLOWED: &str = "Changes of keys cannot be followed";

#[test]
fn files_that_are_removed_or_replaced_are_noticed_before_the_next_commit() {
    for (file, side) in [
        ("central-logger-logs.db", ""),
        ("central-logger-logs.db", "-wal"),
        ("central-logger-logs.db", "-shm"),
        ("central-logger.db", ""),
        ("central-logger.db", "-wal"),
        ("central-logger.db", "-shm"),
    ] {
        let site = Site::on_sqlite();
        let key = site.issue("acme_corp").key;
        let server = site.start_process();
        server.post(&key, GUIDE_ENTRY).json(201);
        let file = site.path(&format!("data/{file}{side}"));
        let away = site.path("away");
        fs::rename(&file, &away).unwrap();
        let is_of_logs = file.to_string_lossy().contains("-logs");
        if is_of_logs {
            server.post(&key, GUIDE_ENTRY).problem(503);
        }
        server.await_unready("The files of the database were removed or replaced");
        server.await_log("not ready");
        server.await_unready(UNFOLLOWED);
        server.post(&key, GUIDE_ENTRY).problem(503);

        // Another file is not the same.
        fs::write(&file, "").unwrap();
        server.post(&key, GUIDE_ENTRY).problem(503);

        fs::rename(&away, &file).unwrap();
        server.await_ready();
        server.post(&key, GUIDE_ENTRY).json(201);
        assert_eq!(server.list(&key, "").len(), 2, "{file:?}");
    }
}

#[test]
fn a_disk_that_is_full_makes_a_server_unready_and_lets_keys_be_revoked() {
    let own_mounts = Finished::of(Command::new("unshare").args(["-rm", "true"]));
    assert_eq!(own_mounts.code, Some(0), "{own_mounts:?}");
    let site = Site::on_sqlite();
    let server = Server::start(on_a_disk_of(&site, "40m"));
    let admin = |arguments: &[&str]| Finished::of(&mut beside(&server, &site, arguments));
    // Its disk, seen from here.
    let root = PathBuf::from(format!("/proc/{}/root", server.id()));
    let data = root.join(site.path("data").strip_prefix("/").unwrap());
    let issue = |client| {
        let issued = admin(&["--json", "issue", "--client", client]);
        assert_eq!(issued.code, Some(0), "{issued:?}");
        let issued: Value = serde_json::from_str(&issued.stdout).unwrap();
        Issued {
            id: issued["key_id"].as_str().unwrap().to_owned(),
            key: issued["api_key"].as_str().unwrap().to_owned(),
        }
    };
    let (flood, other) = (issue("flood"), issue("acme_corp"));
    let reserve = data.join("central-logger.db-reserve");
    let began = Instant::now();
    while !reserve.exists() {
        assert!(began.elapsed() < PATIENCE, "no room is kept back");
        thread::sleep(Duration::from_millis(20));
    }

    let entry = format!(
        r#"{{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s","message":"{}"}}"#,
        "m".repeat(60_000)
    );
    let refused = loop {
        let answer = server.post(&flood.key, &entry);
        if answer.status != 201 {
            break answer;
        }
    };
    refused.problem(503);
    assert!(refused.header("retry-after").is_some());
    server.await_unready("The disk is full");
    assert!(reserve.exists(), "entries do not touch it");

    // Something else fills the rest.
    let mut filler = fs::File::create(data.join("filler")).unwrap();
    while filler.write(&[0; 4096]).is_ok() {}
    let revoked = admin(&["revoke", &flood.id, "--yes"]);
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    server.get(&flood.key, "/api/v1/whoami").problem(401);
    let issued = issue("widget_co");
    server.get(&issued.key, "/api/v1/whoami").json(200);
    let forgotten = admin(&["retention", "forget", "--client", "flood", "--yes"]);
    assert_eq!(forgotten.code, Some(0), "{forgotten:?}");

    drop(filler);
    fs::remove_file(data.join("filler")).unwrap();
    server.await_ready();
    server.post(&other.key, GUIDE_ENTRY).json(201);
}

#[test]
fn a_database_without_room_is_told_and_so_is_what_still_holds() {
    let site = Site::on_postgres();
    let issued = site.issue("acme_corp");
    let server = site.start_process();
    server.post(&issued.key, GUIDE_ENTRY).json(201);
    site.execute(
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$",
    );
    for event in ["INSERT ON workflow_logs", "UPDATE ON key_store_state"] {
        site.execute(&format!(
            "CREATE TRIGGER no_room BEFORE {event} FOR EACH ROW EXECUTE FUNCTION no_room()"
        ));
    }
    let refused = server.post(&issued.key, GUIDE_ENTRY);
    refused.problem(503);
    assert!(refused.header("retry-after").is_some());
    server.await_unready("The disk of the database is full");
    for command in [
        &["revoke", &issued.id, "--yes"][..],
        &["disable", &issued.id],
    ] {
        let refused = site.admin(command);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(
            refused.stderr.contains("the key is still valid"),
            "{refused:?}"
        );
    }
    server.get(&issued.key, "/api/v1/whoami").json(200);

    site.execute("DROP FUNCTION no_room CASCADE");
    server.await_ready();
    server.post(&issued.key, GUIDE_ENTRY).json(201);
    site.admin_json(&["revoke", &issued.id, "--yes"]);
    server.get(&issued.key, "/api/v1/whoami").problem(401);
}

/// The server, whose `data` is a disk of its own.
fn on_a_disk_of(site: &Site, size: &str) -> Command {
    fs::create_dir(site.path("data")).unwrap();
    let server = site.server();
    let mut command = Command::new("unshare");
    let mount = format!(r#"mount -t tmpfs -o size={size} none data && exec "$0""#);
    command
        .args(["-rm", "sh", "-c", &mount])
        .arg(server.get_program())
        .current_dir(server.get_current_dir().unwrap());
    for (name, value) in server.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// The command line, where the disk of the server is.
fn beside(server: &Server, site: &Site, arguments: &[&str]) -> Command {
    let admin = site.admin_command();
    let mut command = Command::new("nsenter");
    let target = server.id().to_string();
    command
        .args([
            "--target",
            &target,
            "--user",
            "--mount",
            "--preserve-credentials",
        ])
        .arg(format!("--wdns={}", site.path("").display()))
        .arg(admin.get_program())
        .args(arguments);
    for (name, value) in admin.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}
