//! The server ends in good order when it is told to.

use crate::{
    http::{GUIDE_ENTRY, read_all},
    process::{Finished, Server},
    site::Site,
    wire::Wire,
};
use central_logger_postgres::testing::new_database;
use std::{io::Write, process::Command};

on_both_databases! {
    a_request_under_way_is_finished_first,
    a_server_that_is_about_to_stop_says_so_and_goes_on_for_a_while,
    a_start_that_fails_leaves_no_lease,
}

fn a_server_that_is_about_to_stop_says_so_and_goes_on_for_a_while(site: &Site) {
    let key = site.issue("acme_corp").key;
    let mut command = site.server();
    command.args(["--stop-delay", "300s"]);
    let server = Server::start(command);
    assert!(
        server
            .get(&key, "/api/v1/whoami")
            .header("connection")
            .is_none()
    );
    server.tell_to_stop();
    server.await_log("stopping: requests under way may finish");
    let unready = server.call("GET", "/readyz", &[]).problem(503);
    assert_eq!(unready["detail"], "The server is stopping");
    for answer in [
        server.post(&key, GUIDE_ENTRY),
        server.get(&key, "/api/v1/whoami"),
        server.get("wrong_key_12345", "/api/v1/whoami"),
        server.call("GET", "/healthz", &[]),
        server.call("GET", "/nowhere", &[]),
        server.call("GET", "/readyz", &[]),
    ] {
        assert_eq!(answer.header("connection"), Some("close"), "{answer:?}");
    }
    server.post(&key, GUIDE_ENTRY).json(201);
}

#[test]
fn a_server_ends_in_time_although_its_database_is_silent() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let wire = Wire::to(&runtime.block_on(new_database()));
    let site = Site::on(&wire.url);
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    server.post(&key, GUIDE_ENTRY).json(201);
    wire.swallow();
    server.tell_to_stop();
    server.wait();
}

fn a_start_that_fails_leaves_no_lease(site: &Site) {
    let mut command = Command::new("sh");
    let server = site.server();
    // The first key cannot be printed.
    command
        .args(["-c", r#"exec "$0" --quickstart >/dev/full"#])
        .arg(server.get_program())
        .current_dir(server.get_current_dir().unwrap());
    for (name, value) in server.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let refused = Finished::of(&mut command);
    assert!(
        refused.stderr.contains("the first key could not be shown"),
        "{refused:?}"
    );
    assert!(!refused.stderr.contains("listening"), "{refused:?}");
    let revoked = site.admin(&["revoke", "--client", "demo", "--yes"]);
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    assert!(!revoked.stderr.contains("Waiting"), "{revoked:?}");
}

fn a_request_under_way_is_finished_first(site: &Site) {
    let issued = site.issue("acme_corp");
    let key = &issued.key;
    let server = site.start_process();
    let (first, second) = GUIDE_ENTRY.split_at(20);
    let mut connection = server.connect();
    write!(
        connection,
        "POST /api/v1/logs HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nExpect: 100-continue\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        GUIDE_ENTRY.len()
    )
    .unwrap();
    // The answer to Expect tells that the request has been begun.
    let mut proceed = [0; 25];
    std::io::Read::read_exact(&mut connection, &mut proceed).unwrap();
    assert_eq!(&proceed, b"HTTP/1.1 100 Continue\r\n\r\n");
    connection.write_all(first.as_bytes()).unwrap();

    server.tell_to_stop();
    server.await_log("stopping: requests under way may finish");
    connection.write_all(second.as_bytes()).unwrap();
    let answer = read_all(&mut connection);
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    let (status, log) = server.wait();
    assert!(status.success(), "{log}");

    // The last use was still in memory.
    let shown = site.admin_json(&["show", &issued.id]);
    assert!(shown["last_used_at"].is_string(), "{shown}");
    let server = site.start_process();
    assert_eq!(server.list(key, "").len(), 1);
}
