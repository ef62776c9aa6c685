//! The forms in which entries may be sent.

use crate::{
    http::{Answer, GUIDE_ENTRY},
    process::Server,
    site::Site,
};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

on_both_databases! {
    lines_are_stored_all_or_none,
    compressed_bodies_are_as_good_as_plain_ones,
    bombs_and_broken_streams_are_refused,
    a_repeat_may_be_compressed_otherwise,
}

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";

fn send(
    server: &Server,
    key: &str,
    media_type: &str,
    more: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let headers = [("X-API-Key", key), ("Content-Type", media_type)];
    server.send("POST", "/api/v1/logs", &[&headers[..], more].concat(), body)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn entry(workflow: &str) -> String {
    format!(
        r#"{{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s","workflow":"{workflow}"}}"#
    )
}

fn lines_are_stored_all_or_none(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let lines = format!("{}\r\n\n{}\n{}", entry("a"), entry("b"), entry("c"));
    let answer = send(&server, &key, LINES, &[], lines.as_bytes()).json(201);
    assert_eq!(answer["accepted"], 3);
    assert_eq!(answer["ids"].as_array().unwrap().len(), 3);

    let one_bad = format!("{}\n\n{}\n", entry("d"), entry("e").replace("2025", "1925"));
    let refused = send(&server, &key, LINES, &[], one_bad.as_bytes()).problem(422);
    assert_eq!(refused["errors"][0]["index"], 1);
    assert_eq!(refused["errors"][0]["field"], "executed_at");
    let broken = format!("{}\n{{\n", entry("f"));
    let refused = send(&server, &key, LINES, &[], broken.as_bytes()).problem(400);
    assert!(
        refused["detail"].as_str().unwrap().contains("line 2"),
        "{refused}"
    );
    send(&server, &key, LINES, &[], b"\n \n").problem(422);
    send(
        &server,
        &key,
        LINES,
        &[],
        format!("[{}]", entry("g")).as_bytes(),
    )
    .problem(422);
    let too_many = vec![entry("h"); 10_001].join("\n");
    send(&server, &key, LINES, &[], too_many.as_bytes()).problem(413);

    let mut stored: Vec<_> = server
        .list(&key, "")
        .iter()
        .map(|log| log["workflow"].to_string())
        .collect();
    stored.sort();
    assert_eq!(stored, [r#""a""#, r#""b""#, r#""c""#]);
}

fn compressed_bodies_are_as_good_as_plain_ones(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let zstd = zstd::encode_all(GUIDE_ENTRY.as_bytes(), 19).unwrap();
    for (encoding, body) in [
        ("gzip", gzip(GUIDE_ENTRY.as_bytes())),
        ("GZip", gzip(GUIDE_ENTRY.as_bytes())),
        ("zstd", zstd),
        ("identity", GUIDE_ENTRY.as_bytes().to_vec()),
    ] {
        send(
            &server,
            &key,
            JSON,
            &[("Content-Encoding", encoding)],
            &body,
        )
        .json(201);
    }
    let lines = gzip([entry("a"), entry("b")].join("\n").as_bytes());
    let answer = send(
        &server,
        &key,
        LINES,
        &[("Content-Encoding", "gzip")],
        &lines,
    );
    assert_eq!(answer.json(201)["accepted"], 2);
    assert_eq!(server.list(&key, "").len(), 6);
}

fn bombs_and_broken_streams_are_refused(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let spaces = vec![b' '; 64 << 20];
    let bombs = [
        ("gzip", gzip(&spaces)),
        ("zstd", zstd::encode_all(&*spaces, 1).unwrap()),
    ];
    for (encoding, bomb) in bombs {
        assert!(bomb.len() < 1 << 20);
        send(
            &server,
            &key,
            JSON,
            &[("Content-Encoding", encoding)],
            &bomb,
        )
        .problem(413);
        let cut_off = &bomb[..bomb.len() / 200];
        let refused = send(
            &server,
            &key,
            JSON,
            &[("Content-Encoding", encoding)],
            cut_off,
        );
        let refused = refused.problem(400);
        assert!(
            refused["detail"].as_str().unwrap().contains(encoding),
            "{refused}"
        );
        let plain = send(
            &server,
            &key,
            JSON,
            &[("Content-Encoding", encoding)],
            GUIDE_ENTRY.as_bytes(),
        );
        plain.problem(400);
    }
    assert!(server.list(&key, "").is_empty());
}

fn a_repeat_may_be_compressed_otherwise(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let name = ("Idempotency-Key", "monday");
    let first = send(&server, &key, JSON, &[name], GUIDE_ENTRY.as_bytes()).json(201);
    let compressed = [name, ("Content-Encoding", "gzip")];
    let again = send(
        &server,
        &key,
        JSON,
        &compressed,
        &gzip(GUIDE_ENTRY.as_bytes()),
    );
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.json(201)["id"], first["id"]);
}
