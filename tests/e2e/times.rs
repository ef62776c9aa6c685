//! Points in time and durations, wherever they come in.

use crate::{http::GUIDE_ENTRY, site::Site};
use serde_json::json;

on_both_databases! {
    a_time_beyond_the_calendar_is_refused_by_name_and_harms_nobody,
    programs_of_the_provider_are_refused_times_beyond_the_calendar_too,
    times_from_before_1970_are_bounds_like_others,
    a_time_is_in_utc_wherever_it_is_read,
    an_expiry_beyond_the_calendar_is_refused,
    a_duration_before_all_times_leads_to_the_first,
    a_successor_ends_with_the_calendar_at_last,
    whoami_tells_when_the_key_really_ends,
    a_letter_t_or_a_space_stands_between_date_and_time,
}

const BEYOND: [&str; 4] = [
    "9999-12-31T23:59:59-12:00",
    "9999-12-31T23:59:59-00:01",
    "9999-12-31T23:59:59.9999Z",
    "9999-12-31T23:59:59.9999999999Z",
];

fn a_time_beyond_the_calendar_is_refused_by_name_and_harms_nobody(site: &Site) {
    let manager = site.issue_with(&["--client", "acme_corp", "--scope", "keys:manage"]);
    let reader = site.issue("widget_co");
    let server = site.start();
    server.post(&reader.key, GUIDE_ENTRY).json(201);
    for time in BEYOND {
        for (key, call, name) in [
            (&manager.key, "usage", "since"),
            (&manager.key, "alerts", "since"),
            (&reader.key, "logs", "from"),
            (&reader.key, "logs", "to"),
            (&reader.key, "logs/stats", "from"),
            (&reader.key, "logs/stats", "to"),
            (&reader.key, "logs/export", "to"),
        ] {
            let refused = server.get(key, &format!("/api/v1/{call}?{name}={time}"));
            let problem = refused.problem(422);
            assert_eq!(problem["errors"][0]["field"], name, "{call} {time}");
        }
        assert_eq!(server.list(&reader.key, "").len(), 1);
        assert_eq!(server.call("GET", "/readyz", &[]).status, 200);
    }
    // The last time of all can be asked for, and shown.
    let last = "9999-12-31T23:59:59.999Z";
    let usage = server.get(&manager.key, &format!("/api/v1/usage?since={last}"));
    assert_eq!(usage.json(200)["since"], "9999-12-31T23:00:00Z");
    let stats = format!("/api/v1/logs/stats?from=9999-12-31T00:00:00Z&to={last}&interval=1d");
    assert_eq!(server.get(&reader.key, &stats).json(200)["to"], last);
}

fn programs_of_the_provider_are_refused_times_beyond_the_calendar_too(site: &Site) {
    let reader = site.issue("acme_corp");
    let program = site.issue_to_provider("provider:read provider:write").key;
    let server = site.start();
    let ask = |call: &str, since: &str| {
        let path = format!("/api/v1/provider/{call}?since={since}");
        server.get(&program, &path)
    };
    let calls = ["usage", "alerts", "audit", "incidents"];
    for time in BEYOND {
        for call in calls {
            let problem = ask(call, time).problem(422);
            assert_eq!(problem["errors"][0]["field"], "since", "{call} {time}");
        }
        let headers = [
            ("X-API-Key", &*program),
            ("Content-Type", "application/json"),
        ];
        let body = json!({"client_id": "acme_corp", "expires_at": time}).to_string();
        let refused = server.send("POST", "/api/v1/provider/keys", &headers, body.as_bytes());
        let problem = refused.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], "/expires_at", "{time}");
        server.get(&reader.key, "/api/v1/logs").json(200);
    }
    // The last time of all can be asked for.
    for call in calls {
        ask(call, "9999-12-31T23:59:59.999Z").json(200);
    }
}

fn times_from_before_1970_are_bounds_like_others(site: &Site) {
    let manager = site.issue_with(&["--client", "acme_corp", "--scope", "keys:manage"]);
    let reader = site.issue("widget_co");
    let server = site.start();
    server.post(&reader.key, GUIDE_ENTRY).json(201);
    for time in [
        "0001-01-01T00:00:00Z",
        "0000-01-01T00:00:00%2B23:59",
        "1969-12-31T23:59:59Z",
    ] {
        for call in ["usage", "alerts"] {
            let report = server.get(&manager.key, &format!("/api/v1/{call}?since={time}"));
            assert_eq!(
                report.json(200)["since"],
                "1970-01-01T00:00:00Z",
                "{call} {time}"
            );
        }
        assert_eq!(server.list(&reader.key, &format!("?from={time}")).len(), 1);
        assert_eq!(server.list(&reader.key, &format!("?to={time}")).len(), 0);
    }
}

