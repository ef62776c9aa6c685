//! Keys, clients and addresses that are limited.

use crate::{http::GUIDE_ENTRY, site::Site};
use std::net::Ipv4Addr;

on_both_databases! {
    a_rate_is_told_and_kept,
    a_quota_is_set_and_lifted_while_the_server_runs,
    what_a_client_stores_in_a_day_is_limited,
    a_successor_keeps_the_rate,
    limits_that_make_no_sense_are_refused,
    an_address_that_fails_too_often_is_told_to_wait_and_its_good_key_is_not,
}

const WHOAMI: &str = "/api/v1/whoami";

fn a_rate_is_told_and_kept(site: &Site) {
    let limited = site.issue_with(&["--client", "acme_corp", "--rate", "2/h"]);
    let free = site.issue_with(&["--client", "acme_corp"]);
    let server = site.start();
    let first = server.get(&limited.key, WHOAMI);
    first.json(200);
    assert_eq!(
        first.header("ratelimit-policy"),
        Some(r#""rate";q=2;w=3600"#)
    );
    assert_eq!(first.header("ratelimit"), Some(r#""rate";r=1;t=1800"#));
    let second = server.post(&limited.key, GUIDE_ENTRY);
    second.json(201);
    assert_eq!(second.header("ratelimit"), Some(r#""rate";r=0;t=3600"#));

    for path in [WHOAMI, "/api/v1/logs", "/api/v1/verify"] {
        let refused = server.get(&limited.key, path);
        refused.problem(429);
        let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=1800).contains(&wait), "{wait}");
        assert!(
            refused
                .header("ratelimit")
                .unwrap()
                .starts_with(r#""rate";r=0;t="#)
        );
    }
    let other = server.get(&free.key, WHOAMI);
    other.json(200);
    assert_eq!(other.header("ratelimit"), None);
    let shown = site.admin_json(&["show", &limited.id]);
    assert_eq!(shown["rate"], "2/h");
}

fn a_quota_is_set_and_lifted_while_the_server_runs(site: &Site) {
    let issued = site.issue_with(&["--client", "acme_corp"]);
    let server = site.start();
    server.get(&issued.key, WHOAMI).json(200);

    let set = site.admin_json(&[
        "quota",
        "set",
        "--client",
        "acme_corp",
        "--requests-per-month",
        "1",
    ]);
    assert_eq!(set["requests_per_month"], 1);
    assert!(set["requests_per_day"].is_null());
    let last = server.get(&issued.key, WHOAMI);
    last.json(200);
    assert!(
        last.header("ratelimit")
            .unwrap()
            .starts_with(r#""month";r=0;t="#)
    );
    let refused = server.get(&issued.key, WHOAMI);
    refused.problem(429);

    let lifted = [
        "quota",
        "set",
        "--client",
        "acme_corp",
        "--requests-per-month",
        "none",
    ];
    site.admin_json(&lifted);
    server.get(&issued.key, WHOAMI).json(200);
    let shown = site.admin_json(&["quota", "show", "--client", "acme_corp"]);
    assert!(shown["requests_per_month"].is_null());
    assert_eq!(site.admin_json(&["audit", "--verify"])["intact"], true);
    let audit = site.admin_json(&["audit"]);
    let actions: Vec<_> = audit["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["action"])
        .collect();
    assert_eq!(actions, ["issue", "quota", "quota"]);
}

fn what_a_client_stores_in_a_day_is_limited(site: &Site) {
    let key = site.issue("acme_corp").key;
    let other = site.issue("widget_co").key;
    let server = site.start();
    let set = |limit: &str, number: &str| {
        site.admin_json(&["quota", "set", "--client", "acme_corp", limit, number])
    };
    let told = set("--entries-per-day", "2");
    assert_eq!(told["entries_per_day"], 2);
    assert!(told["bytes_per_day"].is_null() && told["requests_per_day"].is_null());
    let two = format!("[{GUIDE_ENTRY},{GUIDE_ENTRY}]");
    server.post(&key, &two).json(201);
    let refused = server.post(&key, GUIDE_ENTRY);
    let detail = refused.problem(429)["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("2 entries in a day"), "{detail}");
    assert!(detail.contains("T00:00:00Z"), "{detail}");
    let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=86_400).contains(&wait), "{wait}");
    server.post(&other, &two).json(201);
    server.get(&key, "/api/v1/logs").json(200);

    set("--entries-per-day", "none");
    // The environment, the time and the status of an entry.
    let bytes = "production2025-12-24T10:30:00ZSUCCESS".len();
    set("--bytes-per-day", &(3 * bytes).to_string());
    // What was stored under the former quota counts until midnight.
    server.post(&key, GUIDE_ENTRY).json(201);
    let refused = server.post(&key, GUIDE_ENTRY).problem(429);
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("bytes in a day")
    );
    set("--bytes-per-day", "none");
    server.post(&key, &two).json(201);
    let shown = site.admin_json(&["quota", "show", "--client", "acme_corp"]);
    assert!(shown["entries_per_day"].is_null() && shown["bytes_per_day"].is_null());
    assert_eq!(site.admin_json(&["audit", "--verify"])["intact"], true);
}

fn a_successor_keeps_the_rate(site: &Site) {
    let old = site.issue_with(&["--client", "acme_corp", "--rate", "600/m"]);
    let new = site.admin_json(&["rotate", &old.id]);
    let shown = site.admin_json(&["show", new["key_id"].as_str().unwrap()]);
    assert_eq!(shown["rate"], "600/m");
}

fn limits_that_make_no_sense_are_refused(site: &Site) {
    site.issue_with(&["--client", "acme_corp"]);
    for rate in ["0/s", "-1/s", "1000001/s", "fast"] {
        let refused = site.admin(&["issue", "--client", "acme_corp", &format!("--rate={rate}")]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains("a rate is 100/s"), "{refused:?}");
    }
    for quota in ["0", "-1", "many"] {
        let quota = format!("--requests-per-day={quota}");
        let refused = site.admin(&["quota", "set", "--client", "acme_corp", &quota]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(
            refused.stderr.contains("must be a number from 1 on"),
            "{refused:?}"
        );
    }
    let nothing_named = site.admin(&["quota", "set", "--client", "acme_corp"]);
    assert_eq!(nothing_named.code, Some(2), "{nothing_named:?}");
    let of_nobody = site.admin(&["quota", "show", "--client", "nobody"]);
    assert_eq!(of_nobody.code, Some(1), "{of_nobody:?}");
    assert!(of_nobody.one_line().contains("nobody"), "{of_nobody:?}");
}

fn an_address_that_fails_too_often_is_told_to_wait_and_its_good_key_is_not(site: &Site) {
    let issued = site.issue_with(&["--client", "acme_corp"]);
    let mut command = site.server();
    command.args(["--trusted-proxy", "127.0.0.0/8"]);
    let server = crate::process::Server::start(command);
    let send = |key: &str, from: Ipv4Addr| {
        let from = from.to_string();
        server.call(
            "GET",
            WHOAMI,
            &[("X-API-Key", key), ("X-Forwarded-For", &from)],
        )
    };
    let address = Ipv4Addr::new(203, 0, 113, 9);
    let refused = (0..2000)
        .map(|_| send("wrong", address))
        .find(|answer| answer.status != 401);
    let refused = refused.expect("the limit is met");
    refused.problem(429);
    assert_eq!(
        refused.header("ratelimit-policy"),
        Some(r#""failures";q=300;w=60"#)
    );
    assert_eq!(refused.header("retry-after"), Some("1"));
    send(&issued.key, address).json(200);
    send("wrong", Ipv4Addr::new(203, 0, 113, 10)).problem(401);
}
