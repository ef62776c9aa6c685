//! All that is asked for, as one file.

use crate::{
    process::{Finished, Server},
    site::Site,
};
use serde_json::{Value, json};
use std::{fs, process::Command};

on_both_databases! {
    an_export_holds_each_entry_on_a_line,
    an_export_goes_on_after_the_last_line_that_came,
    a_table_holds_no_formula,
    an_export_as_parquet_is_a_whole_file,
    faulty_exports_are_422,
}

/// More than are read at once.
const MANY: usize = 2500;

fn an_export_holds_each_entry_on_a_line(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    store_many(&server, &acme);
    store_many(&server, &widget);
    // Members stand as they were sent, but on one line.
    let spread = "{\"environment\":\"e\",\"executed_at\":\"2025-12-24T12:00:00Z\",\"status\":\"s\",\"more\":{\r\n\"a\\n\":\n[1]}}";
    server.post(&acme, spread).json(201);

    let exported = server.get(&acme, "/api/v1/logs/export");
    assert_eq!(
        exported.header("content-type"),
        Some("application/x-ndjson")
    );
    let disposition = exported.header("content-disposition").unwrap();
    assert_eq!(disposition, "attachment; filename=\"logs.ndjson\"");
    let exported = lines(&exported.body);
    assert_eq!(exported.len(), MANY + 1);
    assert_eq!(exported[0]["more"], json!({"a\n": [1]}));
    let numbers = exported[1..].iter().map(|log| log["n"].as_u64().unwrap());
    assert!(numbers.eq((0..MANY as u64).rev()));
    assert!(exported.iter().all(|log| log["client_id"] == "acme_corp"));

    let some =
        "/api/v1/logs/export?format=ndjson&order=asc&status=odd&q=word&to=2025-12-24T10:00:05Z";
    let exported = lines(&server.get(&acme, some).body);
    let numbers: Vec<_> = exported
        .iter()
        .map(|log| log["n"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [1, 3]);
    let none = server.get(&acme, "/api/v1/logs/export?status=absent");
    assert_eq!((none.status, none.body.as_str()), (200, ""));
}

fn an_export_goes_on_after_the_last_line_that_came(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    store_many(&server, &key);
    for format in ["ndjson", "csv"] {
        let path = format!("/api/v1/logs/export?order=asc&format={format}");
        let whole = server.get(&key, &path).body;
        let head: Vec<_> = whole.split_inclusive('\n').take(701).collect();
        let last = head.last().unwrap();
        let at = last.find("019b").unwrap();
        let rest = server.get(&key, &format!("{path}&cursor={}", &last[at..at + 36]));
        assert_eq!(head.concat() + &rest.body, whole);
    }
}

fn a_table_holds_no_formula(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let entry = json!({
        "environment": "=1+1", "executed_at": "2025-12-24T10:00:00Z", "status": "\t=2", "workflow": "@SUM(A1)",
        "message": "\n =3, \"quoted\"\nand more", "event_id": "+4", "code": 28,
    });
    let stored = server.post(&key, entry.to_string()).json(201);
    let exported = server.get(&key, "/api/v1/logs/export?format=csv");
    assert_eq!(
        exported.header("content-type"),
        Some("text/csv; charset=utf-8")
    );
    let received_at = stored["received_at"].as_str().unwrap();
    let id = stored["id"].as_str().unwrap();
    assert_eq!(
        exported.body,
        format!(
            "id,client_id,received_at,environment,executed_at,status,workflow,message,event_id,extra\n\
             {id},acme_corp,{received_at},'=1+1,2025-12-24T10:00:00Z,'\t=2,'@SUM(A1),\
             \"'\n =3, \"\"quoted\"\"\nand more\",'+4,\"{{\"\"code\"\":28}}\"\n"
        )
    );
}

fn an_export_as_parquet_is_a_whole_file(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    store_many(&server, &key);
    for query in ["format=parquet", "format=parquet&status=absent"] {
        let file = site.path("logs.parquet");
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--fail", "--dump-header", "-", "--output"])
            .arg(&file)
            .args(["--header", &format!("X-API-Key: {key}")])
            .arg(format!("{}/api/v1/logs/export?{query}", server.url));
        let head = Finished::of(&mut curl).stdout.to_lowercase();
        assert!(
            head.contains("content-type: application/vnd.apache.parquet"),
            "{head}"
        );
        assert!(
            head.contains("attachment; filename=\"logs.parquet\""),
            "{head}"
        );
        let exported = fs::read(&file).unwrap();
        assert!(exported.starts_with(b"PAR1") && exported.ends_with(b"PAR1"));
    }
}

fn faulty_exports_are_422(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    for (query, field) in [
        ("format=xml", "format"),
        ("format=csv&format=csv", "format"),
        ("limit=10", "limit"),
        ("cursor=1", "cursor"),
    ] {
        let path = format!("/api/v1/logs/export?{query}");
        let refused = server.get(&key, &path).problem(422);
        assert_eq!(refused["errors"][0]["field"], field, "{query}");
    }
}

fn store_many(server: &Server, key: &str) {
    let entry = |n: usize| {
        json!({
            "environment": "e", "message": "a word", "n": n,
            "executed_at": format!("2025-12-24T10:{:02}:{:02}Z", n / 60, n % 60),
            "status": if n % 2 == 1 { "odd" } else { "even" },
        })
    };
    let entries: Vec<_> = (0..MANY).map(entry).collect();
    server.post(key, json!(entries).to_string()).json(201);
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
