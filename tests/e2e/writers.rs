//! Clients that write without pause, whatever happens to the servers, and know what was promised them.

use crate::{
    process::{PATIENCE, Server},
    repeatable::{Answer, Connections, Request, size_of},
};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A few writers, which send each request until it is acknowledged, to whichever server answers.
pub(crate) struct Writers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<Vec<Promise>>>,
}

struct Shared {
    key: String,
    /// Where the servers are now.
    addresses: Mutex<Vec<String>>,
    is_over: AtomicBool,
    acknowledged: AtomicUsize,
    /// How many are acknowledged before the writers pause.
    most: AtomicUsize,
    refused: AtomicUsize,
}

/// A request that was answered with 201.
struct Promise {
    request: Request,
    answered_by: String,
    answer: Value,
}

struct Writer {
    shared: Arc<Shared>,
    number: usize,
    connections: Connections,
}

const WRITERS: usize = 8;

impl Writers {
    /// Begins to write at `servers`. Half of the writers name their events, of which half send so many at a time
    /// that they make a block; the others name their requests, of which half hold several entries.
    pub(crate) fn start(servers: &[Server], key: &str) -> Self {
        let shared = Arc::new(Shared {
            key: key.to_owned(),
            addresses: Mutex::new(addresses(servers)),
            is_over: AtomicBool::new(false),
            acknowledged: AtomicUsize::new(0),
            most: AtomicUsize::new(usize::MAX),
            refused: AtomicUsize::new(0),
        });
        let threads = (0..WRITERS)
            .map(|number| {
                let writer = Writer {
                    shared: Arc::clone(&shared),
                    number,
                    connections: Connections::new(key),
                };
                thread::spawn(move || writer.run())
            })
            .collect();
        Self { shared, threads }
    }

    /// Goes on at other servers.
    pub(crate) fn turn_to(&self, servers: &[Server]) {
        *self.shared.addresses.lock().unwrap() = addresses(servers);
    }

    /// How many requests have been acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.shared.acknowledged.load(Ordering::Relaxed)
    }

    /// Pauses once about so many more requests have been acknowledged, until this is called again: what is
    /// written beside something slow would have no bound.
    pub(crate) fn pause_after(&self, more: usize) {
        let most = self.acknowledged() + more;
        self.shared.most.store(most, Ordering::Relaxed);
    }

    /// Waits until so many more requests have been acknowledged.
    pub(crate) fn await_acknowledged(&self, more: usize) {
        await_more(&self.shared.acknowledged, more);
    }

    /// Waits until so many more requests have been answered with 503.
    pub(crate) fn await_refused(&self, more: usize) {
        await_more(&self.shared.refused, more);
    }

    /// Stops writing. Asserts that every request that was acknowledged is answered by another server
    /// as it was before, and that its entries are there, under the ids that were promised; that of a
    /// request that was not, all entries are there or none; and that nothing is there twice.
    pub(crate) fn finish(self, server: &Server) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let promises = self.threads.into_iter();
        let promises: Vec<_> = promises.flat_map(|thread| thread.join().unwrap()).collect();
        let stored = stored(server, &self.shared.key);
        for promise in &promises {
            let ids = promise.request.workflows.iter().map(|name| {
                let ids = stored.get(name).map_or(&[][..], Vec::as_slice);
                assert_eq!(ids.len(), 1, "{name} was acknowledged once: {ids:?}");
                ids[0].as_str()
            });
            assert_eq!(ids.collect::<Vec<_>>(), ids_in(&promise.answer));
        }
        let mut of_requests: HashMap<&str, usize> = HashMap::new();
        for (name, ids) in &stored {
            assert_eq!(ids.len(), 1, "{name} is doubled");
            if let Some((request, _)) = name.split_once('/') {
                *of_requests.entry(request).or_default() += 1;
            }
        }
        for (request, count) in of_requests {
            assert_eq!(count, size_of(request), "{request} was stored in part");
        }
    }
}

