//! Bodies that shippers send again because they have seen no answer.

use crate::{
    intake::{JSON, LOKI, SENT, gzip, send},
    process::Server,
    site::Site,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

on_both_databases! {
    a_body_that_is_sent_again_is_stored_once,
    what_may_be_meant_twice_is_stored_twice,
    an_answer_that_is_lost_with_its_server_is_given_again,
    an_id_without_a_time_is_stored_once,
    an_id_without_a_time_keeps_the_one_of_an_attempt_that_failed,
    an_id_belongs_to_its_index,
    nothing_is_stored_once_when_that_is_turned_off,
}

fn a_body_that_is_sent_again_is_stored_once(site: &Site) {
    let servers = [site.start(), site.start()];
    for (number, (path, media_type, body, status)) in SENT.into_iter().enumerate() {
        let key = site.issue(&format!("client-{number}")).key;
        let send = |server, body: &[u8]| send(server, &key, path, media_type, body);
        let first = send(&servers[0], body.as_bytes());
        assert_eq!(first.header("idempotency-replayed"), None, "{path}");
        let count = servers[0].list(&key, "").len();
        for server in &servers {
            let again = send(server, body.as_bytes());
            assert_eq!((again.status, &again.body), (status, &first.body), "{path}");
            assert_eq!(again.header("idempotency-replayed"), Some("true"), "{path}");
        }
        // What was compressed on the way is the same.
        let headers = [
            ("X-API-Key", &*key),
            ("Content-Type", media_type),
            ("Content-Encoding", "gzip"),
        ];
        servers[1].send("POST", path, &headers, &gzip(body.as_bytes()));
        assert_eq!(servers[1].list(&key, "").len(), count, "{path}");
    }
}

fn what_may_be_meant_twice_is_stored_twice(site: &Site) {
    let server = site.start();
    for (number, (path, media_type, body)) in [
        ("/services/collector/raw", "", "no time\n"),
        (
            "/services/collector",
            "",
            r#"{"event":"whole second","time":1772361000}"#,
        ),
        (
            "/_bulk",
            JSON,
            "{\"index\":{}}\n{\"message\":\"no time\"}\n",
        ),
        (
            "/ingest/clef",
            "",
            "{\"@t\":\"2026-03-01T10:30:00.25Z\"}\n{\"@m\":\"no time\"}\n",
        ),
        (
            "/loki/api/v1/push",
            JSON,
            r#"{"streams":[{"stream":{},"values":[["1772361000000000000","whole second"]]}]}"#,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let key = site.issue(&format!("client-{number}")).key;
        for times in 1..=2 {
            send(&server, &key, path, media_type, body.as_bytes());
            let entries = body.lines().filter(|line| !line.contains("index")).count();
            assert_eq!(server.list(&key, "").len(), times * entries, "{path}");
        }
    }
    // A name that the client gives holds for any body.
    let key = site.issue("acme_corp").key;
    for _ in 0..2 {
        let headers = [("X-API-Key", &*key), ("Idempotency-Key", "one")];
        server.send("POST", "/services/collector/raw", &headers, b"no time");
    }
    assert_eq!(server.list(&key, "").len(), 1);
}

fn an_answer_that_is_lost_with_its_server_is_given_again(site: &Site) {
    let keys = SENT.map(|(path, ..)| {
        let client = path.replace(['/', '.'], "-").to_lowercase();
        site.issue(&format!("client{client}")).key
    });
    let server = site.start_process();
    let send_all = |server: &Server| {
        for (key, (path, media_type, body, status)) in keys.iter().zip(SENT) {
            let answer = send(server, key, path, media_type, body.as_bytes());
            assert_eq!(answer.status, status, "{path} {answer:?}");
        }
    };
    send_all(&server);
    let count = |server: &Server| keys.each_ref().map(|key| server.list(key, "").len());
    let stored = count(&server);
    server.kill();
    let server = site.start_process();
    send_all(&server);
    assert_eq!(count(&server), stored);
}

fn an_id_without_a_time_is_stored_once(site: &Site) {
    let key = site.issue("acme_corp").key;
    let servers = [site.start(), site.start()];
    let bulk = |ids: &[u8]| -> String {
        let documents = ids
            .iter()
            .map(|id| format!("{{\"create\":{{\"_id\":\"{id}\"}}}}\n{{\"message\":\"{id}\"}}\n"));
        documents.collect()
    };
    let send_to = |server: &Server, path, ids| {
        let answer = send(server, &key, path, JSON, bulk(ids).as_bytes()).json(200);
        assert_eq!(answer["errors"], false, "{answer}");
    };
    // A client puts what it sends again together with what is new.
    send_to(&servers[0], "/_bulk", &[1, 2]);
    let [first, second] = [1, 0].map(|at| servers[0].list(&key, "")[at].clone());
    send_to(&servers[1], "/_bulk", &[2, 3, 1, 3]);
    send_to(&servers[0], "/elastic/_bulk", &[3]);
    let stored = servers[1].list(&key, "?order=asc");
    assert_eq!(stored.len(), 3, "{stored:?}");
    for entry in [first, second] {
        assert!(stored.contains(&entry), "{entry} {stored:?}");
    }
    let (id, document) = ("/logs/_doc/9", r#"{"message":"9"}"#);
    for document in [document, r#"{"message":"changed"}"#] {
        send(&servers[0], &key, id, JSON, document.as_bytes()).json(201);
    }
    assert_eq!(servers[1].list(&key, "").len(), 4);
}

fn an_id_without_a_time_keeps_the_one_of_an_attempt_that_failed(site: &Site) {
    let key = site.issue("acme_corp").key;
    let allow = |entries: &str| {
        site.admin_json(&[
            "quota",
            "set",
            "--client",
            "acme_corp",
            "--entries-per-day",
            entries,
        ]);
    };
    let send_to = |server: &Server, ids: &[u8], status: u16| {
        let documents = ids
            .iter()
            .map(|id| format!("{{\"create\":{{\"_id\":\"{id}\"}}}}\n{{\"message\":\"{id}\"}}\n"));
        let body: String = documents.collect();
        let answer = send(server, &key, "/_bulk", JSON, body.as_bytes());
        assert_eq!(answer.status, status, "{answer:?}");
    };
    allow("1");
    let server = site.start_process();
    send_to(&server, &[1, 2], 429);
    let attempted = OffsetDateTime::now_utc();
    assert!(server.list(&key, "").is_empty());
    allow("1000");
    server.kill();
    let servers = [site.start_process(), site.start_process()];
    // Nothing of it was stored, and this is another body.
    send_to(&servers[0], &[3, 1, 2], 200);
    let stored = servers[1].list(&key, "?order=asc");
    assert_eq!(stored.len(), 3, "{stored:?}");
    for entry in stored.iter().filter(|entry| entry["message"] != "3") {
        let time = entry["executed_at"].as_str().unwrap();
        let time = OffsetDateTime::parse(time, &Rfc3339).unwrap();
        assert!(time <= attempted, "{entry}");
    }
    for server in servers {
        server.kill();
        let next = site.start_process();
        send_to(&next, &[2, 1], 200);
        send_to(&next, &[3], 200);
        assert_eq!(next.list(&key, "?order=asc"), stored);
        next.kill();
    }
}

fn nothing_is_stored_once_when_that_is_turned_off(site: &Site) {
    let key = site.issue("acme_corp").key;
    let mut program = site.server();
    program.env("LOGGER_INTAKE_ONCE", "off");
    let server = Server::start(program);
    for times in 1..=2 {
        let sent = send(&server, &key, "/loki/api/v1/push", JSON, LOKI.as_bytes());
        assert_eq!(
            (sent.status, sent.header("idempotency-replayed")),
            (204, None)
        );
        assert_eq!(server.list(&key, "").len(), times);
    }
    // An id with a time is one event at all times.
    let document = r#"{"@timestamp":"2026-03-01T10:30:00.25Z"}"#;
    for _ in 0..2 {
        send(&server, &key, "/logs/_doc/7", JSON, document.as_bytes()).json(201);
    }
    assert_eq!(server.list(&key, "").len(), 3);
}

fn an_id_belongs_to_its_index(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    for (path, document) in [
        ("/one/_create/7", r#"{"message":"no time"}"#),
        ("/other/_create/7", r#"{"message":"no time"}"#),
        ("/one/_create/8", r#"{"@timestamp":"2026-03-01T10:30:00Z"}"#),
        (
            "/other/_create/8",
            r#"{"@timestamp":"2026-03-01T10:30:00Z"}"#,
        ),
    ] {
        for _ in 0..2 {
            send(&server, &key, path, JSON, document.as_bytes()).json(201);
        }
    }
    let entries = server.list(&key, "");
    let events: Vec<_> = entries.iter().map(|entry| &entry["event_id"]).collect();
    assert_eq!(events.len(), 4, "{entries:?}");
    assert!(events.iter().all(|event| *event == "7" || *event == "8"));
}
