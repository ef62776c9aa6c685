//! What is suspicious is told to the provider, and to the client whose keys it is about.

use crate::{
    exposition::Measured,
    process::{PATIENCE, Server},
    site::{Issued, Site},
};
use central_logger_key_activity::AlertKind;
use serde_json::{Value, json};
use std::{thread, time::Duration, time::Instant};

on_both_databases! {
    what_is_suspicious_is_told_to_the_provider_and_to_the_client,
    several_servers_raise_one_alert,
    an_alert_is_acknowledged_once,
    a_client_reads_its_alerts_in_pages,
    the_command_line_lists_all_alerts_at_once,
    faulty_questions_about_alerts_are_named,
    thresholds_are_set_for_all_and_for_a_client,
}

const WHOAMI: &str = "/api/v1/whoami";
const ALERTS: &str = "/api/v1/alerts";

fn manager(site: &Site, client: &str) -> Issued {
    site.issue_with(&["--client", client, "--scope", "keys:manage"])
}

/// The alerts, when there are as many.
pub(crate) fn await_alerts(site: &Site, number: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let report = site.admin_json(&["alerts"]);
        let alerts = report["alerts"].as_array().unwrap();
        if alerts.len() >= number {
            return alerts.clone();
        }
        assert!(began.elapsed() < PATIENCE, "{report}");
        thread::sleep(Duration::from_millis(200));
    }
}

fn what_is_suspicious_is_told_to_the_provider_and_to_the_client(site: &Site) {
    let (acme, widget) = (manager(site, "acme_corp"), manager(site, "widget_co"));
    let revoked = site.issue("acme_corp");
    let measured = Measured::start(site);
    let server = &measured.server;
    assert_eq!(site.admin(&["alerts"]).stdout, "No alerts.\n");
    site.admin_json(&["revoke", &revoked.id, "--yes"]);
    server.get(&revoked.key, WHOAMI).problem(401);

    let alerts = await_alerts(site, 1);
    let [alert] = &alerts[..] else {
        panic!("{alerts:?}")
    };
    for (name, value) in [
        ("kind", json!("used_after_end")),
        ("severity", json!("warning")),
        ("client_id", json!("acme_corp")),
        ("key_id", json!(revoked.id)),
        ("network", Value::Null),
        ("count", json!(1)),
        ("delivery", Value::Null),
    ] {
        assert_eq!(alert[name], value, "{name} of {alert}");
    }
    assert!(alert["evidence"].as_str().unwrap().contains("127.0.0.0/24"));
    let id = alert["id"].as_str().unwrap();
    let logged = server.await_log("alert");
    assert_eq!(logged["fields"]["alert"], id);
    let raised = [("kind", "used_after_end"), ("severity", "warning")];
    let told = measured.scrape();
    assert_eq!(told.sum("central_logger_alerts_raised_total", &raised), 1.0);
    assert_eq!(
        told.sum("central_logger_usage_evaluation_failures_total", &[]),
        0.0
    );

    let table = site.admin(&["alerts", "--client", "acme_corp"]).stdout;
    for word in [id, "used_after_end", "warning", &revoked.id, "open"] {
        assert!(table.contains(word), "{table}");
    }
    let others = site.admin_json(&["alerts", "--client", "widget_co"]);
    assert_eq!(
        (&others["alerts"], &others["has_more"]),
        (&json!([]), &json!(false))
    );
    let shown = site.admin(&["show", &revoked.id]).stdout;
    assert!(shown.contains(&format!("{id} used_after_end")), "{shown}");

    let mut told = alert.clone();
    told.as_object_mut().unwrap().remove("delivery");
    assert_eq!(
        server.get(&acme.key, ALERTS).json(200)["alerts"],
        json!([told])
    );
    assert_eq!(
        server.get(&widget.key, ALERTS).json(200)["alerts"],
        json!([])
    );
    let later = server.get(&acme.key, &format!("{ALERTS}?since=2999-01-01T00:00:00Z"));
    let nothing = json!({"since": "2999-01-01T00:00:00Z", "alerts": [], "has_more": false, "next_cursor": null});
    assert_eq!(later.json(200), nothing);
}

