//! PostgreSQL goes away and comes back.

use crate::{http::GUIDE_ENTRY, site::Site};
use central_logger_postgres::testing::OwnServer;

#[test]
fn writes_turn_into_503_and_heal_without_a_restart() {
    let postgres = OwnServer::start();
    let site = Site::on(postgres.url());
    site.write(".env", r#"API_KEYS={"static_key_0123456789": "widget_co"}"#);
    let key = site.issue("acme_corp").key;
    let server = site.start();
    server.post(&key, GUIDE_ENTRY).json(201);
    server.post("static_key_0123456789", GUIDE_ENTRY).json(201);

    postgres.crash();
    for _ in 0..5 {
        for key in [&*key, "static_key_0123456789", "wrong_key_12345"] {
            for answer in [
                server.post(key, GUIDE_ENTRY),
                server.get(key, "/api/v1/logs"),
            ] {
                answer.problem(503);
                let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
                assert!(seconds > 0);
            }
        }
        let unready = server.call("GET", "/readyz", &[]).problem(503);
        assert!(unready["detail"].is_string());
        server.call("GET", "/healthz", &[]).json(200);
    }

    postgres.start_again();
    server.await_ready();
    server.post(&key, GUIDE_ENTRY).json(201);
    server.call("GET", "/readyz", &[]).json(200);
    assert_eq!(server.list(&key, "").len(), 2);
    assert_eq!(server.list("static_key_0123456789", "").len(), 1);
}