impl Writer {
    fn pause(&self) {
        let Shared {
            acknowledged,
            most,
            is_over,
            ..
        } = &*self.shared;
        while acknowledged.load(Ordering::Relaxed) >= most.load(Ordering::Relaxed)
            && !is_over.load(Ordering::Relaxed)
        {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Writes until it is over, and then sends again all that was acknowledged.
    fn run(mut self) -> Vec<Promise> {
        let mut promises = Vec::new();
        for number in 0.. {
            self.pause();
            let request = Request::new(self.number, number);
            let Some(promise) = self.insist(request, number) else {
                break;
            };
            self.shared.acknowledged.fetch_add(1, Ordering::Relaxed);
            if number % 8 == 0 {
                self.look_for(&promise);
            }
            promises.push(promise);
        }
        for promise in &promises {
            self.repeat(promise);
        }
        promises
    }

    /// Sends a request until it is acknowledged, or until it is over.
    fn insist(&mut self, request: Request, turn: usize) -> Option<Promise> {
        for turn in turn.. {
            if self.shared.is_over.load(Ordering::Relaxed) {
                break;
            }
            let address = self.shared.address(self.number + turn);
            if let Some(answer) = self.try_post(&address, &request) {
                return Some(Promise {
                    request,
                    answered_by: address,
                    answer: answer.body,
                });
            }
        }
        None
    }

    /// Sends a request once. Returns nothing if it has to be sent again: the server is overloaded or
    /// its database is down, or the connection broke, and nobody knows whether it was stored.
    fn try_post(&mut self, address: &str, request: &Request) -> Option<Answer> {
        match self.connections.post(address, request) {
            Ok(answer) if answer.status == 201 => return Some(answer),
            Ok(answer) if answer.status == 503 => {
                let head = answer.head.to_lowercase();
                assert!(head.contains("\r\nretry-after: "), "{head}");
                self.shared.refused.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Answer { head, body, .. }) => panic!("{head}\n{body}"),
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
        None
    }

    /// Looks at another server for what was just acknowledged, which need not be able to answer.
    fn look_for(&mut self, promise: &Promise) {
        let address = self.shared.address_but(&promise.answered_by);
        for id in ids_in(&promise.answer) {
            if let Ok(Answer { status, head, .. }) = self.connections.get(&address, id) {
                assert!([200, 503].contains(&status), "{id}: {head}");
            }
        }
    }

    /// Sends what was acknowledged to another server, and asserts that it says the same.
    fn repeat(&mut self, promise: &Promise) {
        let address = self.shared.address_but(&promise.answered_by);
        let began = Instant::now();
        let again = loop {
            if let Some(answer) = self.try_post(&address, &promise.request) {
                break answer;
            }
            assert!(began.elapsed() < PATIENCE, "{address} does not answer");
        };
        assert_eq!(ids_in(&again.body), ids_in(&promise.answer));
        if promise.request.idempotency_key.is_some() {
            assert_eq!(again.body, promise.answer);
            let head = again.head.to_lowercase();
            assert!(head.contains("\r\nidempotency-replayed: true"), "{head}");
        }
    }
}

impl Shared {
    fn address(&self, turn: usize) -> String {
        let addresses = self.addresses.lock().unwrap();
        addresses[turn % addresses.len()].clone()
    }

    /// Of another server, if there are several.
    fn address_but(&self, address: &str) -> String {
        let addresses = self.addresses.lock().unwrap();
        let other = addresses.iter().find(|other| *other != address);
        other.unwrap_or(&addresses[0]).clone()
    }
}

fn addresses(servers: &[Server]) -> Vec<String> {
    servers
        .iter()
        .map(|server| server.address().to_owned())
        .collect()
}

fn ids_in(answer: &Value) -> Vec<&str> {
    match answer["ids"].as_array() {
        Some(ids) => ids.iter().map(|id| id.as_str().unwrap()).collect(),
        None => vec![answer["id"].as_str().unwrap()],
    }
}

/// The ids of all that is stored, by workflow.
fn stored(server: &Server, key: &str) -> HashMap<String, Vec<String>> {
    let mut stored: HashMap<String, Vec<String>> = HashMap::new();
    let mut query = "?limit=1000".to_owned();
    loop {
        let page = server.get(key, &format!("/api/v1/logs{query}")).json(200);
        for log in page["logs"].as_array().unwrap() {
            let text = |member: &str| log[member].as_str().unwrap().to_owned();
            stored.entry(text("workflow")).or_default().push(text("id"));
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=1000&cursor={cursor}"),
            None => return stored,
        }
    }
}

fn await_more(count: &AtomicUsize, more: usize) {
    let (began, goal) = (Instant::now(), count.load(Ordering::Relaxed) + more);
    while count.load(Ordering::Relaxed) < goal {
        assert!(began.elapsed() < PATIENCE, "the writers are stuck");
        thread::sleep(Duration::from_millis(5));
    }
}
