//! Connections whose other side keeps the server waiting: with the head of a request, with a body, or with
//! taking an answer.

use crate::{
    http::{GUIDE_ENTRY, read_all},
    process::{PATIENCE, Server},
    site::Site,
};
use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    process::Command,
    time::{Duration, Instant},
};

on_both_databases! {
    a_bad_request_that_waits_to_send_its_body_is_refused_without_it,
    bodies_that_never_end_take_memory_up_to_a_bound,
    many_empty_parts_are_refused,
}

const WHOAMI: &str = "GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\n";

/// Reads until this has come.
#[track_caller]
fn read_until(connection: &mut TcpStream, end: &str) -> String {
    let (mut received, mut byte) = (Vec::new(), [0]);
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    while !received.ends_with(end.as_bytes()) {
        let text = String::from_utf8_lossy(&received).into_owned();
        assert_eq!(connection.read(&mut byte).unwrap(), 1, "{text}");
        received.push(byte[0]);
    }
    String::from_utf8(received).unwrap()
}

/// Waits until the server has ended the connection, or reset it.
#[track_caller]
fn await_end(connection: &mut TcpStream) -> Vec<u8> {
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut received = Vec::new();
    match connection.read_to_end(&mut received) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
    }
    received
}

#[test]
fn the_head_of_every_request_of_a_connection_has_a_time_limit() {
    let server = Site::on_sqlite().start();
    let whole = format!("{WHOAMI}\r\n");
    for before in [0, 1, 3] {
        let mut connection = server.connect();
        for _ in 0..before {
            connection.write_all(whole.as_bytes()).unwrap();
            read_until(&mut connection, "}");
        }
        connection
            .write_all(b"GET /api/v1/whoami HTTP/1.1\r\nHos")
            .unwrap();
        let rest = String::from_utf8(await_end(&mut connection)).unwrap();
        assert!(
            rest.is_empty() || rest.starts_with("HTTP/1.1 408 "),
            "{rest}"
        );
    }
    // A head that goes on coming is no whole one either.
    let mut connection = server.connect();
    connection.write_all(whole.as_bytes()).unwrap();
    read_until(&mut connection, "}");
    let began = Instant::now();
    connection.write_all(WHOAMI.as_bytes()).unwrap();
    while connection.write_all(b"X-More: x\r\n").is_ok() {
        assert!(began.elapsed() < PATIENCE, "it never ends");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn half_heads_on_connections_that_were_used_before_keep_nobody_out() {
    let site = Site::on_sqlite();
    let key = site.issue("acme_corp").key;
    let server = with_files(&site, 256);
    let mut connections = Vec::new();
    for _ in 0..212 {
        let mut connection = server.connect();
        connection
            .write_all(format!("{WHOAMI}\r\nGET /api").as_bytes())
            .unwrap();
        connections.push(connection);
    }
    // Sooner or later there is room again.
    let began = Instant::now();
    while ask(&server, &key).is_none() {
        assert!(began.elapsed() < PATIENCE, "they keep everybody out");
        std::thread::sleep(Duration::from_millis(200));
    }
    for mut connection in connections {
        await_end(&mut connection);
    }
    server.get(&key, "/api/v1/whoami").json(200);
}

/// The answer on a connection of its own, if there is one.
fn ask(server: &Server, key: &str) -> Option<()> {
    let mut connection = server.connect();
    connection
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let request = format!("{WHOAMI}X-API-Key: {key}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).ok()?;
    answer.starts_with("HTTP/1.1 200 ").then_some(())
}

/// A server that may open so many files.
fn with_files(site: &Site, files: usize) -> Server {
    let server = site.server();
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit -n {files} && exec \"$0\"")])
        .arg(server.get_program())
        .current_dir(server.get_current_dir().unwrap());
    for (name, value) in server.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Server::start(command)
}

