//! What was acknowledged is there once, whatever crashes, hangs or is full while clients write.

use crate::{process::Server, site::Site, wire::Wire, writers::Writers};
use central_logger_postgres::testing::OwnServer;
use std::process::Command;

on_both_databases! {
    kill_9_of_the_server_loses_and_doubles_nothing,
}

/// How often something crashes in each of these tests.
const CRASHES: usize = 10;

fn kill_9_of_the_server_loses_and_doubles_nothing(site: &Site) {
    let key = site.issue("acme_corp").key;
    let mut server = site.start();
    let writers = Writers::start(&server, &key);
    for _ in 0..CRASHES {
        writers.await_acknowledged(40);
        server.kill();
        server = site.start();
        writers.turn_to(&server);
    }
    writers.await_acknowledged(40);
    writers.finish(&server);
}

#[test]
fn crashes_of_postgresql_lose_and_double_nothing() {
    let postgres = OwnServer::start();
    let site = Site::on(postgres.url());
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let writers = Writers::start(&server, &key);
    for _ in 0..CRASHES {
        writers.await_acknowledged(40);
        postgres.crash();
        writers.await_refused(10);
        postgres.start_again();
    }
    writers.await_acknowledged(40);
    writers.finish(&server);
}

#[test]
fn a_database_that_hangs_loses_and_doubles_nothing() {
    let postgres = OwnServer::start();
    let wire = Wire::to(postgres.url());
    let site = Site::on(&wire.url);
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let writers = Writers::start(&server, &key);
    writers.await_acknowledged(40);
    wire.swallow();
    writers.await_refused(8);
    wire.heal();
    writers.await_acknowledged(40);
    writers.finish(&server);
}

#[test]
fn a_full_disk_loses_and_doubles_nothing() {
    let site = Site::on_sqlite();
    let key = site.issue("acme_corp").key;
    let server = Server::start(with_files_of_at_most_half_a_mebibyte(&site.server()));
    let writers = Writers::start(&server, &key);
    writers.await_refused(40);
    // Some were stored before the disk was full, and reading goes on.
    assert!(!server.list(&key, "").is_empty());
    server.kill();

    let server = site.start();
    writers.turn_to(&server);
    writers.await_acknowledged(40);
    writers.finish(&server);
}

/// A write beyond that fails, as on a full disk.
fn with_files_of_at_most_half_a_mebibyte(server: &Command) -> Command {
    let mut limited = Command::new("sh");
    limited
        .args(["-c", r#"trap '' XFSZ; ulimit -f 1024; exec "$0""#])
        .arg(server.get_program());
    for (name, value) in server.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.current_dir(server.get_current_dir().unwrap());
    limited
}
