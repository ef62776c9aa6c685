//! Searching what entries say.

use crate::site::Site;
use serde_json::{Value, json};

on_both_databases! {
    words_and_members_are_found_in_ones_own_logs_only,
    words_are_found_in_any_script_form_and_colour,
    faulty_searches_are_422,
}

fn words_and_members_are_found_in_ones_own_logs_only(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    let entry = |second: u8, rest: &str| {
        format!(
            r#"{{"environment":"e","executed_at":"2025-12-24T10:30:0{second}Z","status":"s",{rest}}}"#
        )
    };
    let entries = [
        entry(
            1,
            r#""message":"Disk full on db-1","host":"db-1","code":28"#,
        ),
        entry(
            2,
            r#""message":"disk is 80% full","host":"db-2","code":28.0"#,
        ),
        entry(3, r#""message":"all is well","host":"db-1","ok":true"#),
        entry(4, r#""host":"full disk""#),
    ];
    let body = format!("[{}]", entries.join(","));
    for key in [&acme, &widget] {
        server.post(key, &body).json(201);
    }
    let seconds = |query: &str| {
        let found = server.list(&acme, query);
        assert!(found.iter().all(|log| log["client_id"] == "acme_corp"));
        let second = |log: &Value| log["executed_at"].as_str().unwrap()[17..19].to_owned();
        found.iter().map(second).collect::<Vec<_>>()
    };
    for (query, expected) in [
        ("?q=FULL+disk", &["02", "01"][..]),
        ("?q=full&order=asc", &["01", "02"]),
        ("?q=ful", &[]),
        ("?q=80%25", &["02"]),
        ("?attr.host=db-1", &["03", "01"]),
        ("?attr.host=db-1&q=disk", &["01"]),
        ("?attr.code=28", &["01"]),
        ("?attr.ok=true&attr.host=db-1", &["03"]),
        ("?attr.host=db-1'+OR+1=1--", &[]),
        ("?attr.host=db-1&attr.host=db-2", &["03", "02", "01"]),
        ("?not.attr.host=db-1", &["04", "02"]),
        ("?not.attr.code=28", &["04", "03", "02"]),
        ("?q=disk&not.attr.host=db-1", &["02"]),
        ("?q=disk&to=2025-12-24T10:30:02Z", &["01"]),
        ("?q=disk&status=other", &[]),
    ] {
        assert_eq!(seconds(query), expected, "{query}");
    }
    let page = server.get(&acme, "/api/v1/logs?q=disk&limit=1").json(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(seconds(&format!("?q=disk&limit=1&cursor={cursor}")), ["01"]);
    let absent = server.list(&acme, "?q=nowhere");
    assert!(absent.is_empty());
}

fn words_are_found_in_any_script_form_and_colour(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let messages = [
        "\u{1b}[31mERROR\u{1b}[0m step failed",
        "数据库连接超时",
        "データベース接続エラー",
        "Straße in İSTANBUL",
        "order.sync: read_timeout, isn't it",
        "cafe\u{301} ＦＵＬＬ ﬁle",
    ];
    let entries: Vec<_> = messages
        .iter()
        .enumerate()
        .map(|(n, message)| {
            json!({"environment": "e", "status": "s", "message": message,
                   "executed_at": format!("2025-12-24T10:30:0{n}Z")})
        })
        .collect();
    server.post(&key, json!(entries).to_string()).json(201);
    for (q, expected) in [
        ("error", Some(0)),
        ("31mERROR", None),
        ("m", None),
        ("超时", Some(1)),
        ("连接 数据库", Some(1)),
        ("超時", None),
        ("接続", Some(2)),
        ("STRASSE", Some(3)),
        ("strasse i\u{307}stanbul", Some(3)),
        ("straß", None),
        ("sync", Some(4)),
        ("timeout t", Some(4)),
        ("CAFÉ", Some(5)),
        ("cafe", None),
        ("full file", Some(5)),
    ] {
        let encoded: String = q.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let found = server.list(&key, &format!("?q={encoded}"));
        let found: Vec<_> = found
            .iter()
            .map(|log| log["message"].as_str().unwrap())
            .collect();
        let expected: Vec<_> = expected.iter().map(|n: &usize| messages[*n]).collect();
        assert_eq!(found, expected, "{q}");
    }
}

fn faulty_searches_are_422(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    for query in [
        "q=",
        "q=-",
        "q=a&q=b",
        "status=a&status=",
        "not.q=a",
        "not.attr=1",
        "attr.a=%00",
        "attr=1",
        "q=a&limit=0",
    ] {
        let refused = server
            .get(&key, &format!("/api/v1/logs?{query}"))
            .problem(422);
        assert_eq!(refused["errors"].as_array().unwrap().len(), 1, "{query}");
    }
}
