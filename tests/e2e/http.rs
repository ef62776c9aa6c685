//! Calls to a server, and its answers.

use crate::process::{PATIENCE, Server};
use serde_json::Value;
use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};
use ureq::{
    Agent,
    http::{HeaderMap, Method, Request},
};

/// The body of the guide's calls.
pub(crate) const GUIDE_ENTRY: &str = r#"{
    "environment": "production",
    "executed_at": "2025-12-24T10:30:00Z",
    "status": "SUCCESS"
  }"#;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        Some(self.headers.get(name)?.to_str().unwrap())
    }

    /// The JSON of an answer of this status.
    #[track_caller]
    pub(crate) fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    /// The problem that an error carries, without the name of the request, which no other has.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        let mut problem = self.json(status);
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let instance = problem.as_object_mut().unwrap().remove("instance");
        let name = instance.as_ref().and_then(Value::as_str);
        let id = name.and_then(|name| name.strip_prefix("urn:request:"));
        assert!(
            id.is_some() && id == self.header("x-request-id"),
            "{self:?}"
        );
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "detail"] {
            assert!(problem[member].is_string(), "{problem}");
        }
        problem
    }
}

impl Server {
    pub(crate) fn post(&self, key: &str, entry: impl AsRef<[u8]>) -> Answer {
        let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
        self.send("POST", "/api/v1/logs", &headers, entry.as_ref())
    }

    pub(crate) fn get(&self, key: &str, path: &str) -> Answer {
        self.call("GET", path, &[("X-API-Key", key)])
    }

    /// The entries on one page of a list.
    pub(crate) fn list(&self, key: &str, query: &str) -> Vec<Value> {
        let page = self.get(key, &format!("/api/v1/logs{query}")).json(200);
        page["logs"].as_array().unwrap().clone()
    }

    /// Waits until the server is ready for work.
    pub(crate) fn await_ready(&self) {
        let began = Instant::now();
        while self.call("GET", "/readyz", &[]).status != 200 {
            assert!(began.elapsed() < PATIENCE, "it never gets ready");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the server tells this reason for not being ready.
    pub(crate) fn await_unready(&self, reason: &str) {
        let began = Instant::now();
        loop {
            let answer = self.call("GET", "/readyz", &[]);
            if answer.status == 503 && answer.body.contains(reason) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{answer:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn call(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        call(&self.url, method, path, headers)
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        send(&self.url, method, path, headers, body)
    }

    /// Sends bytes as they are, and gives all that comes back until the connection ends.
    pub(crate) fn exchange(&self, bytes: &[u8]) -> String {
        let mut connection = self.connect();
        connection.write_all(bytes).unwrap();
        connection.shutdown(std::net::Shutdown::Write).unwrap();
        read_all(&mut connection)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address()).unwrap()
    }
}

pub(crate) fn read_all(connection: &mut TcpStream) -> String {
    let mut received = Vec::new();
    connection.read_to_end(&mut received).unwrap();
    String::from_utf8(received).unwrap()
}

/// The answer to a request without a body.
pub(crate) fn call(url: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = request(url, method, path, headers);
    if ["POST", "PUT", "PATCH"].contains(&method) {
        // Otherwise an empty body is sent in chunks.
        request = request.header("Content-Length", "0");
    }
    answer(agent().run(request.body(()).unwrap()).unwrap())
}

/// The answer to a request with a body.
pub(crate) fn send(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let request = request(url, method, path, headers).body(body).unwrap();
    answer(agent().run(request).unwrap())
}

fn request(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> ureq::http::request::Builder {
    let mut request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(format!("{url}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
}

fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into()
}

fn answer(response: ureq::http::Response<ureq::Body>) -> Answer {
    let (head, mut body) = response.into_parts();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body: body.read_to_string().unwrap(),
    }
}