fn a_time_is_in_utc_wherever_it_is_read(site: &Site) {
    let expires = ["--expires", "2027-01-31T12:00:00+05:00"];
    let issue = [&["issue", "--client", "acme_corp"], &expires[..]].concat();
    let issued = site.admin_json(&issue);
    assert_eq!(issued["expires_at"], "2027-01-31T07:00:00Z");
    let told = site.admin(&issue).stdout;
    assert!(told.contains("Expires:   2027-01-31 07:00 UTC"), "{told}");

    let listed = site.admin(&["list"]).stdout;
    assert_eq!(
        listed.matches("2027-01-31 07:00 UTC").count(),
        2,
        "{listed}"
    );
    let listed = site.admin_json(&["list"]);
    assert_eq!(listed["keys"][0]["expires_at"], "2027-01-31T07:00:00Z");
    let audit = site.admin_json(&["audit"]);
    assert_eq!(
        audit["entries"][0]["after"]["expires_at"],
        "2027-01-31T07:00:00Z"
    );
    let since = ["--since", "2026-01-01T00:00:00+05:00"];
    for command in ["usage", "alerts"] {
        let report = site.admin_json(&[&[command], &since[..]].concat());
        assert_eq!(report["since"], "2025-12-31T19:00:00Z", "{command}");
    }

    let id = issued["key_id"].as_str().unwrap();
    let rotated = site.admin_json(&[&["rotate", id], &expires[..]].concat());
    assert_eq!(rotated["expires_at"], "2027-01-31T07:00:00Z");
    let server = site.start();
    let key = rotated["api_key"].as_str().unwrap();
    let caller = server.get(key, "/api/v1/whoami").json(200);
    assert_eq!(caller["expires_at"], "2027-01-31T07:00:00Z");
}

fn an_expiry_beyond_the_calendar_is_refused(site: &Site) {
    let id = site.issue("acme_corp").id;
    let issue = ["--json", "issue", "--client", "far", "--expires"];
    let rotate = ["--json", "rotate", &id, "--expires"];
    let beyond = BEYOND.iter().copied();
    for expires in beyond.chain([
        "9999-12-31T23:59:59-05:00",
        "4294967295d",
        "1969-12-31T23:59:59Z",
    ]) {
        for command in [&issue[..], &rotate] {
            let refused = site.admin(&[command, &[expires]].concat());
            assert_eq!(refused.code, Some(1), "{refused:?}");
            let error: serde_json::Value = serde_json::from_str(&refused.stderr).unwrap();
            assert_eq!(error["error"]["code"], "invalid_expiry", "{error}");
        }
    }
    let refused = site.admin(&["--json", "rotate", &id, "--grace", "9999999d"]);
    assert!(refused.stderr.contains("invalid_expiry"), "{refused:?}");
    let keys = site.admin_json(&["list"]);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
}

fn a_duration_before_all_times_leads_to_the_first(site: &Site) {
    site.issue("acme_corp");
    for since in ["9999999d", "4294967295d", "0001-01-01T00:00:00Z"] {
        let audit = site.admin_json(&["audit", "--since", since]);
        assert_eq!(audit["entries"].as_array().unwrap().len(), 1, "{since}");
        for command in ["usage", "alerts"] {
            let report = site.admin_json(&[command, "--since", since]);
            assert_eq!(report["since"], "1970-01-01T00:00:00Z", "{since}");
        }
    }
}

fn a_successor_ends_with_the_calendar_at_last(site: &Site) {
    let issued = site.issue_with(&["--client", "a", "--expires", "9999-12-31T23:59:59Z"]);
    let rotated = site.admin_json(&["rotate", &issued.id, "--no-wait"]);
    let end = rotated["expires_at"].as_str().unwrap();
    assert!(end.starts_with("9999-12-31T23:59:59"), "{end}");
}

fn whoami_tells_when_the_key_really_ends(site: &Site) {
    let issued = site.issue_with(&["--client", "acme_corp", "--expires", "90d"]);
    let server = site.start();
    let rotated = site.admin_json(&["rotate", &issued.id, "--grace", "1h"]);
    let caller = server.get(&issued.key, "/api/v1/whoami").json(200);
    assert_eq!(caller["expires_at"], rotated["old_expires_at"]);
    let shown = site.admin(&["show", &issued.id]).stdout;
    let line = shown
        .lines()
        .find(|line| line.starts_with("Expires"))
        .unwrap();
    assert!(line.ends_with(", rotated"), "{shown}");

    // A grace never lengthens a life.
    let short = site.issue_with(&["--client", "acme_corp", "--expires", "1h"]);
    let before = server.get(&short.key, "/api/v1/whoami").json(200);
    site.admin_json(&["rotate", &short.id, "--grace", "7d"]);
    let after = server.get(&short.key, "/api/v1/whoami").json(200);
    assert_eq!(after["expires_at"], before["expires_at"]);
}

fn a_letter_t_or_a_space_stands_between_date_and_time(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let entry = |separator: char| {
        let executed_at = format!("2025-12-24{separator}10:30:00Z");
        json!({"environment": "e", "executed_at": executed_at, "status": "s"}).to_string()
    };
    for separator in ['"', '_', '\u{a0}', '-', '0', '\t', '\n', 'X'] {
        let problem = server.post(&key, entry(separator)).problem(422);
        assert_eq!(
            problem["errors"][0]["field"], "executed_at",
            "{separator:?}"
        );
    }
    for separator in ['T', 't', ' '] {
        let id = server.post(&key, entry(separator)).json(201)["id"].clone();
        let path = format!("/api/v1/logs/{}", id.as_str().unwrap());
        let read = server.get(&key, &path).json(200);
        assert_eq!(
            read["executed_at"],
            format!("2025-12-24{separator}10:30:00Z")
        );
    }
}
