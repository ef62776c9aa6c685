//! What is told of the use of keys.

use crate::{
    http::GUIDE_ENTRY,
    lists::walk,
    process::{PATIENCE, Server},
    site::Site,
};
use serde_json::{Value, json};
use std::{io::Write, thread, time::Duration, time::Instant};

on_both_databases! {
    requests_refusals_and_entries_are_counted_by_key,
    the_keys_of_a_client_are_added_up,
    a_client_reads_the_usage_of_its_own_keys_alone,
    faulty_parameters_are_named,
    what_is_stored_is_counted_though_the_sender_has_gone,
}

const WHOAMI: &str = "/api/v1/whoami";

/// What was counted is stored by then.
fn stop(server: Server) {
    server.tell_to_stop();
    server.wait();
}

fn of_key<'a>(report: &'a Value, id: &str) -> &'a Value {
    let usage = report["usage"].as_array().unwrap();
    usage.iter().find(|usage| usage["key_id"] == id).unwrap()
}

fn requests_refusals_and_entries_are_counted_by_key(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp"), site.issue("widget_co"));
    let nothing = site.admin(&["usage"]);
    assert_eq!(nothing.stdout, "No requests.\n");

    let server = site.start_process();
    let three = format!("[{GUIDE_ENTRY},{GUIDE_ENTRY},{GUIDE_ENTRY}]");
    server.post(&acme.key, GUIDE_ENTRY).json(201);
    server.post(&acme.key, &three).json(201);
    let once = [
        ("X-API-Key", &*acme.key),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", "once"),
    ];
    for _ in 0..2 {
        let sent = server.send("POST", "/api/v1/logs", &once, GUIDE_ENTRY.as_bytes());
        sent.json(201);
    }
    server.post(&acme.key, "{}").problem(422);
    server.get(&widget.key, WHOAMI).json(200);
    server.get(&acme.key, "/api/v1/usage").problem(403);
    server.get("nobody_has_ever_seen_this", WHOAMI).problem(401);
    server.call("GET", WHOAMI, &[]).problem(401);
    let rows = server.list(&acme.key, "").len();
    site.admin_json(&["disable", &widget.id]);
    server.get(&widget.key, WHOAMI).problem(401);
    stop(server);

    let report = site.admin_json(&["usage"]);
    let [nobody, of_acme, of_widget] = report["usage"].as_array().unwrap().as_slice() else {
        panic!("{report}");
    };
    assert_eq!(
        (&nobody["client_id"], &nobody["key_id"], &nobody["refused"]),
        (
            &Value::Null,
            &Value::Null,
            &json!({"missing": 1, "unknown": 1})
        )
    );
    assert_eq!(of_acme["client_id"], "acme_corp");
    assert_eq!(of_acme["key_id"], *acme.id);
    assert_eq!(of_acme["requests"], 6);
    assert_eq!(of_acme["refused"], json!({"forbidden": 1}));
    assert_eq!((rows, &of_acme["entries"]), (5, &json!(5)));
    assert_eq!(of_acme["bytes"], 2 * GUIDE_ENTRY.len() + three.len());
    assert_eq!(of_acme["networks"], 1);
    assert!(of_acme["latency_ms"].as_f64().unwrap() > 0.0, "{report}");
    assert_eq!(of_widget["refused"], json!({"disabled": 1}));
    assert_eq!(
        (&of_widget["requests"], &of_widget["entries"]),
        (&json!(1), &json!(0))
    );

    let shown = site.admin_json(&["show", &acme.id]);
    assert_eq!(shown["usage"], *of_acme);
    let shown = site.admin(&["show", &acme.id]).stdout;
    assert!(shown.contains("6 requests from 1 network, 1 refused (forbidden), 5 entries"));
    let table = site.admin(&["usage", "--client", "acme_corp", "--since", "7d"]);
    assert!(table.stdout.contains(&acme.id) && !table.stdout.contains(&widget.id));
}

