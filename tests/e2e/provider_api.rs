//! Clients, their usage and the audit trail over HTTP, for programs of the provider.

use crate::{
    http::Answer,
    printed_commands::{blocks, run},
    process::Server,
    sessions::{WHOAMI, cookie, link, sign_in, under},
    site::Site,
};
use serde_json::{Value, json};
use std::{fs, path::Path, thread};

on_both_databases! {
    a_client_is_set_up_before_its_first_key,
    of_many_who_set_a_client_up_at_once_one_has_made_it,
    of_two_programs_that_change_a_client_one_is_told,
    what_is_not_a_client_is_refused,
    clients_are_listed_in_pages,
    a_client_is_removed_with_all_that_it_has,
    the_trail_is_followed_from_where_it_was_read,
    a_client_sees_its_own_part_of_the_trail,
    usage_and_alerts_of_all_are_told,
    the_script_of_the_documentation_sets_a_client_up,
}

const CLIENTS: &str = "/api/v1/provider/clients";
const ACME: &str = "/api/v1/provider/clients/acme_corp";
const KEYS: &str = "/api/v1/provider/keys";
const AUDIT: &str = "/api/v1/provider/audit";

/// A program of the provider.
struct Program<'a> {
    server: &'a Server,
    key: String,
}

impl<'a> Program<'a> {
    fn of(site: &Site, server: &'a Server) -> Self {
        let key = site.issue_to_provider("provider:read provider:write").key;
        Self { server, key }
    }

    fn get(&self, path: &str) -> Answer {
        self.server.get(&self.key, path)
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send_if(method, path, body, None)
    }

    fn send_if(&self, method: &str, path: &str, body: &Value, version: Option<&str>) -> Answer {
        let mut headers = vec![("X-API-Key", &*self.key)];
        headers.extend(version.map(|version| ("If-Match", version)));
        if body.is_null() {
            return self.server.send(method, path, &headers, b"");
        }
        headers.push(("Content-Type", "application/json"));
        let body = body.to_string();
        self.server.send(method, path, &headers, body.as_bytes())
    }
}

fn pointers(refused: &Value) -> Vec<&str> {
    let errors = refused["errors"].as_array().unwrap().iter();
    errors
        .map(|error| error["pointer"].as_str().unwrap())
        .collect()
}

fn etag(answer: &Answer) -> String {
    answer.header("etag").unwrap().to_owned()
}

fn a_client_is_set_up_before_its_first_key(site: &Site) {
    let server = site.start();
    let program = Program::of(site, &server);
    program.get(ACME).problem(404);
    program.send("PATCH", ACME, &json!({})).problem(404);
    let wanted = json!({
        "name": "Acme Corp.", "external_id": "crm-7", "mail": "keys@acme.example",
        "quota": {"entries_per_day": 1, "requests_per_day": 100}, "keep": "7d",
        "policy": {"max_keys": 3, "max_lifetime": "90d"},
    });
    let set = program.send("PUT", ACME, &wanted);
    let client = set.json(201);
    assert_eq!(set.header("location"), Some(ACME));
    assert_eq!(client["name"], "Acme Corp.");
    assert_eq!(client["quota"]["entries_per_day"], 1);
    assert_eq!(
        client["policy"],
        json!({
            "self_service": true, "max_keys": 3, "max_lifetime": "90d",
            "require_expiry": false, "renewable": false, "on_leak": "revoke",
        })
    );
    assert_eq!(client["keys"], json!({"active": 0, "due": 0}));
    let shown = program.get(ACME);
    assert_eq!((shown.json(200), etag(&shown)), (client, etag(&set)));

    let new = json!({"client_id": "acme_corp", "scopes": ["logs:write", "keys:manage"]});
    let issued = program.send("POST", KEYS, &new).json(201);
    let path = format!("{KEYS}/{}", issued["key_id"].as_str().unwrap());
    let key = program.get(&path).json(200);
    assert_eq!(
        (
            &key["client_name"],
            &key["entries_per_day"],
            &key["requests_per_day"]
        ),
        (&json!("Acme Corp."), &json!(1), &json!(100))
    );
    let api_key = issued["api_key"].as_str().unwrap();
    let old = r#"{"environment":"e","executed_at":"2025-01-01T00:00:00Z","status":"s"}"#;
    server.post(api_key, old).problem(422);
    let made = server.send(
        "POST",
        "/api/v1/keys",
        &[("X-API-Key", api_key), ("Content-Type", "application/json")],
        b"{}",
    );
    assert!(made.json(201)["expires_at"].is_string());

    // A missing member stays, null takes away, and PUT replaces all.
    let patch =
        json!({"mail": null, "quota": {"requests_per_day": null}, "policy": {"max_keys": 9}});
    let patched = program.send("PATCH", ACME, &patch).json(200);
    assert_eq!(
        (&patched["mail"], &patched["name"]),
        (&Value::Null, &json!("Acme Corp."))
    );
    assert_eq!(patched["quota"]["requests_per_day"], Value::Null);
    assert_eq!(patched["quota"]["entries_per_day"], 1);
    assert_eq!(patched["policy"]["max_keys"], 9);
    assert_eq!(patched["policy"]["max_lifetime"], "90d");
    let replaced = program
        .send("PUT", ACME, &json!({"name": "Acme"}))
        .json(200);
    assert_eq!(
        (&replaced["name"], &replaced["external_id"]),
        (&json!("Acme"), &Value::Null)
    );
    assert_eq!(replaced["quota"]["entries_per_day"], Value::Null);
    assert_eq!(replaced["keep"], "forever");
    assert_eq!(replaced["policy"]["max_lifetime"], Value::Null);
    assert_eq!(replaced["keys"]["active"], 2);
}

