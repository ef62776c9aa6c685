//! Servers that are restarted one after the other behind nginx, as `docs/gateways.md` sets it up.

use crate::{
    gateway::Gateway,
    process::{PATIENCE, Server},
    repeatable::Connections,
    site::Site,
    soak,
};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

on_both_databases! {
    rolling_restarts_behind_nginx_lose_no_request,
}

const SERVERS: usize = 3;
const CLIENTS: usize = 6;
/// How many requests are answered between two restarts, at least.
const BETWEEN: usize = 200;

struct Load<'a> {
    gateway: &'a str,
    key: &'a str,
    is_over: AtomicBool,
    answered: AtomicUsize,
}

fn rolling_restarts_behind_nginx_lose_no_request(site: &Site) {
    let key = site.issue("acme_corp").key;
    let mut servers: Vec<_> = (0..SERVERS).map(|_| site.start_process()).collect();
    let addresses = servers.iter().map(|server| server.address().to_owned());
    let addresses: Vec<_> = addresses.collect();
    let gateway = Gateway::balancing(&addresses);
    let load = Load {
        gateway: gateway.url.split_once("://").unwrap().1,
        key: &key,
        is_over: AtomicBool::new(false),
        answered: AtomicUsize::new(0),
    };
    let sent: Vec<String> = thread::scope(|scope| {
        let load = &load;
        let clients = (0..CLIENTS).map(|client| scope.spawn(move || load.send(client)));
        let clients: Vec<_> = clients.collect();
        let over = Over(&load.is_over);
        for restart in 0..soak::rounds(2) {
            load.await_answered(BETWEEN);
            let place = restart % SERVERS;
            let old = servers.remove(place);
            old.tell_to_stop();
            let (status, log) = old.wait();
            assert!(status.success(), "{log}");
            servers.insert(place, start_at(site, &addresses[place]));
            servers[place].await_ready();
        }
        load.await_answered(BETWEEN);
        drop(over);
        let sent = clients.into_iter().map(|client| client.join().unwrap());
        sent.flatten().collect()
    });

    let mut stored: HashMap<String, usize> = HashMap::new();
    let mut query = "?limit=1000".to_owned();
    loop {
        let page = servers[0]
            .get(&key, &format!("/api/v1/logs{query}"))
            .json(200);
        for log in page["logs"].as_array().unwrap() {
            *stored
                .entry(log["workflow"].as_str().unwrap().to_owned())
                .or_default() += 1;
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=1000&cursor={cursor}"),
            None => break,
        }
    }
    for workflow in &sent {
        assert_eq!(stored.remove(workflow), Some(1), "{workflow}");
    }
    assert!(stored.is_empty(), "{stored:?}");
}

/// Ends the load, also when a test has failed.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Load<'_> {
    /// Sends entries over one connection that is kept open, and returns what they are called.
    fn send(&self, client: usize) -> Vec<String> {
        let mut connections = Connections::new(self.key);
        let mut sent = Vec::new();
        while !self.is_over.load(Ordering::Relaxed) {
            let workflow = format!("{client}-{}", sent.len());
            let answer = connections.post_once(self.gateway, &workflow).unwrap();
            assert_eq!(answer.status, 201, "{}\n{}", answer.head, answer.body);
            let id = answer.body["id"].as_str().unwrap();
            let answer = connections.get(self.gateway, id).unwrap();
            assert_eq!(answer.status, 200, "{}\n{}", answer.head, answer.body);
            sent.push(workflow);
            self.answered.fetch_add(2, Ordering::Relaxed);
        }
        sent
    }

    fn await_answered(&self, more: usize) {
        let (began, goal) = (Instant::now(), self.answered.load(Ordering::Relaxed) + more);
        while self.answered.load(Ordering::Relaxed) < goal {
            assert!(began.elapsed() < PATIENCE, "the clients are stuck");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Starts a server where another was. Until then a test beside this one may take the port for one of its
/// connections.
fn start_at(site: &Site, address: &str) -> Server {
    let began = Instant::now();
    loop {
        let mut command = site.server();
        command.env("LOGGER_BIND", address);
        match Server::try_start(command) {
            Ok(server) => return server,
            Err(refused) => assert!(began.elapsed() < PATIENCE, "{refused:?}"),
        }
        thread::sleep(Duration::from_millis(100));
    }
}
