//! Clients that write without pause, whatever happens to the server, and know what was promised them.

use crate::process::{PATIENCE, Server};
use std::{
    collections::HashMap,
    io::{self, Read, Write},
    net::TcpStream,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A few writers, which send each entry until it is acknowledged.
pub(crate) struct Writers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<Vec<String>>>,
    key: String,
}

struct Shared {
    /// Where the server is now.
    address: Mutex<String>,
    is_over: AtomicBool,
    acknowledged: AtomicUsize,
    refused: AtomicUsize,
}

const WRITERS: usize = 8;

impl Writers {
    /// Begins to write at `server`. Half of the writers name their events, half their requests, so
    /// that sending again is safe.
    pub(crate) fn start(server: &Server, key: &str) -> Self {
        let shared = Arc::new(Shared {
            address: Mutex::new(server.address().to_owned()),
            is_over: AtomicBool::new(false),
            acknowledged: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
        });
        let threads = (0..WRITERS)
            .map(|number| {
                let (shared, key) = (Arc::clone(&shared), key.to_owned());
                thread::spawn(move || shared.write(number, &key))
            })
            .collect();
        Self {
            shared,
            threads,
            key: key.to_owned(),
        }
    }

    /// Goes on at another server.
    pub(crate) fn turn_to(&self, server: &Server) {
        server
            .address()
            .clone_into(&mut self.shared.address.lock().unwrap());
    }

    /// Waits until so many more entries have been acknowledged.
    pub(crate) fn await_acknowledged(&self, more: usize) {
        await_more(&self.shared.acknowledged, more);
    }

    /// Waits until so many more requests have been answered with 503.
    pub(crate) fn await_refused(&self, more: usize) {
        await_more(&self.shared.refused, more);
    }

    /// Stops writing, and asserts that every acknowledged entry is there once and none is there twice.
    pub(crate) fn finish(self, server: &Server) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let mut acknowledged = Vec::new();
        for thread in self.threads {
            acknowledged.extend(thread.join().unwrap());
        }
        let mut stored: HashMap<String, usize> = HashMap::new();
        let mut query = "?limit=1000".to_owned();
        loop {
            let page = server
                .get(&self.key, &format!("/api/v1/logs{query}"))
                .json(200);
            for log in page["logs"].as_array().unwrap() {
                let name = log["workflow"].as_str().unwrap().to_owned();
                *stored.entry(name).or_default() += 1;
            }
            match page["next_cursor"].as_str() {
                Some(cursor) => query = format!("?limit=1000&cursor={cursor}"),
                None => break,
            }
        }
        let lost: Vec<_> = acknowledged
            .iter()
            .filter(|name| !stored.contains_key(*name))
            .collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
        let doubled: Vec<_> = stored.iter().filter(|(_, count)| **count > 1).collect();
        assert!(doubled.is_empty(), "doubled: {doubled:?}");
    }
}

impl Shared {
    /// The names of all entries that were acknowledged.
    fn write(&self, writer: usize, key: &str) -> Vec<String> {
        let mut acknowledged = Vec::new();
        let mut connection = None;
        let message = "m".repeat(2000);
        for number in 0.. {
            let name = format!("{writer}-{number}");
            let (header, event) = match writer % 2 {
                0 => (String::new(), format!(r#","event_id":"{name}""#)),
                _ => (format!("Idempotency-Key: {name}\r\n"), String::new()),
            };
            let body = format!(
                r#"{{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s","workflow":"{name}","message":"{message}"{event}}}"#
            );
            let request = format!(
                "POST /api/v1/logs HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n{header}\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            loop {
                if self.is_over.load(Ordering::Relaxed) {
                    return acknowledged;
                }
                match self.send(&mut connection, &request) {
                    Ok(201) => break,
                    Ok(_) => {}
                    // Whether it was stored is not known.
                    Err(_) => {
                        connection = None;
                        thread::sleep(Duration::from_millis(5));
                    }
                }
            }
            acknowledged.push(name);
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        acknowledged
    }

    /// Sends once; asserts that the answer is one that may be given.
    fn send(&self, connection: &mut Option<TcpStream>, request: &str) -> io::Result<u16> {
        let stream = match connection {
            Some(stream) => stream,
            None => {
                let address = self.address.lock().unwrap().clone();
                connection.insert(TcpStream::connect(address)?)
            }
        };
        stream.write_all(request.as_bytes())?;
        let head = read_answer(stream)?;
        let status = head[9..12].parse().unwrap();
        match status {
            201 => {}
            503 => {
                assert!(head.to_lowercase().contains("\r\nretry-after: "), "{head}");
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
            _ => panic!("{head}"),
        }
        Ok(status)
    }
}

/// The head of an answer, once all of it has been read.
fn read_answer(stream: &mut TcpStream) -> io::Result<String> {
    let mut received = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => received.extend_from_slice(&chunk[..count]),
        }
        let text = String::from_utf8_lossy(&received);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.to_lowercase();
        let length = length.split("content-length: ").nth(1).unwrap();
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        if body.len() >= length {
            return Ok(head.to_owned());
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
