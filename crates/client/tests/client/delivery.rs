//! What is sent, and what becomes of it.

use crate::{
    PATIENCE, builder, log_numbers, numbers,
    scripted_server::{ScriptedServer, away, cut, refused, stored},
};
use central_logger_client::{Client, Entry};
use std::{fs, sync::mpsc, time::Duration};

const LATER: Duration = Duration::from_secs(3600);

#[test]
fn an_entry_arrives_with_its_key() {
    let server = ScriptedServer::start(|_, _| stored());
    let client = builder(&server.url).workflow("nightly").build();
    client.log(Entry::new("done").status("SUCCESS").with("rows", 3));
    assert!(client.flush(PATIENCE));
    let request = server.requests(1).remove(0);
    assert_eq!(request.path, "/api/v1/logs");
    assert_eq!(request.header("x-api-key"), Some("cl_test_example"));
    assert_eq!(request.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(request.header("content-encoding"), None);
    assert!(
        request
            .header("user-agent")
            .unwrap()
            .starts_with("central-logger-rust/")
    );
    let entry = &request.entries[0];
    assert_eq!(
        (&entry["message"], &entry["status"]),
        (&"done".into(), &"SUCCESS".into())
    );
    assert_eq!(
        (&entry["workflow"], &entry["environment"]),
        (&"nightly".into(), &"test".into())
    );
    assert_eq!(
        (&entry["rows"], entry["event_id"].as_str().unwrap().len()),
        (&3.into(), 32)
    );
    assert_eq!((client.stats().delivered, client.stats().queued), (1, 0));
}

#[test]
fn entries_stay_in_order_in_batches() {
    let server = ScriptedServer::start(|_, _| stored());
    let client = builder(&server.url).batch_entries(10).linger(LATER).build();
    log_numbers(&client, 0..25);
    assert!(client.flush(PATIENCE));
    let requests = server.requests(3);
    let sizes: Vec<_> = requests
        .iter()
        .map(|request| request.entries.len())
        .collect();
    assert_eq!(sizes, [10, 10, 5]);
    let entries: Vec<_> = requests
        .iter()
        .flat_map(|request| request.entries.clone())
        .collect();
    assert_eq!(numbers(&entries), (0..25).collect::<Vec<_>>());
    let times: Vec<_> = entries
        .iter()
        .map(|entry| entry["executed_at"].as_str().unwrap())
        .collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn bodies_are_compressed_on_their_way_to_another_machine() {
    // Both lead to the server, but nothing says of the last that it is on this machine.
    for (host, encoding) in [("127.0.0.1", None), ("0.0.0.0", Some("gzip"))] {
        let server = ScriptedServer::start(|_, _| stored());
        let url = server.url.replace("127.0.0.1", host);
        let client = builder(&url).linger(LATER).build();
        log_numbers(&client, 0..25);
        assert!(client.flush(PATIENCE));
        let requests = server.requests(1);
        assert_eq!(requests[0].header("content-encoding"), encoding, "{host}");
        assert_eq!(requests[0].entries.len(), 25);
    }
}

#[test]
fn failures_keep_entries() {
    for status in [301, 401, 403, 404, 405, 408, 429, 500, 503] {
        let server = ScriptedServer::start(move |number, _| match number {
            0 => (
                status,
                "Retry-After: 0\r\nLocation: /elsewhere\r\n",
                String::new(),
            ),
            _ => stored(),
        });
        let client = builder(&server.url).build();
        log_numbers(&client, 0..2);
        assert!(client.flush(PATIENCE), "{status}");
        let last = server.requests(2).pop().unwrap();
        assert_eq!(last.path, "/api/v1/logs", "no redirect is followed");
        assert!((1..=2).contains(&client.stats().retries));
        assert_eq!(
            (client.stats().delivered, client.stats().rejected),
            (2, 0),
            "{status}"
        );
    }
}

#[test]
fn answers_that_are_no_receipt_keep_entries() {
    let html = "Content-Type: text/html\r\nRetry-After: 0\r\n";
    for (status, body) in [
        (200, "<html>"),
        (201, r#"{"accepted":1,"ids":["a"]}"#),
        (202, ""),
        (400, "<html>"),
        (422, "{}"),
    ] {
        let server = ScriptedServer::start(move |number, _| match number {
            0 => (status, html, body.to_owned()),
            _ => stored(),
        });
        let (sender, reports) = mpsc::channel();
        let client = builder(&server.url)
            .linger(LATER)
            .on_report(move |report| {
                let _ = sender.send(report.text.to_owned());
            })
            .build();
        log_numbers(&client, 0..2);
        assert!(client.flush(PATIENCE), "{status}");
        assert_eq!(numbers(&server.requests(2)[1].entries), [0, 1], "{status}");
        let stats = client.stats();
        assert_eq!((stats.delivered, stats.rejected), (2, 0), "{status}");
        let expected = format!(
            "the answer of {}/api/v1/logs is not that of a central-logger server: check LOGGER_API_URL",
            server.url
        );
        assert_eq!(reports.try_iter().collect::<Vec<_>>(), [expected]);
    }
}

#[test]
fn a_refusal_that_breaks_off_keeps_entries() {
    for (status, rejected) in [(400, 0), (422, 0), (413, 1)] {
        let server = ScriptedServer::start(move |number, _| match number {
            0 => cut(status),
            _ => stored(),
        });
        let client = builder(&server.url).linger(LATER).build();
        log_numbers(&client, 0..1);
        assert!(client.flush(PATIENCE), "{status}");
        let stats = client.stats();
        let expected = (1 - rejected, rejected);
        assert_eq!((stats.delivered, stats.rejected), expected, "{status}");
    }
}

#[test]
fn a_refused_batch_is_halved_until_the_entry_is_found() {
    for status in [400, 413, 422] {
        let server = ScriptedServer::start(move |_, request| match numbers(&request.entries) {
            all if all.contains(&5) => refused(status, r#"{"detail":"wrong"}"#),
            _ => stored(),
        });
        let folder = tempfile::tempdir().unwrap();
        let client = builder(&server.url)
            .spool_dir(folder.path())
            .linger(LATER)
            .build();
        log_numbers(&client, 0..8);
        assert!(client.flush(PATIENCE));
        assert_eq!((client.stats().delivered, client.stats().rejected), (7, 1));
        let parts: Vec<_> = server
            .requests(7)
            .iter()
            .map(|request| numbers(&request.entries))
            .collect();
        let all: Vec<_> = (0..8).collect();
        let expected = [
            &all[..],
            &all[..4],
            &all[4..],
            &all[4..6],
            &all[4..5],
            &all[5..6],
            &all[6..],
        ];
        assert_eq!(parts, expected);
        let rejected = fs::read_to_string(folder.path().join("rejected.ndjson")).unwrap();
        let rejected: serde_json::Value = serde_json::from_str(&rejected).unwrap();
        assert_eq!(
            (&rejected["entry"]["n"], &rejected["status"]),
            (&5.into(), &status.into())
        );
        assert_eq!(rejected["detail"], "wrong");
    }
}

#[test]
fn entries_that_a_refusal_names_are_set_aside_at_once() {
    let server = ScriptedServer::start(|number, _| match number {
        0 => {
            let errors = r#"{"detail":"2 wrong","errors":[{"index":1,"field":"n","message":"odd"},{"index":3,"message":"odd"}]}"#;
            refused(422, errors)
        }
        _ => stored(),
    });
    let client = builder(&server.url).linger(LATER).build();
    log_numbers(&client, 0..5);
    assert!(client.flush(PATIENCE));
    let requests = server.requests(2);
    assert_eq!(numbers(&requests[1].entries), [0, 2, 4]);
    assert_eq!((client.stats().delivered, client.stats().rejected), (3, 2));
}

#[test]
fn the_key_file_is_read_for_each_request() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs::write(&path, "first\n").unwrap();
    let server = ScriptedServer::start(|_, _| stored());
    let client = Client::builder()
        .url(&server.url)
        .key_file(&path)
        .linger(Duration::ZERO)
        .build();
    log_numbers(&client, 0..1);
    assert!(client.flush(PATIENCE));
    fs::write(&path, "second\n").unwrap();
    let changed = fs::metadata(&path).unwrap().modified().unwrap() + Duration::from_secs(9);
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(changed)
        .unwrap();
    log_numbers(&client, 1..2);
    assert!(client.flush(PATIENCE));
    let requests = server.requests(2);
    let keys: Vec<_> = requests
        .iter()
        .map(|request| request.header("x-api-key").unwrap())
        .collect();
    assert_eq!(keys, ["first", "second"]);
}

#[test]
fn a_full_queue_keeps_what_it_has() {
    let server = ScriptedServer::start(|number, _| if number < 3 { away() } else { stored() });
    let client = builder(&server.url).max_memory(2000).linger(LATER).build();
    log_numbers(&client, 0..100);
    let stats = client.stats();
    assert_eq!(stats.queued + stats.dropped, 100);
    assert!(stats.dropped > 80, "{stats:?}");
    assert!(client.flush(PATIENCE));
    let last = server.requests(4).pop().unwrap();
    assert_eq!(
        numbers(&last.entries),
        (0..stats.queued).collect::<Vec<_>>()
    );
}

#[test]
fn a_call_tells_whether_the_entry_is_queued() {
    let client = builder("nonsense").max_memory(1000).linger(LATER).build();
    let entry = || Entry::new("x".repeat(400));
    assert!(client.log(entry()));
    assert!(!client.log(entry()), "there is no room");
    assert_eq!((client.stats().queued, client.stats().dropped), (1, 1));
    let refusal = client.try_log(&entry()).unwrap_err();
    assert!(
        !refusal.is_final() && refusal.to_string().contains("full"),
        "{refusal}"
    );
    assert_eq!(client.stats().dropped, 1, "somebody still has it");
    let large = Entry::new("").with("data", "x".repeat(256 * 1024));
    let refusal = client.try_log(&large).unwrap_err();
    assert!(
        refusal.is_final() && refusal.to_string().contains("256 KiB"),
        "{refusal}"
    );
    assert_eq!(client.stats().dropped, 2);
    client.close(Duration::ZERO);
    assert!(client.try_log(&entry()).unwrap_err().is_final());
}

#[test]
fn a_program_may_receive_the_reports() {
    let server = ScriptedServer::start(|number, _| match number {
        0 => away(),
        1 => refused(400, r#"{"detail":"odd"}"#),
        _ => stored(),
    });
    let (sender, reports) = mpsc::channel();
    let client = builder(&server.url)
        .on_report(move |report| {
            let _ = sender.send((report.text.to_owned(), report.is_tried_again));
        })
        .build();
    log_numbers(&client, 0..1);
    assert!(client.flush(PATIENCE));
    let reports: Vec<_> = reports.try_iter().collect();
    let [(failure, true), (refusal, false)] = &reports[..] else {
        panic!("{reports:?}");
    };
    assert!(failure.contains("answers 503"), "{failure}");
    assert!(refusal.contains("400 odd"), "{refusal}");
}

#[test]
fn entries_wait_while_the_clock_is_wrong() {
    let server = ScriptedServer::start(|number, _| match number {
        0 | 1 => {
            let errors = r#"{"detail":"wrong","errors":[{"index":0,"field":"executed_at","message":"too late"}]}"#;
            let headers = "Content-Type: application/problem+json\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: 0\r\n";
            (422, headers, errors.to_owned())
        }
        _ => stored(),
    });
    let client = builder(&server.url).linger(LATER).build();
    log_numbers(&client, 0..3);
    assert!(client.flush(PATIENCE));
    assert_eq!(numbers(&server.requests(3)[2].entries), [0, 1, 2]);
    let stats = client.stats();
    assert_eq!((stats.delivered, stats.rejected, stats.dropped), (3, 0, 0));
}

#[test]
fn without_a_spool_what_is_left_at_the_end_is_counted_as_dropped() {
    let server = ScriptedServer::start(|_, _| away());
    let client = builder(&server.url).build();
    log_numbers(&client, 0..5);
    assert!(!client.close(Duration::from_millis(200)));
    assert_eq!((client.stats().queued, client.stats().dropped), (0, 5));
    log_numbers(&client, 5..6);
    assert_eq!(client.stats().dropped, 6, "a closed client takes nothing");
}

#[test]
fn nothing_is_sent_without_an_address_or_a_key() {
    let client = Client::builder()
        .url("nonsense")
        .key("k")
        .shutdown_timeout(Duration::ZERO)
        .build();
    log_numbers(&client, 0..1);
    assert!(!client.flush(Duration::from_millis(50)));
    assert_eq!(client.stats().queued, 1, "the program goes on");
}

#[test]
fn entries_that_no_server_takes_are_refused_at_the_call() {
    let server = ScriptedServer::start(|_, _| stored());
    let client = builder(&server.url).build();
    client.log(Entry::new("").with("data", "x".repeat(256 * 1024)));
    assert_eq!((client.stats().queued, client.stats().dropped), (0, 1));
}
