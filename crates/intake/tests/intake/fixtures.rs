//! What real clients send, as it is read and answered. `UPDATE=1` writes the expected files anew.

use central_logger_intake::{Head, PROTOCOLS, Protocol, named};
use central_logger_log_store::{LogEntry, StoredLog};
use serde_json::{Value, json};
use std::{collections::BTreeSet, env, fs, path::PathBuf};
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-12-01 12:00 UTC);

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A request: its line, its headers, a blank line, and its body as it is without compression by HTTP.
fn request(file: &[u8]) -> (Head, &[u8]) {
    let end = file.windows(2).position(|at| at == b"\n\n").unwrap();
    let text = str::from_utf8(&file[..end]).unwrap();
    let mut lines = text.lines();
    let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let head = lines.fold(Head::new(method, path, query), |head, line| {
        let (name, value) = line.split_once(':').unwrap();
        head.with_header(&name.to_lowercase(), value.trim().as_bytes())
    });
    (head, &file[end + 2..])
}

fn shown(entry: &LogEntry) -> Value {
    let stored = StoredLog::new(&"acme_corp".parse().unwrap(), NOW, entry);
    let mut entry: Value = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
    for name in ["id", "client_id", "received_at"] {
        entry.as_object_mut().unwrap().remove(name);
    }
    entry
}

fn outcome(protocol: &dyn Protocol, file: &[u8]) -> Value {
    let (head, body) = request(file);
    let read = protocol
        .read(&head, body, NOW)
        .and_then(|batch| match batch.fault() {
            Some(fault) if !protocol.is_partial() => Err(fault),
            _ => Ok(batch),
        });
    match read {
        Ok(batch) => {
            let is_repeatable = batch.is_repeatable();
            let (entries, answer) = batch.into_parts();
            let ids: Vec<_> = entries.iter().map(LogEntry::id).collect();
            let reply = protocol.accepted(&head, &answer.stored(&ids));
            json!({
                "entries": entries.iter().map(shown).collect::<Vec<_>>(),
                "repeatable": is_repeatable,
                "status": reply.status,
                "answer": text(&reply.body),
            })
        }
        Err(refusal) => match protocol.refused(&head, &refusal) {
            Some(reply) => json!({"status": reply.status, "answer": text(&reply.body)}),
            None => json!({"refused": refusal.status, "detail": refusal.detail}),
        },
    }
}

fn text(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}

#[test]
fn what_clients_send_is_read_and_answered() {
    let mut missing: BTreeSet<_> = PROTOCOLS.iter().map(|protocol| protocol.name()).collect();
    for folder in fs::read_dir(folder()).unwrap() {
        let folder = folder.unwrap();
        let name = folder.file_name().into_string().unwrap();
        let protocol = named(&name).unwrap();
        missing.remove(protocol.name());
        for file in fs::read_dir(folder.path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|found| found != "http") {
                continue;
            }
            let found = outcome(protocol, &fs::read(&path).unwrap());
            let found = serde_json::to_string_pretty(&found).unwrap() + "\n";
            let expected = path.with_extension("json");
            if env::var_os("UPDATE").is_some() {
                fs::write(&expected, &found).unwrap();
            }
            let expected = fs::read_to_string(expected).unwrap_or_default();
            assert_eq!(found, expected, "{}", path.display());
        }
    }
    assert_eq!(missing, BTreeSet::new(), "protocols without fixtures");
}
