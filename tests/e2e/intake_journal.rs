//! The journal, which is sent in one request however long it is.

use crate::{
    http::read_all,
    intake::{basic, messages},
    process::{PATIENCE, Server},
    site::Site,
};
use std::{
    io::Write,
    net::TcpStream,
    thread::sleep,
    time::{Duration, Instant},
};

on_both_databases! {
    a_journal_waits_to_be_asked_for,
    a_journal_of_any_length_is_stored_part_by_part,
    an_entry_that_is_never_taken_does_not_hold_up_the_journal,
}

fn begin(server: &Server, key: &str) -> TcpStream {
    let mut connection = server.connect();
    let head = format!(
        "POST /upload HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nContent-Type: application/vnd.fdo.journal\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        basic("user", key)
    );
    connection.write_all(head.as_bytes()).unwrap();
    let mut invited = [0; 25];
    std::io::Read::read_exact(&mut connection, &mut invited).unwrap();
    assert_eq!(&invited, b"HTTP/1.1 100 Continue\r\n\r\n");
    connection
}

fn send(connection: &mut TcpStream, part: &str) {
    write!(connection, "{:x}\r\n{part}\r\n", part.len()).unwrap();
}

fn end(mut connection: TcpStream) -> String {
    connection.write_all(b"0\r\n\r\n").unwrap();
    read_all(&mut connection)
}

/// An entry of so many bytes and a few.
fn entry(number: usize, length: usize) -> String {
    let time = 1_772_361_000_250_000 + number;
    let cursor = format!("__CURSOR=s=1;i={number}\n__REALTIME_TIMESTAMP={time}\n");
    format!("{cursor}MESSAGE={number:0length$}\n\n")
}

fn a_journal_waits_to_be_asked_for(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let mut connection = begin(&server, &key);
    for part in [
        "__REALTIME_TIMESTAMP=1772361000250000\nMES",
        "SAGE=disk full\n\n",
    ] {
        send(&mut connection, part);
    }
    let answer = end(connection);
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert_eq!(messages(&server, &key), ["disk full"]);
}

fn a_journal_of_any_length_is_stored_part_by_part(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let stored = |server: &Server| {
        let day = "from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z&interval=1d";
        let began = Instant::now();
        // On a busy machine a count may take too long for an answer.
        loop {
            let counted = server.get(&key, &format!("/api/v1/logs/stats?{day}"));
            if counted.status == 200 {
                break counted.json(200)["totals"]["INFO"].as_u64().unwrap_or(0);
            }
            assert!(began.elapsed() < PATIENCE, "{counted:?}");
        }
    };
    // More than a body may have, and more entries than a request may have otherwise.
    let large: Vec<_> = (0..400).map(|number| entry(number, 32_000)).collect();
    let small: String = (400..10_900).map(|number| entry(number, 8)).collect();
    let mut cut = begin(&server, &key);
    large.iter().for_each(|entry| send(&mut cut, entry));
    // What came before is stored while more is awaited.
    let began = Instant::now();
    while stored(&server) < 300 {
        assert!(began.elapsed() < PATIENCE, "{}", stored(&server));
        sleep(Duration::from_millis(20));
    }
    drop(cut);
    for _ in 0..2 {
        let mut connection = begin(&server, &key);
        large.iter().for_each(|entry| send(&mut connection, entry));
        send(&mut connection, &small);
        let answer = end(connection);
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
        assert_eq!(stored(&server), 10_900);
    }
    let mut broken = begin(&server, &key);
    send(&mut broken, &"A=1\n".repeat(3_000_000));
    let answer = read_all(&mut broken);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(stored(&server), 10_900);
}

fn an_entry_that_is_never_taken_does_not_hold_up_the_journal(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let mut connection = begin(&server, &key);
    let too_late = entry(1, 8).replace("177236", "977236");
    for part in [entry(0, 8), too_late, entry(2, 8)] {
        send(&mut connection, &part);
    }
    let answer = end(connection);
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert_eq!(messages(&server, &key), ["00000000", "00000002"]);
    let report = server.get(&key, "/api/v1/intake").json(200);
    let journald = &report["protocols"]["journald"];
    assert_eq!(journald["refused"]["malformed"], 1, "{report}");
    let detail = report["refusals"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("24 hours"), "{detail}");
}
