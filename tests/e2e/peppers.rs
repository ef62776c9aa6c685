//! Servers that have the pepper of the keys, another one, or come by a new one while they work.

use crate::{
    http::call,
    process::{PATIENCE, Server, with_input},
    site::Site,
    soak::rounds,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

on_both_databases! {
    a_server_without_the_right_pepper_is_not_ready_and_says_why,
    a_pepper_is_rotated_over_two_servers_under_load,
    a_server_that_comes_by_the_pepper_too_late_answers_503,
}

const WHOAMI: &str = "/api/v1/whoami";

fn write_pepper(site: &Site, number: usize) -> String {
    let name = format!("pepper-{number}");
    site.write(
        &name,
        &format!("pepper {number} of more than thirty-two bytes\n"),
    );
    name
}

fn start(site: &Site, peppers: &[&str]) -> Server {
    let mut command = site.server();
    command.args(flags(peppers));
    Server::start(command)
}

fn flags<'a>(peppers: &[&'a str]) -> Vec<&'a str> {
    let names = ["--pepper-file", "--pepper-previous-file"];
    let pairs = names.into_iter().zip(peppers.iter().copied());
    pairs.flat_map(|(name, file)| [name, file]).collect()
}

/// A generated key, and an opaque one as a client has chosen it.
fn keys(site: &Site, peppers: &[&str], number: usize) -> [String; 2] {
    let pepper = flags(peppers);
    let generated = site.issue_with(&[&["--client", "acme_corp"], &pepper[..]].concat());
    let opaque = format!("chosen-by-a-client-{number}");
    let mut command = site.admin_command();
    command.args(["issue", "--client", "acme_corp", "--key-stdin"]);
    with_input(command.args(pepper), &opaque);
    [generated.key, opaque]
}

fn check(site: &Site, name: &str, peppers: &[&str]) -> Value {
    let told = site.admin(&[&["--json", "doctor"], &flags(peppers)[..]].concat());
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    let checks = told["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    check.unwrap().clone()
}

fn a_server_without_the_right_pepper_is_not_ready_and_says_why(site: &Site) {
    let (right, wrong) = (write_pepper(site, 1), write_pepper(site, 2));
    let keys = keys(site, &[&right], 0);
    for peppers in [&[][..], &[&*wrong]] {
        let said = check(site, "pepper", peppers);
        assert_eq!(said["ok"], false);
        let sentence = said["detail"].as_str().unwrap();
        let server = start(site, peppers);
        let unready = server.call("GET", "/readyz", &[]).problem(503);
        assert!(
            unready["detail"].as_str().unwrap().contains(sentence),
            "{unready}"
        );
        for key in &keys {
            let answer = server.get(key, WHOAMI);
            answer.problem(503);
            assert!(answer.header("retry-after").is_some());
        }
        // Any opaque key may be one of those.
        server.get("nobody-has-chosen-this", WHOAMI).problem(503);
        server.tell_to_stop();
        let (_, log) = server.wait();
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let mut errors = lines.filter(|line: &Value| line["level"] == "ERROR");
        let is_it = |line: Value| line["fields"]["reason"] == sentence;
        assert!(errors.any(is_it), "{log}");
    }
    let server = start(site, &[&right]);
    server.await_ready();
    for key in &keys {
        server.get(key, WHOAMI).json(200);
    }
    server.get("nobody-has-chosen-this", WHOAMI).problem(401);
}

fn a_server_that_comes_by_the_pepper_too_late_answers_503(site: &Site) {
    let (old, new) = (write_pepper(site, 1), write_pepper(site, 2));
    let keys = keys(site, &[&old], 0);
    let server = start(site, &[&new, &old]);
    await_turned(site, &[&server], &keys, &[&new, &old]);
    let late = start(site, &[&old]);
    for key in &keys {
        late.get(key, WHOAMI).problem(503);
    }
    assert_eq!(late.call("GET", "/readyz", &[]).status, 503);
    for key in &keys {
        server.get(key, WHOAMI).json(200);
    }
}

/// Uses keys until all are hashed with the first of these peppers.
fn await_turned(site: &Site, servers: &[&Server], keys: &[String], peppers: &[&str]) {
    let began = Instant::now();
    loop {
        for server in servers {
            for key in keys {
                server.get(key, WHOAMI).json(200);
            }
        }
        let hashes = check(site, "hashes", peppers);
        let detail = hashes["detail"].as_str().unwrap();
        if detail.starts_with("all made") {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{detail}");
    }
}

/// Clients that use their keys without pause, at whichever servers there are.
struct Load {
    addresses: Arc<RwLock<Vec<String>>>,
    is_over: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<BTreeMap<u16, usize>>>,
}

impl Load {
    fn start(servers: &[Option<Server>], keys: &[String]) -> Self {
        let addresses = Arc::new(RwLock::new(urls(servers)));
        let is_over = Arc::new(AtomicBool::new(false));
        let threads = keys.iter().map(|key| {
            let (key, addresses, is_over) =
                (key.clone(), Arc::clone(&addresses), Arc::clone(&is_over));
            thread::spawn(move || {
                let mut answers = BTreeMap::new();
                for turn in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    // The address is held, so that nobody stops the server meanwhile.
                    let addresses = addresses.read().unwrap();
                    let url = addresses[turn % addresses.len()].clone();
                    let answer = call(&url, "GET", WHOAMI, &[("X-API-Key", &key)]);
                    drop(addresses);
                    *answers.entry(answer.status).or_default() += 1;
                    thread::sleep(Duration::from_millis(1));
                }
                answers
            })
        });
        Self {
            threads: threads.collect(),
            addresses,
            is_over,
        }
    }

    fn turn_to(&self, servers: &[Option<Server>]) {
        *self.addresses.write().unwrap() = urls(servers);
    }

    fn end(self) -> BTreeMap<u16, usize> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut all = BTreeMap::new();
        for thread in self.threads {
            for (status, count) in thread.join().unwrap() {
                *all.entry(status).or_default() += count;
            }
        }
        all
    }
}

fn urls(servers: &[Option<Server>]) -> Vec<String> {
    servers
        .iter()
        .flatten()
        .map(|server| server.url.clone())
        .collect()
}

/// Restarts one server after the other.
fn roll(site: &Site, servers: &mut [Option<Server>], load: &Load, peppers: &[&str]) {
    for place in 0..servers.len() {
        let old = servers[place].take().unwrap();
        load.turn_to(servers);
        old.tell_to_stop();
        old.wait();
        let new = start(site, peppers);
        new.await_ready();
        servers[place] = Some(new);
        load.turn_to(servers);
    }
}

fn a_pepper_is_rotated_over_two_servers_under_load(site: &Site) {
    let mut present = write_pepper(site, 0);
    let all: Vec<_> = (0..4)
        .flat_map(|number| keys(site, &[&present], number))
        .collect();
    let mut servers = [
        Some(start(site, &[&present])),
        Some(start(site, &[&present])),
    ];
    let load = Load::start(&servers, &all);
    for round in 0..rounds(1) {
        let next = write_pepper(site, round + 1);
        roll(site, &mut servers, &load, &[&next, &present]);
        let both: Vec<_> = servers.iter().flatten().collect();
        await_turned(site, &both, &all, &[&next, &present]);
        roll(site, &mut servers, &load, &[&next]);
        present = next;
    }
    let answers = load.end();
    assert_eq!(
        answers.keys().copied().collect::<Vec<_>>(),
        [200],
        "{answers:?}"
    );
    let verified = site.admin(&["audit", "--verify", "--pepper-file", &present]);
    assert_eq!(verified.code, Some(0), "{}", verified.stdout);
}
