//! What was acknowledged is there once, whatever crashes, hangs or is full while clients write.

use crate::{process::Server, site::Site, soak, wire::Wire, writers::Writers};
use central_logger_postgres::testing::OwnServer;
use std::{
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

on_both_databases! {
    kill_9_of_servers_loses_and_doubles_nothing,
    crashes_before_within_and_after_sealing_lose_and_double_nothing,
}

/// How often something crashes in each of these tests.
const CRASHES: usize = 3;
/// How many requests are acknowledged before and after a fault, at least.
const BETWEEN: usize = 40;

fn kill_9_of_servers_loses_and_doubles_nothing(site: &Site) {
    let key = site.issue("acme_corp").key;
    let mut servers = vec![site.start_process(), site.start_process()];
    let writers = Writers::start(&servers, &key);
    let mut random = soak::random();
    for _ in 0..soak::rounds(CRASHES) {
        writers.await_acknowledged(random.usize(1..=2 * BETWEEN));
        // What it leaves unanswered is sent to the other, which goes on.
        servers.remove(random.usize(0..2)).kill();
        servers.push(site.start_process());
        writers.turn_to(&servers);
    }
    writers.await_acknowledged(BETWEEN);
    writers.finish(&servers[0]);
}

fn crashes_before_within_and_after_sealing_lose_and_double_nothing(site: &Site) {
    let key = site.issue("acme_corp").key;
    let mut servers = vec![site.start_process(), site.start_process()];
    let writers = Writers::start(&servers, &key);
    let mut random = soak::random();
    for crash in 0..soak::rounds(2 * CRASHES) {
        writers.pause_after(3 * BETWEEN);
        writers.await_acknowledged(random.usize(1..=BETWEEN));
        let mut sealing = seal(site);
        thread::sleep(Duration::from_millis(random.u64(0..400)));
        match crash % 2 {
            0 => sealing.kill().unwrap(),
            _ => {
                servers.remove(random.usize(0..2)).kill();
                servers.push(site.start_process());
                writers.turn_to(&servers);
            }
        }
        sealing.wait().unwrap();
    }
    writers.pause_after(2 * BETWEEN);
    writers.await_acknowledged(BETWEEN);
    assert!(seal(site).wait().unwrap().success());
    writers.finish(&servers[0]);
}

/// Begins to seal all that there is.
fn seal(site: &Site) -> Child {
    let mut command = site.admin_command();
    let command = command.args(["logs", "seal"]);
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn crashes_of_postgresql_within_sealing_lose_and_double_nothing() {
    let postgres = OwnServer::start();
    let site = Site::on(postgres.url());
    let key = site.issue("acme_corp").key;
    let servers = [site.start_process(), site.start_process()];
    let writers = Writers::start(&servers, &key);
    let mut random = soak::random();
    for _ in 0..soak::rounds(CRASHES) {
        writers.pause_after(3 * BETWEEN);
        writers.await_acknowledged(random.usize(1..=2 * BETWEEN));
        let mut sealing = seal(&site);
        thread::sleep(Duration::from_millis(random.u64(0..400)));
        postgres.crash();
        sealing.wait().unwrap();
        postgres.start_again();
    }
    writers.pause_after(2 * BETWEEN);
    writers.await_acknowledged(BETWEEN);
    assert!(seal(&site).wait().unwrap().success());
    writers.finish(&servers[0]);
}

#[test]
fn crashes_of_postgresql_lose_and_double_nothing() {
    let postgres = OwnServer::start();
    let site = Site::on(postgres.url());
    let key = site.issue("acme_corp").key;
    let servers = [site.start_process(), site.start_process()];
    let writers = Writers::start(&servers, &key);
    let mut random = soak::random();
    for _ in 0..soak::rounds(CRASHES) {
        writers.await_acknowledged(random.usize(1..=2 * BETWEEN));
        postgres.crash();
        writers.await_refused(10);
        postgres.start_again();
    }
    writers.await_acknowledged(BETWEEN);
    writers.finish(&servers[0]);
}

#[test]
fn a_database_that_cannot_be_reached_loses_and_doubles_nothing() {
    let postgres = OwnServer::start();
    let wire = Wire::to(postgres.url());
    let site = Site::on(&wire.url);
    let key = site.issue("acme_corp").key;
    let servers = [site.start_process()];
    let writers = Writers::start(&servers, &key);
    writers.await_acknowledged(BETWEEN);
    wire.swallow();
    writers.await_refused(8);
    wire.heal();
    writers.await_acknowledged(BETWEEN);
    writers.finish(&servers[0]);
}

#[test]
fn a_database_that_hangs_loses_and_doubles_nothing() {
    let postgres = OwnServer::start();
    let site = Site::on(postgres.url());
    let key = site.issue("acme_corp").key;
    let servers = [site.start_process(), site.start_process()];
    let writers = Writers::start(&servers, &key);
    writers.await_acknowledged(BETWEEN);
    postgres.halt();
    writers.await_refused(1);
    let acknowledged = writers.acknowledged();
    writers.await_refused(8);
    assert_eq!(writers.acknowledged(), acknowledged, "by nobody");
    // It goes on with what it was sent, although nobody waits for that any more.
    postgres.resume();
    writers.await_acknowledged(BETWEEN);
    writers.finish(&servers[0]);
}

#[test]
fn a_full_disk_loses_and_doubles_nothing() {
    let site = Site::on_sqlite();
    let key = site.issue("acme_corp").key;
    let server = Server::start(with_files_of_at_most_half_a_mebibyte(&site.server()));
    let full = [server];
    let writers = Writers::start(&full, &key);
    writers.await_refused(40);
    // Some were stored before the disk was full, and reading goes on.
    assert!(!full[0].list(&key, "").is_empty());
    let [server] = full;
    server.kill();

    let servers = [site.start_process()];
    writers.turn_to(&servers);
    writers.await_acknowledged(BETWEEN);
    writers.finish(&servers[0]);
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
