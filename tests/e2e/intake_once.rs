//! Bodies that shippers send again because they have seen no answer.

use crate::{
    intake::{JSON, SENT, gzip, send},
    process::Server,
    site::Site,
};

on_both_databases! {
    a_body_that_is_sent_again_is_stored_once,
    what_may_be_meant_twice_is_stored_twice,
    an_answer_that_is_lost_with_its_server_is_given_again,
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