fn several_servers_raise_one_alert(site: &Site) {
    let issued = site.issue("acme_corp");
    let servers = [site.start(), site.start()];
    site.admin_json(&["revoke", &issued.id, "--yes"]);
    let began = Instant::now();
    for server in &servers {
        server.get(&issued.key, WHOAMI).problem(401);
    }
    while await_alerts(site, 1)[0]["count"] != 2 {
        assert!(began.elapsed() < PATIENCE, "both are counted");
        thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(await_alerts(site, 1).len(), 1);
}

fn an_alert_is_acknowledged_once(site: &Site) {
    let (acme, widget) = (manager(site, "acme_corp"), manager(site, "widget_co"));
    let id = site.raise("acme_corp");
    let server = site.start();
    let acknowledge = |key: &str, id: &str| {
        let path = format!("{ALERTS}/{id}/acknowledge");
        server.call("POST", &path, &[("X-API-Key", key)])
    };
    acknowledge(&widget.key, &id).problem(404);
    acknowledge(&acme.key, "0000000000000000").problem(404);
    acknowledge(&acme.key, "nonsense").problem(404);
    let alert = acknowledge(&acme.key, &id).json(200);
    let by = format!("key {}", acme.id);
    assert_eq!(
        (&alert["id"], &alert["acknowledged_by"]),
        (&json!(id), &json!(by))
    );
    assert!(alert["acknowledged_at"].is_string());

    // The provider comes too late for this one, and is the first at another.
    let other = site.raise("widget_co");
    let both = site.admin_json(&["alerts", "--ack", &id, &other]);
    assert_eq!(both["acknowledged"][0]["acknowledged_by"], by);
    let operator = both["acknowledged"][1]["acknowledged_by"].as_str().unwrap();
    assert!(operator.contains('@'), "{operator}");
    let answer = acknowledge(&widget.key, &other).json(200);
    assert_eq!(answer["acknowledged_by"], "provider");
    let report = server.get(&widget.key, ALERTS).json(200);
    assert_eq!(report["alerts"], json!([answer]));
    let said = site.admin(&["alerts", "--ack", &other]).stdout;
    assert!(
        said.contains(&format!("{other} is acknowledged, by {operator} at")),
        "{said}"
    );
    assert!(site.admin(&["alerts"]).stdout.contains("acknowledged"));

    let unknown = site.admin(&["alerts", "--ack", "0000000000000000"]);
    assert_eq!(
        unknown.one_line(),
        "central-logger-admin: there is no alert 0000000000000000: `alerts` lists them"
    );
    for wrong in [
        &["alerts", "--ack", "nonsense"][..],
        &["alerts", "--ack"],
        &["alerts", "--ack", &id, "--redeliver", &id],
        &["alerts", "--since", "yesterday"],
    ] {
        assert_eq!(site.admin(wrong).code, Some(2), "{wrong:?}");
    }
}

fn a_client_reads_its_alerts_in_pages(site: &Site) {
    let manager = manager(site, "acme_corp");
    site.raise("widget_co");
    let kinds = [AlertKind::Spike, AlertKind::Dormant, AlertKind::Forbidden];
    let mut raised = kinds.map(|kind| site.raise_of(kind, "acme_corp"));
    raised.reverse();
    let server = site.start();
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get(&manager.key, &format!("{ALERTS}?limit=1{cursor}"));
        let page = page.json(200);
        assert_eq!(page["alerts"].as_array().unwrap().len(), 1, "{page}");
        assert_eq!(page["has_more"], page["next_cursor"].is_string(), "{page}");
        found.push(page["alerts"][0]["id"].as_str().unwrap().to_owned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, raised);
}

fn the_command_line_lists_all_alerts_at_once(site: &Site) {
    site.issue("acme_corp");
    // One more than a page over HTTP has.
    let clients: Vec<_> = (0..=1000)
        .map(|number| format!("client-{number}"))
        .collect();
    let raised = site.raise_about(AlertKind::Spike, &clients);
    let listed = site.admin_json(&["alerts"]);
    let alerts = listed["alerts"].as_array().unwrap().iter();
    let ids = alerts.map(|alert| alert["id"].as_str().unwrap());
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    let mut expected: Vec<_> = raised.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    assert_eq!(listed["has_more"], false);
    assert_eq!(listed["next_cursor"], Value::Null);
}

fn faulty_questions_about_alerts_are_named(site: &Site) {
    let manager = manager(site, "acme_corp");
    let other = site.issue("acme_corp");
    let server = site.start();
    server.get(&other.key, ALERTS).problem(403);
    for (query, field) in [
        ("since=yesterday", "since"),
        ("client_id=widget_co", "client_id"),
        ("cursor=odd", "cursor"),
        ("limit=1001", "limit"),
    ] {
        let problem = server
            .get(&manager.key, &format!("{ALERTS}?{query}"))
            .problem(422);
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
    }
}

fn thresholds_are_set_for_all_and_for_a_client(site: &Site) {
    let (silent, loud) = (site.issue("acme_corp"), site.issue("widget_co"));
    let mut command = site.server();
    command.env(
        "LOGGER_ALERTS",
        "forbidden=2 acme_corp.forbidden=off used_after_end=off",
    );
    let server = Server::start(command);
    for key in [&silent.key, &loud.key] {
        for _ in 0..2 {
            server.get(key, ALERTS).problem(403);
        }
    }
    let alerts = await_alerts(site, 1);
    let [alert] = &alerts[..] else {
        panic!("{alerts:?}")
    };
    assert_eq!(
        (&alert["kind"], &alert["key_id"], &alert["count"]),
        (&json!("forbidden"), &json!(loud.id), &json!(2))
    );
}
