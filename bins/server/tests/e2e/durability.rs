//! What was answered with 201 is there after a crash.

use crate::{http::GUIDE_ENTRY, site::Site};
use serde_json::Value;
use std::{
    collections::HashSet,
    io::{Read, Write},
    sync::mpsc,
    thread,
};

on_both_databases! {
    entries_outlive_kill_9,
    nothing_acknowledged_under_load_is_lost_by_kill_9,
}

fn entries_outlive_kill_9(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let id = server.post(&key, GUIDE_ENTRY).json(201)["id"].clone();
    let before = server.list(&key, "");
    server.kill();

    let server = site.start();
    assert_eq!(server.list(&key, ""), before);
    assert_eq!(before[0]["id"], id);
}

fn nothing_acknowledged_under_load_is_lost_by_kill_9(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let (acknowledge, acknowledged) = mpsc::channel();
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let mut connection = server.connect();
            let (key, acknowledge) = (key.clone(), acknowledge.clone());
            thread::spawn(move || {
                while let Some(id) = post(&mut connection, &key) {
                    acknowledge.send(id).unwrap();
                }
            })
        })
        .collect();
    drop(acknowledge);
    let mut ids: HashSet<String> = acknowledged.iter().take(200).collect();
    server.kill();
    ids.extend(acknowledged.iter());
    for writer in writers {
        writer.join().unwrap();
    }

    let server = site.start();
    let stored = server.list(&key, "?limit=1000");
    assert!(ids.len() >= 200 && ids.len() < 1000, "{}", ids.len());
    let stored: HashSet<_> = stored
        .iter()
        .map(|log| log["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(ids.is_subset(&stored), "{:?}", ids.difference(&stored));
}

/// Sends one entry; the id that was acknowledged, or nothing when the server is gone.
fn post(connection: &mut std::net::TcpStream, key: &str) -> Option<String> {
    write!(
        connection,
        "POST /api/v1/logs HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{GUIDE_ENTRY}",
        GUIDE_ENTRY.len()
    )
    .ok()?;
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while !answer.ends_with(b"}") {
        match connection.read(&mut chunk) {
            Ok(read @ 1..) => answer.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    }
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    Some(body["id"].as_str().unwrap().to_owned())
}
