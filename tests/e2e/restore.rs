//! A database that is set back while servers work, as to a backup or to an old primary.

use crate::{
    exposition::Measured,
    process::{PATIENCE, Server},
    site::Site,
};
use std::{
    thread,
    time::{Duration, Instant},
};

on_both_databases! {
    a_server_that_sees_the_trail_go_back_is_not_ready_until_that_is_acknowledged,
}

fn a_server_that_sees_the_trail_go_back_is_not_ready_until_that_is_acknowledged(site: &Site) {
    let (revoked, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let measured = Measured::start(site);
    let server = &measured.server;
    let value = |name: &str| {
        measured
            .scrape()
            .sum(&format!("central_logger_key_store_{name}"), &[])
    };
    server.await_ready();
    site.keep_keys();
    site.admin_json(&["revoke", &revoked.id, "--yes"]);
    server.get(&revoked.key, "/api/v1/whoami").problem(401);
    server.await_ready();
    let before = value("sequence");
    assert_eq!(value("set_back"), 0.0);

    for acknowledged in [false, true] {
        site.set_keys_back();
        if acknowledged {
            // Before the server may have noticed.
            site.admin_json(&["doctor", "--accept-restore"]);
        } else {
            let unready = await_unready(server);
            assert!(unready.contains("set back"), "{unready}");
            let line = server.await_log("not ready");
            assert_eq!(line["level"], "ERROR");
            assert!(value("sequence") < before);
            assert_eq!(value("set_back"), 1.0);
            // It goes by what the database says now, and stays unready through further changes.
            server.get(&revoked.key, "/api/v1/whoami").json(200);
            site.admin_json(&["disable", &other.id]);
            assert_eq!(server.call("GET", "/readyz", &[]).status, 503);
            // Who begins now knows nothing of it.
            site.start_process().await_ready();
            let told = site.admin_json(&["doctor", "--accept-restore"]);
            assert!(told["audit"]["sequence"].is_u64());
        }
        server.await_ready();
        let began = Instant::now();
        while value("set_back") != 0.0 {
            assert!(began.elapsed() < PATIENCE);
        }
    }
}

fn await_unready(server: &Server) -> String {
    let began = Instant::now();
    loop {
        let answer = server.call("GET", "/readyz", &[]);
        if answer.status == 503 {
            return answer.problem(503)["detail"].as_str().unwrap().to_owned();
        }
        assert!(began.elapsed() < PATIENCE, "it stays ready");
        thread::sleep(Duration::from_millis(20));
    }
}