fn of_many_who_set_a_client_up_at_once_one_has_made_it(site: &Site) {
    let servers = [site.start(), site.start()];
    let programs = servers.each_ref().map(|server| Program::of(site, server));
    for round in 0..5 {
        let path = format!("{CLIENTS}/client-{round}");
        let put = |program: &Program<'_>, number| {
            let body = json!({"name": format!("number {number}")});
            program.send("PUT", &path, &body).status
        };
        let mut statuses = thread::scope(|scope| {
            let puts = (0..8).map(|number| {
                let program = &programs[number % 2];
                scope.spawn(move || put(program, number))
            });
            let puts: Vec<_> = puts.collect();
            let statuses = puts.into_iter().map(|put| put.join().unwrap());
            statuses.collect::<Vec<_>>()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 201]);
    }
}

fn of_two_programs_that_change_a_client_one_is_told(site: &Site) {
    let server = site.start();
    let (first, second) = (Program::of(site, &server), Program::of(site, &server));
    first.send("PUT", ACME, &json!({"name": "Acme"})).json(201);
    let seen = [&first, &second].map(|program| etag(&program.get(ACME)));
    assert_eq!(seen[0], seen[1]);
    let keep = |days: &str| json!({"name": "Acme", "keep": days});
    let won = first.send_if("PUT", ACME, &keep("7d"), Some(&seen[0]));
    assert_eq!(won.json(200)["keep"], "7d");
    for method in ["PUT", "PATCH"] {
        let lost = second.send_if(method, ACME, &keep("30d"), Some(&seen[1]));
        lost.problem(412);
    }
    second
        .send_if("DELETE", ACME, &Value::Null, Some(&seen[1]))
        .problem(412);
    assert_eq!(first.get(ACME).json(200)["keep"], "7d");
    second
        .send_if("DELETE", ACME, &Value::Null, Some(&etag(&won)))
        .json(200);
}

