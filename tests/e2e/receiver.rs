//! A receiver of webhooks.

use crate::process::PATIENCE;
use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    sync::mpsc::{self, Receiver as Channel},
    thread,
};
use ureq::http::Request;

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    messages: Channel<Request<String>>,
}

impl Receiver {
    /// Answers the first requests with these statuses, and all further ones with 200.
    pub(crate) fn answering(first: Vec<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, messages) = mpsc::channel();
        let mut statuses = first.into_iter();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = BufReader::new(connection.unwrap());
                // A sender that was killed sends half a message.
                let Some(message) = read(&mut connection) else {
                    continue;
                };
                let status = statuses.next().unwrap_or(200);
                let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n");
                let _ = connection.get_mut().write_all(answer.as_bytes());
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self { address, messages }
    }

    pub(crate) fn message(&self) -> Request<String> {
        self.messages.recv_timeout(PATIENCE).expect("a message")
    }
}

fn read(connection: &mut impl BufRead) -> Option<Request<String>> {
    let mut line = String::new();
    connection.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let mut request = Request::builder().method(words.next()?).uri(words.next()?);
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        request = request.header(name, value);
    }
    let length = request.headers_ref()?.get("content-length")?;
    let mut body = vec![0; length.to_str().ok()?.parse().ok()?];
    connection.read_exact(&mut body).ok()?;
    request.body(String::from_utf8(body).ok()?).ok()
}
