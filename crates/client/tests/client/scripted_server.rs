//! A server that answers as a test says, and notes what it was asked.

use flate2::read::GzDecoder;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(60);
/// Stands for the receipt, which depends on the request.
const RECEIPT: &str = "receipt";

#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) entries: Vec<Value>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name)?;
        Some(&header.1)
    }
}

/// Stands for a body that breaks off.
const CUT: &str = "{";

/// The status, further headers as lines, and the body of an answer.
pub(crate) type Reply = (u16, &'static str, String);

/// The receipt for the entries of the request.
pub(crate) fn stored() -> Reply {
    (201, "", RECEIPT.to_owned())
}

/// A refusal as the server describes it.
pub(crate) fn refused(status: u16, problem: &str) -> Reply {
    let kind = "Content-Type: application/problem+json\r\n";
    (status, kind, problem.to_owned())
}

/// A refusal whose body breaks off.
pub(crate) fn cut(status: u16) -> Reply {
    refused(status, CUT)
}

/// A failure after which clients try again soon.
pub(crate) fn away() -> Reply {
    (503, "Retry-After: 0\r\n", String::new())
}

type Script = dyn Fn(usize, &Request) -> Reply + Send + Sync;

pub(crate) struct ScriptedServer {
    pub(crate) url: String,
    seen: Arc<(Mutex<Vec<Request>>, Condvar)>,
}

impl ScriptedServer {
    /// Starts a server. `script` gets the number of the request, from 0, and the request.
    pub(crate) fn start(script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let script: Arc<Script> = Arc::new(script);
        let all = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, seen) = (Arc::clone(&script), Arc::clone(&all));
                thread::spawn(move || serve(stream, &*script, &seen));
            }
        });
        Self { url, seen }
    }

    /// The requests so far, once there are at least `count`.
    #[track_caller]
    pub(crate) fn requests(&self, count: usize) -> Vec<Request> {
        let (seen, news) = &*self.seen;
        let waited =
            news.wait_timeout_while(seen.lock().unwrap(), PATIENCE, |seen| seen.len() < count);
        let (seen, result) = waited.unwrap();
        assert!(!result.timed_out(), "only {} requests came", seen.len());
        seen.clone()
    }
}

fn serve(stream: TcpStream, script: &Script, seen: &(Mutex<Vec<Request>>, Condvar)) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(request) = read_request(&mut reader) {
        let number = {
            let mut requests = seen.0.lock().unwrap();
            requests.push(request.clone());
            requests.len() - 1
        };
        let (status, headers, mut body) = script(number, &request);
        if body == RECEIPT {
            let count = request.entries.len();
            body = serde_json::json!({"accepted": count, "ids": vec!["id"; count]}).to_string();
        }
        let is_cut = body == CUT;
        let length = body.len() + usize::from(is_cut);
        let answer =
            format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        let sent = writer.write_all(answer.as_bytes());
        seen.1.notify_all();
        if sent.is_err() || is_cut {
            return;
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let mut request = Request {
        path,
        headers,
        entries: Vec::new(),
    };
    let length = request.header("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let text = match request.header("content-encoding") {
        Some("gzip") => {
            let mut text = String::new();
            GzDecoder::new(&body[..]).read_to_string(&mut text).ok()?;
            text
        }
        _ => String::from_utf8(body).ok()?,
    };
    request.entries = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    Some(request)
}
