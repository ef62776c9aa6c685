//! Connections that send half of a request and no more.

use crate::{
    http::read_all,
    process::{PATIENCE, Server},
    site::Site,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{io::Write, net::TcpStream, process::Command};

/// What the tests beside this one, in the same process, and the server itself have open.
const OTHERS: u64 = 1_000;

/// Raises the limit of open files of this process, and gives how many connections it allows.
fn most_connections() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum;
    setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();
    current.map_or(10_000, |files| (files - OTHERS).min(10_000))
}

/// The server under the limit that most systems begin with.
fn start_with_few_files(site: &Site) -> Server {
    let server = site.server();
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -S -n 1024 && exec \"$0\""])
        .arg(server.get_program())
        .current_dir(server.get_current_dir().unwrap());
    for (name, value) in server.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Server::start(command)
}

fn half_a_head(server: &Server) -> TcpStream {
    let mut connection = server.connect();
    connection
        .write_all(b"GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\nX-API-Ke")
        .unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    connection
}

/// The soft limit of open files of a running server.
#[cfg(target_os = "linux")]
fn limit_of(server: &Server) -> String {
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = files.unwrap().split_whitespace().nth(3);
    soft.unwrap().to_owned()
}

#[test]
#[cfg(target_os = "linux")]
fn the_server_takes_as_many_connections_as_the_administrator_allows() {
    let server = start_with_few_files(&Site::on_sqlite());
    let allowed = getrlimit(Resource::Nofile).maximum;
    let allowed = allowed.map_or("unlimited".to_owned(), |files| files.to_string());
    assert_eq!(limit_of(&server), allowed);
}

#[test]
fn ten_thousand_half_heads_end_by_themselves_and_keep_nobody_out() {
    let site = Site::on_sqlite();
    let key = site.issue("acme_corp").key;
    let server = start_with_few_files(&site);
    let mut connections = Vec::new();
    for count in 0..most_connections() {
        if count % 1_000 == 0 {
            server.get(&key, "/api/v1/whoami").json(200);
        }
        connections.push(half_a_head(&server));
    }
    server.get(&key, "/api/v1/whoami").json(200);

    for mut connection in connections {
        let answer = read_all(&mut connection);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408 "),
            "{answer}"
        );
    }
    server.get(&key, "/api/v1/whoami").json(200);
}
