//! Requests that may be sent again, and the connections that they are sent on.

use serde_json::Value;
use std::{
    collections::HashMap,
    io::{self, Read, Write},
    net::TcpStream,
};

/// What is sent again and again, unaltered: doing so is safe.
pub(crate) struct Request {
    /// What its entries are called.
    pub(crate) workflows: Vec<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) body: String,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// Connections of one client, one to each server.
pub(crate) struct Connections {
    key: String,
    /// By address.
    open: HashMap<String, TcpStream>,
}

/// How many entries a request has that holds several.
const SEVERAL: usize = 3;
/// How many a request has that is stored as a block.
const MANY: usize = 80;

impl Request {
    /// The request of that number from that writer.
    pub(crate) fn new(writer: usize, number: usize) -> Self {
        let name = format!("{writer}-{number}");
        let message = "m".repeat(2000);
        let entry = |workflow: &str, more: &str| {
            format!(
                r#"{{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s","workflow":"{workflow}","message":"{message}"{more}}}"#
            )
        };
        let named = |count: usize| {
            (0..count)
                .map(|n| format!("{name}/{n}"))
                .collect::<Vec<_>>()
        };
        match writer % 4 {
            3 => {
                let workflows = named(MANY);
                let event = |name: &String| {
                    let id = format!(r#","event_id":"{name}""#);
                    entry(name, &id).replace(&message, "m")
                };
                let entries: Vec<_> = workflows.iter().map(event).collect();
                Self {
                    workflows,
                    idempotency_key: None,
                    body: format!("[{}]", entries.join(",")),
                }
            }
            0 => Self {
                body: entry(&name, &format!(r#","event_id":"{name}""#)),
                workflows: vec![name],
                idempotency_key: None,
            },
            1 => Self {
                body: entry(&name, ""),
                workflows: vec![name.clone()],
                idempotency_key: Some(name),
            },
            _ => {
                let workflows = named(SEVERAL);
                let entries: Vec<_> = workflows.iter().map(|name| entry(name, "")).collect();
                Self {
                    workflows,
                    idempotency_key: Some(name),
                    body: format!("[{}]", entries.join(",")),
                }
            }
        }
    }
}

/// Returns how many entries the request of that name has, if it holds several.
pub(crate) fn size_of(name: &str) -> usize {
    let writer = name
        .split_once('-')
        .and_then(|(writer, _)| writer.parse().ok());
    match writer.map(|writer: usize| writer % 4) {
        Some(3) => MANY,
        _ => SEVERAL,
    }
}

impl Connections {
    pub(crate) fn new(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            open: HashMap::new(),
        }
    }

    pub(crate) fn post(&mut self, address: &str, request: &Request) -> io::Result<Answer> {
        let named = request.idempotency_key.iter();
        let named: String = named
            .map(|key| format!("Idempotency-Key: {key}\r\n"))
            .collect();
        let Request { body, .. } = request;
        let head = format!(
            "POST /api/v1/logs HTTP/1.1\r\n{named}Content-Type: application/json\r\n\
             Content-Length: {}\r\n",
            body.len()
        );
        self.send(address, &head, body)
    }

    /// Sends one entry that nothing but its workflow names.
    pub(crate) fn post_once(&mut self, address: &str, workflow: &str) -> io::Result<Answer> {
        let body = format!(
            r#"{{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s","workflow":"{workflow}"}}"#
        );
        let request = Request {
            workflows: Vec::new(),
            idempotency_key: None,
            body,
        };
        self.post(address, &request)
    }

    pub(crate) fn get(&mut self, address: &str, id: &str) -> io::Result<Answer> {
        self.send(address, &format!("GET /api/v1/logs/{id} HTTP/1.1\r\n"), "")
    }

    fn send(&mut self, address: &str, head: &str, body: &str) -> io::Result<Answer> {
        let mut stream = match self.open.remove(address) {
            Some(stream) => stream,
            None => TcpStream::connect(address)?,
        };
        let key = &self.key;
        let message = format!("{head}Host: x\r\nX-API-Key: {key}\r\n\r\n{body}");
        stream.write_all(message.as_bytes())?;
        let answer = read_answer(&mut stream)?;
        self.open.insert(address.to_owned(), stream);
        Ok(answer)
    }
}

fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
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
            return Ok(Answer {
                status: head[9..12].parse().unwrap(),
                head: head.to_owned(),
                body: serde_json::from_str(body).unwrap(),
            });
        }
    }
}
