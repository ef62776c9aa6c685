//! A server that answers as a test says.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};

/// A request, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// How a call fails.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Failure {
    /// It is refused.
    Refused,
    /// The credentials have expired meanwhile.
    Expired,
    /// The server fails before it has done anything.
    Broken,
    /// The server fails after it was done.
    BrokenAfter,
    /// The connection ends before anything is done.
    Closed,
    /// The connection ends after it was done.
    ClosedAfter,
    /// Nothing is ever answered, and it was done.
    Hanging,
    /// The answer is nonsense, and it was done.
    Nonsense,
    /// The program that calls ends before anything is done.
    CrashBefore,
    /// The program that calls ends after it was done.
    CrashAfter,
}

pub(crate) struct Stub {
    pub(crate) url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

struct Shared {
    answer: Box<dyn Fn(&Seen) -> Reply + Send + Sync>,
    seen: Mutex<Vec<Seen>>,
    failure: Mutex<Option<(usize, Failure)>>,
    /// Says that the program has to end.
    crash: Notify,
}

impl Failure {
    /// Those that a program lives through.
    pub(crate) const ALL: [Self; 8] = [
        Self::Refused,
        Self::Expired,
        Self::Broken,
        Self::BrokenAfter,
        Self::Closed,
        Self::ClosedAfter,
        Self::Hanging,
        Self::Nonsense,
    ];
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_string(),
        }
    }
}

impl Stub {
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            seen: Mutex::default(),
            failure: Mutex::default(),
            crash: Notify::new(),
        });
        let serving = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self {
            url,
            shared,
            serving,
        }
    }

    /// Fails the call after so many others from now on.
    pub(crate) fn fail(&self, after: usize, failure: Failure) {
        *self.shared.failure.lock().unwrap() = Some((after, failure));
    }

    /// Waits until the program that calls has to end.
    pub(crate) async fn crash(&self) {
        self.shared.crash.notified().await;
    }

    pub(crate) fn fail_no_more(&self) {
        *self.shared.failure.lock().unwrap() = None;
        // Where nothing was paused, there is nothing to resume.
        drop(std::panic::catch_unwind(tokio::time::resume));
    }

    pub(crate) fn calls(&self) -> usize {
        self.shared.seen.lock().unwrap().len()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, Arc::clone(&shared)));
    }
}

async fn converse(mut stream: TcpStream, shared: Arc<Shared>) {
    let Some(seen) = read(&mut stream).await else {
        return;
    };
    shared.seen.lock().unwrap().push(seen.clone());
    let failure = {
        let mut failure = shared.failure.lock().unwrap();
        match &mut *failure {
            Some((0, _)) => failure.take().map(|(_, failure)| failure),
            Some((after, _)) => {
                *after -= 1;
                None
            }
            None => None,
        }
    };
    let done = || (shared.answer)(&seen);
    let reply = |status| Reply {
        status,
        headers: Vec::new(),
        body: "{}".to_owned(),
    };
    let reply = match failure {
        None => done(),
        Some(Failure::Refused) => reply(403),
        Some(Failure::Expired) => reply(401),
        Some(Failure::Broken) => reply(500),
        Some(Failure::BrokenAfter) => {
            done();
            reply(503)
        }
        Some(Failure::Closed) => return,
        Some(Failure::ClosedAfter) => return drop(done()),
        Some(Failure::Hanging) => {
            done();
            // From here on, time passes at once when all wait for it.
            tokio::time::pause();
            return std::future::pending().await;
        }
        Some(crash @ (Failure::CrashBefore | Failure::CrashAfter)) => {
            if matches!(crash, Failure::CrashAfter) {
                done();
            }
            shared.crash.notify_one();
            return std::future::pending().await;
        }
        Some(Failure::Nonsense) => {
            let reply = done();
            Reply {
                body: "<html>".to_owned(),
                ..reply
            }
        }
    };
    let mut head = format!(
        "HTTP/1.1 {} X\r\ncontent-length: {}\r\nconnection: close\r\n",
        reply.status,
        reply.body.len()
    );
    for (name, value) in reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let answer = format!("{head}\r\n{}", reply.body);
    drop(stream.write_all(answer.as_bytes()).await);
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            let mut first = lines.next()?.split(' ');
            let headers: BTreeMap<_, _> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect();
            let length = headers.get("content-length");
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some(Seen {
                    method: first.next()?.to_owned(),
                    path: first.next()?.to_owned(),
                    headers,
                    body: body.to_owned(),
                });
            }
        }
        let mut more = [0; 4096];
        match stream.read(&mut more).await {
            Ok(length) if length > 0 => bytes.extend(&more[..length]),
            _ => return None,
        }
    }
}