#[test]
fn what_is_left_of_a_refused_body_is_not_read_on_and_on() {
    let server = Site::on_sqlite().start();
    let head = "POST /api/v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    for framing in ["Transfer-Encoding: chunked", "Content-Length: 2147483648"] {
        let mut connection = server.connect();
        connection
            .write_all(format!("{head}{framing}\r\n\r\n").as_bytes())
            .unwrap();
        let answer = read_until(&mut connection, "}");
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        connection.set_write_timeout(Some(PATIENCE)).unwrap();
        let chunk = [&b"10000\r\n"[..], &[b' '; 0x10000], b"\r\n"].concat();
        let mut taken = 0;
        while connection.write_all(&chunk).is_ok() {
            taken += chunk.len();
            assert!(taken < 512 << 20, "{framing} is read for ever");
        }
    }
    // A byte now and then does not keep it open either.
    let mut connection = server.connect();
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    connection.write_all(chunked.as_bytes()).unwrap();
    read_until(&mut connection, "}");
    let began = Instant::now();
    while connection.write_all(b"1\r\n \r\n").is_ok() {
        assert!(began.elapsed() < PATIENCE, "it never ends");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn a_bad_request_that_waits_to_send_its_body_is_refused_without_it(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let head = |key: &str, more: &str| {
        format!(
            "POST /api/v1/logs HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n\
             Expect: 100-continue\r\n{more}\r\n\r\n"
        )
    };
    let json = "Content-Type: application/json\r\n";
    let length = format!("Content-Length: {}", GUIDE_ENTRY.len());
    for (request, status) in [
        (head("wrong_key_12345", &format!("{json}{length}")), 401),
        (head("", &format!("{json}Transfer-Encoding: chunked")), 401),
        (head(&key, &format!("{json}Content-Length: 10485761")), 413),
        (
            head(&key, &format!("Content-Type: text/plain\r\n{length}")),
            415,
        ),
        (
            head(&key, &format!("{json}Content-Encoding: br\r\n{length}")),
            415,
        ),
    ] {
        let mut connection = server.connect();
        connection.write_all(request.as_bytes()).unwrap();
        let answer = read_until(&mut connection, "}");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(!answer.contains("100 Continue"), "{answer}");
    }

    // What is wanted is invited, once for each request of a connection.
    let mut connection = server.connect();
    for _ in 0..3 {
        let request = head(&key, &format!("{json}{length}"));
        connection.write_all(request.as_bytes()).unwrap();
        let invited = read_until(&mut connection, "\r\n\r\n");
        assert_eq!(invited, "HTTP/1.1 100 Continue\r\n\r\n");
        connection.write_all(GUIDE_ENTRY.as_bytes()).unwrap();
        let answer = read_until(&mut connection, "}");
        assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    }
    // A client that does not wait is served, too.
    let request = head(&key, &format!("Connection: close\r\n{json}{length}"));
    let mut connection = server.connect();
    connection
        .write_all(format!("{request}{GUIDE_ENTRY}").as_bytes())
        .unwrap();
    let answer = read_all(&mut connection);
    assert!(answer.contains("HTTP/1.1 201 "), "{answer}");
    assert_eq!(server.list(&key, "").len(), 4);
}

fn bodies_that_never_end_take_memory_up_to_a_bound(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    // All but its last byte.
    let body = vec![b' '; (10 << 20) - 1];
    let mut connections = Vec::new();
    let mut refused = 0;
    for _ in 0..40 {
        let mut connection = server.connect();
        let head = format!(
            "POST /api/v1/logs HTTP/1.1\r\nHost: x\r\nX-API-Key: {acme}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len() + 1
        );
        connection.write_all(head.as_bytes()).unwrap();
        if connection.write_all(&body).is_err() {
            refused += 1;
        }
        connections.push(connection);
    }
    // Others find room.
    server.post(&widget, GUIDE_ENTRY).json(201);
    let large = format!("[{}]", [GUIDE_ENTRY].repeat(9_000).join(","));
    server.post(&widget, large).json(201);
    for mut connection in connections {
        let _ = connection.shutdown(Shutdown::Write);
        let answer = await_end(&mut connection);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        if answer.starts_with("HTTP/1.1 503 ") {
            assert!(answer.to_lowercase().contains("retry-after: "), "{answer}");
            refused += 1;
        }
    }
    assert!(refused > 20, "{refused}");
    server.post(&acme, GUIDE_ENTRY).json(201);
}

#[test]
fn lists_that_nobody_reads_take_memory_up_to_a_bound_and_are_given_up() {
    let site = Site::on_sqlite();
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    let message = "m".repeat(60_000);
    let entry = GUIDE_ENTRY.replacen('{', &format!(r#"{{"message":"{message}","#), 1);
    for _ in 0..2 {
        server
            .post(&acme, format!("[{}]", [&*entry].repeat(100).join(",")))
            .json(201);
    }
    let mut unread = Vec::new();
    for path in ["/api/v1/logs?limit=100", "/api/v1/logs/export"] {
        for _ in 0..40 {
            let mut connection = server.connect();
            let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {acme}\r\n\r\n");
            connection.write_all(head.as_bytes()).unwrap();
            unread.push(connection);
        }
    }
    // There is an end, which a reader is told.
    let began = Instant::now();
    while server.get(&acme, "/api/v1/logs?limit=100").status != 503 {
        assert!(began.elapsed() < PATIENCE, "there is room for any number");
    }
    server.get(&acme, "/api/v1/whoami").json(200);
    server.post(&widget, GUIDE_ENTRY).json(201);
    server.get(&widget, "/api/v1/logs").json(200);
    // And what nobody reads is given up after a time.
    while server.get(&acme, "/api/v1/logs?limit=100").status != 200 {
        assert!(began.elapsed() < 2 * PATIENCE, "it is held for ever");
        std::thread::sleep(Duration::from_millis(500));
    }
    drop(unread);
}

fn many_empty_parts_are_refused(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    let gzip = |bytes: &[u8]| {
        let level = flate2::Compression::fast();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let empty = gzip(b"").repeat(530_000);
    let empty = &empty[..10 << 20];
    let headers = |key| {
        [
            ("X-API-Key", key),
            ("Content-Type", "application/json"),
            ("Content-Encoding", "gzip"),
        ]
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let answer = server.send("POST", "/api/v1/logs", &headers(&acme), empty);
                assert!([413, 503].contains(&answer.status), "{answer:?}");
            });
        }
        let small = gzip(GUIDE_ENTRY.as_bytes());
        for _ in 0..8 {
            server
                .send("POST", "/api/v1/logs", &headers(&widget), &small)
                .json(201);
        }
    });
}
