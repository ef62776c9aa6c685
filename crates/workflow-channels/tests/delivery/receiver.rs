//! A receiver of webhooks, which takes them one after the other.

use http::Request;
use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
};

pub(crate) struct Receiver(Arc<Mutex<Vec<Request<String>>>>);

/// An address at which nobody listens yet.
pub(crate) fn unused_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

impl Receiver {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self::refusing(address, Vec::new())
    }

    /// One that gives these answers first.
    pub(crate) fn refusing(address: SocketAddr, refusals: Vec<String>) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&received);
        thread::spawn(move || {
            let mut refusals = refusals.into_iter();
            for connection in listener.incoming() {
                let mut connection = BufReader::new(connection.unwrap());
                let request = read(&mut connection);
                taken.lock().unwrap().push(request);
                let accepted = || "HTTP/1.1 204 x\r\ncontent-length: 0\r\n\r\n".to_owned();
                let answer = refusals.next().unwrap_or_else(accepted);
                connection.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        Self(received)
    }

    pub(crate) fn received(&self) -> Vec<Request<String>> {
        self.0.lock().unwrap().clone()
    }
}

fn read(connection: &mut impl BufRead) -> Request<String> {
    let mut line = String::new();
    connection.read_line(&mut line).unwrap();
    let mut words = line.split(' ');
    let mut request = Request::builder()
        .method(words.next().unwrap())
        .uri(words.next().unwrap());
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        request = request.header(name, value);
    }
    let length = &request.headers_ref().unwrap()["content-length"];
    let mut body = vec![0; length.to_str().unwrap().parse().unwrap()];
    connection.read_exact(&mut body).unwrap();
    request.body(String::from_utf8(body).unwrap()).unwrap()
}
