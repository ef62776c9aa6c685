//! Counting entries.

use crate::site::Site;
use serde_json::json;

on_both_databases! {
    ones_own_entries_are_counted_by_time_and_value,
    ones_own_values_are_listed,
    faulty_questions_are_422,
}

fn ones_own_entries_are_counted_by_time_and_value(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    for (key, minute, status) in [
        (&acme, 5, "OK"),
        (&acme, 40, "OK"),
        (&acme, 41, "FAILED"),
        (&widget, 5, "OTHER"),
    ] {
        let entry = json!({"environment": "e", "status": status,
                           "executed_at": format!("2025-12-24T10:{minute:02}:00Z")});
        server.post(key, entry.to_string()).json(201);
    }
    let range = "from=2025-12-24T10:00:00Z&to=2025-12-24T11:00:00Z";
    let counted = server.get(&acme, &format!("/api/v1/logs/stats?{range}&interval=30m"));
    assert_eq!(
        counted.json(200),
        json!({
            "from": "2025-12-24T10:00:00Z", "to": "2025-12-24T11:00:00Z",
            "interval": "30m", "by": "status", "totals": {"FAILED": 1, "OK": 2},
            "buckets": [
                {"start": "2025-12-24T10:00:00Z", "counts": {"OK": 1}},
                {"start": "2025-12-24T10:30:00Z", "counts": {"FAILED": 1, "OK": 1}},
            ],
        })
    );
    let nested = format!("/api/v1/logs/stats?{range}&by=environment,status&not.status=OTHER");
    let nested = server.get(&acme, &nested).json(200);
    assert_eq!(nested["totals"], json!({"e": {"FAILED": 1, "OK": 2}}));
    assert_eq!(nested["by"], "environment,status");
    let failed = format!("/api/v1/logs/stats?{range}&status=FAILED&by=environment");
    assert_eq!(
        server.get(&acme, &failed).json(200)["totals"],
        json!({"e": 1})
    );
    // The last day, by the hour: long after these.
    let today = server.get(&acme, "/api/v1/logs/stats").json(200);
    assert_eq!(today["totals"], json!({}));
    assert_eq!(today["interval"], "1h");
}

fn ones_own_values_are_listed(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    for (key, second, workflow, host) in [
        (&acme, 1, "etl", "h1"),
        (&acme, 3, "etl", "h2"),
        (&acme, 2, "report", "h1"),
        (&widget, 4, "other", "h1"),
    ] {
        let entry = json!({"environment": "e", "status": "s", "workflow": workflow, "host": {"name": host},
                           "executed_at": format!("2025-12-24T10:30:0{second}Z")});
        server.post(key, entry.to_string()).json(201);
    }
    let value = |value: &str, count: u8, second: u8| {
        let last = format!("2025-12-24T10:30:0{second}Z");
        json!({"value": value, "count": count, "last_executed_at": last})
    };
    for (query, expected) in [
        ("", vec![value("etl", 2, 3), value("report", 1, 2)]),
        ("&attr.host.name=h2", vec![value("etl", 1, 3)]),
        ("&not.workflow=etl", vec![value("report", 1, 2)]),
        ("&workflow=other", vec![]),
    ] {
        let path = format!("/api/v1/logs/values?of=workflow{query}");
        let listed = server.get(&acme, &path).json(200);
        assert_eq!(
            listed,
            json!({"values": expected, "more": false}),
            "{query}"
        );
    }
    for query in [
        "",
        "of=message",
        "of=status&of=status",
        "of=status&limit=5",
        "of=status&by=status",
    ] {
        let path = format!("/api/v1/logs/values?{query}");
        let refused = server.get(&acme, &path).problem(422);
        assert_eq!(refused["errors"].as_array().unwrap().len(), 1, "{query}");
    }
}

fn faulty_questions_are_422(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    for (query, field) in [
        ("by=message", "by"),
        ("by=status,status", "by"),
        ("interval=1s", "interval"),
        ("interval=soon", "interval"),
        ("limit=1", "limit"),
        ("q=-", "q"),
        ("from=yesterday", "from"),
    ] {
        let path = format!("/api/v1/logs/stats?{query}");
        let refused = server.get(&key, &path).problem(422);
        assert_eq!(refused["errors"][0]["field"], field, "{query}");
    }
}