fn what_is_not_a_client_is_refused(site: &Site) {
    let server = site.start();
    let program = Program::of(site, &server);
    let wrong = json!({
        "name": "", "keep": "soon", "more": 1, "policy": {"max_keys": "many", "odd": 1},
        "quota": {"entries_per_day": 0},
    });
    for method in ["PUT", "PATCH"] {
        let refused = program.send(method, ACME, &wrong).problem(422);
        let expected = [
            "/keep",
            "/name",
            "/more",
            "/policy/max_keys",
            "/policy/odd",
            "/quota/entries_per_day",
        ];
        assert_eq!(pointers(&refused), expected);
    }
    program.get(ACME).problem(404);
    program
        .send("PUT", &format!("{CLIENTS}/No_Client"), &json!({}))
        .problem(404);
    let taken = json!({"external_id": "crm-7"});
    program.send("PUT", ACME, &taken).json(201);
    let refused = program.send("PUT", &format!("{CLIENTS}/widget_co"), &taken);
    assert_eq!(refused.problem(409)["state"], "external_id_taken");
    program
        .get("/api/v1/provider/clients?limit=0&order=odd&cursor=x&odd=1")
        .problem(422);

    let reads = site.issue_to_provider("provider:read").key;
    let writes = site.issue_to_provider("provider:write").key;
    server.get(&reads, ACME).json(200);
    server.get(&writes, ACME).problem(403);
    for method in ["PUT", "PATCH", "DELETE"] {
        let headers = [("X-API-Key", &*reads)];
        server.call(method, ACME, &headers).problem(403);
    }
    let of_client = site.issue("acme_corp").key;
    server.get(&of_client, ACME).problem(403);
    server.get(&of_client, AUDIT).problem(403);
}