fn the_keys_of_a_client_are_added_up(site: &Site) {
    let keys = [site.issue("acme_corp"), site.issue("acme_corp")];
    let server = site.start_process();
    for key in &keys {
        server.post(&key.key, GUIDE_ENTRY).json(201);
    }
    stop(server);
    // A further start adds to what is there.
    let server = site.start_process();
    server.post(&keys[0].key, GUIDE_ENTRY).json(201);
    stop(server);
    let report = site.admin_json(&["usage"]);
    assert_eq!(of_key(&report, &keys[0].id)["entries"], 2);
    assert_eq!(of_key(&report, &keys[1].id)["entries"], 1);
    let report = site.admin_json(&["usage", "--per-client"]);
    let [client] = report["usage"].as_array().unwrap().as_slice() else {
        panic!("{report}");
    };
    assert_eq!(
        (&client["client_id"], &client["key_id"]),
        (&json!("acme_corp"), &Value::Null)
    );
    assert_eq!(
        (&client["requests"], &client["entries"], &client["networks"]),
        (&json!(3), &json!(3), &json!(1))
    );
}

fn a_client_reads_the_usage_of_its_own_keys_alone(site: &Site) {
    let manager = site.issue_with(&["--client", "acme_corp", "--scope", "keys:manage"]);
    let (acme, widget) = (site.issue("acme_corp"), site.issue("widget_co"));
    let second = site.issue("acme_corp");
    let server = site.start_process();
    for key in [&acme, &second, &widget] {
        server.post(&key.key, GUIDE_ENTRY).json(201);
    }
    server.get(&acme.key, "/api/v1/usage").problem(403);
    stop(server);
    let server = site.start_process();
    let report = server.get(&manager.key, "/api/v1/usage").json(200);
    for usage in report["usage"].as_array().unwrap() {
        assert_eq!(usage["client_id"], "acme_corp");
    }
    let usage = of_key(&report, &acme.id);
    assert_eq!(
        (&usage["requests"], &usage["refused"]),
        (&json!(1), &json!({"forbidden": 1}))
    );
    let later = "/api/v1/usage?since=2999-01-01T00:30:00Z";
    let later = server.get(&manager.key, later).json(200);
    assert_eq!(
        later,
        json!({"since": "2999-01-01T00:00:00Z", "usage": [], "next_cursor": null})
    );
    // The use of the manager's key may be stored meanwhile.
    let pages = walk(&server, &manager.key, "/api/v1/usage", 1);
    assert!(pages.iter().all(|page| page.len() == 1), "{pages:?}");
    let mut ids = pages.concat();
    ids.retain(|id| *id != manager.id);
    let mut expected = [acme.id, second.id];
    expected.sort();
    assert_eq!(ids, expected);
}

fn faulty_parameters_are_named(site: &Site) {
    let manager = site.issue_with(&["--client", "acme_corp", "--scope", "keys:manage"]);
    let server = site.start();
    for (query, field) in [
        ("since=yesterday", "since"),
        (
            "since=2026-01-01T00:00:00Z&since=2026-01-01T00:00:00Z",
            "since",
        ),
        ("client_id=widget_co", "client_id"),
        (
            "since=2026-01-01T00:00:00Z&client_id=widget_co",
            "client_id",
        ),
    ] {
        let refused = server.get(&manager.key, &format!("/api/v1/usage?{query}"));
        let problem = refused.problem(422);
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
    }
}

fn what_is_stored_is_counted_though_the_sender_has_gone(site: &Site) {
    let issued = site.issue("acme_corp");
    let server = site.start();
    for _ in 0..20 {
        let mut connection = server.connect();
        write!(
            connection,
            "POST /api/v1/logs HTTP/1.1\r\nHost: x\r\nX-API-Key: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{GUIDE_ENTRY}",
            issued.key,
            GUIDE_ENTRY.len()
        )
        .unwrap();
    }
    server.post(&issued.key, GUIDE_ENTRY).json(201);
    let began = Instant::now();
    loop {
        let stored = server.list(&issued.key, "?limit=1000").len();
        let report = site.admin_json(&["usage"]);
        let counted = report["usage"].as_array().unwrap().last();
        if counted.is_some_and(|usage| usage["entries"] == stored) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "stored {stored}: {report}");
        thread::sleep(Duration::from_millis(100));
    }
}