fn clients_are_listed_in_pages(site: &Site) {
    let server = site.start();
    let program = Program::of(site, &server);
    for client in ["acme_corp", "initech", "widget_co"] {
        let path = format!("{CLIENTS}/{client}");
        let body = json!({"external_id": format!("crm-{client}")});
        program.send("PUT", &path, &body).json(201);
    }
    let mut seen = Vec::new();
    let mut path = format!("{CLIENTS}?limit=2");
    loop {
        let page = program.get(&path).json(200);
        let clients = page["clients"].as_array().unwrap();
        seen.extend(clients.iter().map(|client| client["client_id"].clone()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{CLIENTS}?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ["acme_corp", "initech", "widget_co"]);
    let found = |query: &str| {
        let page = program.get(&format!("{CLIENTS}?{query}")).json(200);
        page["clients"].as_array().unwrap().len()
    };
    assert_eq!((found("q=INI"), found("q=nothing")), (1, 0));
    assert_eq!(
        (found("external_id=crm-initech"), found("external_id=crm")),
        (1, 0)
    );
}

fn a_client_is_removed_with_all_that_it_has(site: &Site) {
    let server = site.start_process();
    let program = Program::of(site, &server);
    program
        .send("PUT", ACME, &json!({"name": "Acme"}))
        .json(201);
    let key = site.issue("acme_corp");
    let entry = r#"{"environment":"e","executed_at":"2026-01-01T00:00:00Z","status":"s"}"#;
    server.post(&key.key, entry).json(201);
    let session = cookie(&sign_in(&server, &link(site, &["--client", "acme_corp"])));
    let unused = link(site, &["--client", "acme_corp"]);
    assert_eq!(under(&server, &session, WHOAMI).status, 200);

    let forgotten = program.send("DELETE", &format!("{ACME}/logs"), &Value::Null);
    let forgotten = forgotten.json(200);
    assert_eq!(
        (&forgotten["entries"], &forgotten["client_id"]),
        (&json!(1), &json!("acme_corp"))
    );
    server.post(&key.key, entry).json(201);

    let removed = program.send("DELETE", ACME, &Value::Null).json(200);
    assert_eq!(removed["revoked"], json!([key.id]));
    assert_eq!(removed["entries"], 1);
    assert_eq!(
        (&removed["sessions_ended"], &removed["links_withdrawn"]),
        (&json!(1), &json!(1))
    );
    assert!(removed["waited_ms"].is_u64());
    server.post(&key.key, entry).problem(401);
    assert_eq!(under(&server, &session, WHOAMI).status, 401);
    assert_eq!(sign_in(&server, &unused).status, 410);
    program.get(ACME).problem(404);
    program.send("DELETE", ACME, &Value::Null).problem(404);
    let trail = program.get(&format!("{AUDIT}?limit=1000")).json(200);
    let entries = trail["entries"].as_array().unwrap().iter();
    let of_acme = entries.filter(|entry| entry["client_id"] == "acme_corp");
    assert!(of_acme.count() > 5);
    let verified = program
        .send("POST", &format!("{AUDIT}/verify"), &Value::Null)
        .json(200);
    assert_eq!(verified["intact"], true, "{verified}");
}

fn the_trail_is_followed_from_where_it_was_read(site: &Site) {
    let server = site.start();
    let program = Program::of(site, &server);
    let sequences = |path: &str| -> Vec<u64> {
        let answer = program.get(path);
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        let lines = answer.body.lines();
        let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .map(|entry| entry["sequence"].as_u64().unwrap())
            .collect()
    };
    program.send("PUT", ACME, &json!({})).json(201);
    let read = sequences(&format!("{AUDIT}?format=ndjson"));
    assert_eq!(read, (1..=read.len() as u64).collect::<Vec<_>>());
    let last = read.len() as u64;
    let next = format!("{AUDIT}?format=ndjson&after={last}");
    assert!(sequences(&next).is_empty());
    program
        .send("PATCH", ACME, &json!({"name": "Acme"}))
        .json(200);
    program
        .send("PATCH", ACME, &json!({"name": "Acme Corp."}))
        .json(200);
    assert_eq!(sequences(&next), [last + 1, last + 2]);
    assert_eq!(sequences(&format!("{next}&limit=1")), [last + 1]);

    let page = program
        .get(&format!("{AUDIT}?after={last}&limit=1"))
        .json(200);
    let entry = &page["entries"][0];
    assert_eq!(
        (&entry["action"], &entry["via"]),
        (&json!("client"), &json!("http"))
    );
    assert_eq!(entry["actor"]["kind"], "provider_key");
    let cursor = page["next_cursor"].as_str().unwrap();
    let page = program
        .get(&format!("{AUDIT}?cursor={cursor}&limit=1"))
        .json(200);
    assert_eq!(page["entries"][0]["sequence"], last + 2);
    assert_eq!(page["next_cursor"], Value::Null);
    program
        .get(&format!("{AUDIT}?after=1&cursor=1"))
        .problem(422);
    let at = entry["at"].as_str().unwrap();
    let since = format!("{AUDIT}?format=ndjson&since={at}");
    assert_eq!(sequences(&since), [last + 1, last + 2]);
    assert_eq!(
        sequences(&format!("{since}&after={}", last + 1)),
        [last + 2]
    );
    let long_ago = format!("{AUDIT}?format=ndjson&since=2020-01-01T00:00:00Z");
    assert_eq!(sequences(&long_ago).len() as u64, last + 2);
    let to_come = format!("{AUDIT}?format=ndjson&since=2999-01-01T00:00:00Z");
    assert!(sequences(&to_come).is_empty());
    program.get(&format!("{AUDIT}?since=monday")).problem(422);
    program.get(&format!("{AUDIT}?format=csv")).problem(422);
}

fn a_client_sees_its_own_part_of_the_trail(site: &Site) {
    let server = site.start();
    let program = Program::of(site, &server);
    program
        .send("PUT", ACME, &json!({"mail": "acme@provider.example"}))
        .json(201);
    let manager = site.issue_with(&["--client", "acme_corp", "--scope", "keys:manage"]);
    site.issue("widget_co");
    let new = json!({"client_id": "acme_corp", "scopes": ["logs:read"]});
    program.send("POST", KEYS, &new).json(201);
    let own = [
        ("X-API-Key", &*manager.key),
        ("Content-Type", "application/json"),
    ];
    let body = br#"{"scopes":["keys:manage"]}"#;
    server.send("POST", "/api/v1/keys", &own, body).json(201);
    server.call("POST", "/api/v1/sessions", &own[..1]).json(201);

    let page = server.get(&manager.key, "/api/v1/audit");
    let entries = page.json(200)["entries"].as_array().unwrap().clone();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (&entry["action"], &entry["actor"]["kind"]))
        .collect();
    let expected = [
        ("issue", "provider"),
        ("issue", "provider"),
        ("issue", "key"),
    ];
    for (told, expected) in told.iter().zip(expected) {
        assert_eq!(*told, (&json!(expected.0), &json!(expected.1)));
    }
    assert_eq!((told.len(), told[3].0), (4, &json!("sign_in")));
    assert_eq!(entries[2]["actor"]["id"], json!(manager.id));
    for entry in &entries[..2] {
        assert_eq!(
            (&entry["actor"]["name"], &entry["network"]),
            (&Value::Null, &Value::Null)
        );
    }
    let names = site.admin_json(&["provider-key", "list"]);
    let names = names["keys"].as_array().unwrap().iter();
    for hidden in names.map(|key| key["key_id"].as_str().unwrap()).chain([
        "widget_co",
        "provider.example",
        "seal",
        "sequence",
        "made_by",
    ]) {
        assert!(!page.body.contains(hidden), "{hidden}: {}", page.body);
    }
    let mut path = "/api/v1/audit?limit=3".to_owned();
    let mut seen = Vec::new();
    for _ in 0..2 {
        let page = server.get(&manager.key, &path).json(200);
        seen.extend(page["entries"].as_array().unwrap().clone());
        let cursor = page["next_cursor"].as_str().unwrap_or_default();
        path = format!("/api/v1/audit?limit=3&cursor={cursor}");
    }
    assert_eq!(seen, entries);
    server
        .get(&manager.key, "/api/v1/audit?client_id=widget_co")
        .problem(422);
}

fn usage_and_alerts_of_all_are_told(site: &Site) {
    let server = site.start();
    let program = Program::of(site, &server);
    let alerts = ["acme_corp", "widget_co"].map(|client| site.raise(client));
    let all = program.get("/api/v1/provider/alerts").json(200);
    let ids = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|alert| alert["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let found = ids(&all["alerts"]);
    assert!(alerts.iter().all(|id| found.contains(id)), "{all}");
    let one = program
        .get("/api/v1/provider/alerts?client_id=widget_co")
        .json(200);
    assert_eq!(ids(&one["alerts"]), alerts[1..]);
    assert_eq!(one["next_cursor"], Value::Null);
    let (mut in_pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/provider/alerts?limit=1{cursor}");
        let page = program.get(&path).json(200);
        in_pages.extend(ids(&page["alerts"]));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(in_pages, found);
    for wrong in ["cursor=odd", "limit=1001", "limit=0"] {
        program
            .get(&format!("/api/v1/provider/alerts?{wrong}"))
            .problem(422);
    }
    let path = |id: &str| format!("/api/v1/provider/alerts/{id}/acknowledge");
    let seen = program
        .send("POST", &path(&alerts[0]), &Value::Null)
        .json(200);
    assert!(seen["acknowledged"][0]["acknowledged_at"].is_string());
    for unknown in ["0000000000000000", "none"] {
        program
            .send("POST", &path(unknown), &Value::Null)
            .problem(404);
    }
    for query in [
        "",
        "?per=client&limit=1",
        "?client_id=acme_corp&since=2026-01-01T00:00:00Z",
    ] {
        let usage = program
            .get(&format!("/api/v1/provider/usage{query}"))
            .json(200);
        assert!(usage["usage"].is_array() && usage["since"].is_string());
    }
    program.get("/api/v1/provider/usage?per=day").problem(422);
    program
        .get("/api/v1/provider/usage?cursor=odd")
        .problem(422);
}

fn the_script_of_the_documentation_sets_a_client_up(site: &Site) {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/terraform.md");
    let blocks = blocks(&fs::read_to_string(guide).unwrap());
    let server = site.start();
    let program = Program::of(site, &server);
    let set = format!(
        "LOGGER_URL='{}'\nPROVIDER_KEY='{}'\n",
        server.url, program.key
    );
    let mut told = String::new();
    for (language, script) in &blocks {
        assert_eq!(language, "sh");
        let output = run(site, &format!("{set}{script}"));
        let failed = String::from_utf8(output.stderr).unwrap();
        told += &String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{script}\n{told}\n{failed}");
    }
    let client = program.get(&format!("{CLIENTS}/initech")).json(200);
    assert_eq!(
        (&client["name"], &client["keys"]["active"]),
        (&json!("Initech"), &json!(1))
    );
    assert_eq!(client["quota"]["entries_per_day"], 2_000_000);
    assert!(
        told.contains("api_key") && told.contains("/sign-in/"),
        "{told}"
    );
    let verified = program
        .send("POST", &format!("{AUDIT}/verify"), &Value::Null)
        .json(200);
    assert_eq!(verified["intact"], true, "{verified}");
}
