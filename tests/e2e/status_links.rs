//! Badges and status pages, which whoever knows their address sees.

use crate::{
    process::Server,
    site::Site,
    workflows::{await_runs, await_that, entry, manager, put},
};
use serde_json::{Value, json};

on_both_databases! {
    a_badge_says_how_a_workflow_stands_without_a_key,
    names_are_shown_only_where_the_link_says_so,
    a_link_is_made_once_and_withdrawn,
    the_command_line_makes_and_withdraws_links,
}

const LINKS: &str = "/api/v1/status-links";

fn make(server: &Server, key: &str, name: Option<&str>, body: &Value) -> crate::http::Answer {
    let mut headers = vec![("X-API-Key", key), ("Content-Type", "application/json")];
    headers.extend(name.map(|name| ("Idempotency-Key", name)));
    server.send("POST", LINKS, &headers, body.to_string().as_bytes())
}

fn path(made: &Value) -> String {
    let url = made["url"].as_str().unwrap();
    let place = url.find("/badge/").or_else(|| url.find("/status/"));
    url[place.unwrap()..].to_owned()
}

fn a_badge_says_how_a_workflow_stands_without_a_key(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    let wanted = json!({"kind": "badge", "environment": "prod", "workflows": ["backup"]});
    let badge = path(&make(&server, &key, None, &wanted).json(201));
    let shown = server.call("GET", &badge, &[]);
    assert!(
        shown.body.contains("<title>workflows: unknown</title>"),
        "{}",
        shown.body
    );
    put(&server, &key, &[], &json!({"every": "1h"})).json(200);
    server.post(&key, entry("FAILED", "a", 0)).json(201);
    await_that(|| {
        let shown = server.call("GET", &badge, &[]);
        let says = shown.body.contains("<title>workflows: failing</title>");
        says.then_some(()).ok_or(json!(shown.body))
    });
    let shown = server.call("GET", &badge, &[("Cookie", "a=b")]);
    assert_eq!(shown.status, 200);
    assert_eq!(shown.header("content-type"), Some("image/svg+xml"));
    assert_eq!(shown.header("cache-control"), Some("public, max-age=60"));
    assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(shown.header("set-cookie"), None);
    // The address of a badge is no address of a page.
    let as_page = badge.replace("/badge/", "/status/").replace(".svg", "");
    server.call("GET", &as_page, &[]).problem(404);
}

fn names_are_shown_only_where_the_link_says_so(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    server.post(&key, entry("SUCCESS", "a", 0)).json(201);
    await_runs(&server, &key, "backup", 1);
    for (shows_names, is_named) in [(false, false), (true, true)] {
        for kind in ["badge", "page"] {
            let wanted = json!({"kind": kind, "title": "Nightly <b>", "shows_names": shows_names});
            let link = path(&make(&server, &key, None, &wanted).json(201));
            let shown = server.call("GET", &link, &[]);
            assert_eq!(shown.status, 200);
            let names = shown.body.contains("backup") && shown.body.contains("prod");
            // A badge has a title of its own instead.
            assert_eq!(names, is_named && kind == "page", "{}", shown.body);
            assert!(shown.body.contains("Nightly &lt;b&gt;"), "{}", shown.body);
            assert!(!shown.body.contains("acme_corp"), "{}", shown.body);
        }
    }
}

fn a_link_is_made_once_and_withdrawn(site: &Site) {
    let (key, other) = (manager(site, "acme_corp"), manager(site, "widget_co"));
    let servers = [site.start(), site.start()];
    let wanted = json!({"kind": "page"});
    let made = make(&servers[0], &key, Some("one"), &wanted).json(201);
    let again = make(&servers[1], &key, Some("one"), &wanted);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let again = again.json(200);
    assert_eq!((&again["id"], again.get("url")), (&made["id"], None));
    let listed = servers[1].get(&key, LINKS).json(200);
    assert_eq!(listed, json!({"links": [again]}));
    assert_eq!(
        servers[0].get(&other, LINKS).json(200),
        json!({"links": []})
    );
    let page = path(&made);
    assert_eq!(servers[1].call("GET", &page, &[]).status, 200);
    let one = format!("{LINKS}/{}", made["id"].as_str().unwrap());
    servers[0]
        .call("DELETE", &one, &[("X-API-Key", &other)])
        .problem(404);
    let withdrawn = servers[0].call("DELETE", &one, &[("X-API-Key", &key)]);
    assert_eq!(withdrawn.status, 204);
    for server in &servers {
        let gone = server.call("GET", &page, &[]);
        gone.problem(404);
        assert_ne!(gone.header("cache-control"), Some("public, max-age=60"));
    }
    let audit = servers[0].get(&key, "/api/v1/audit").json(200).to_string();
    assert!(audit.contains("status_link"), "{audit}");
    let token = page.rsplit('/').next().unwrap();
    assert!(!audit.contains(token));
    for (wanted, pointer) in [
        (json!({"kind": "card"}), "/kind"),
        (json!({"kind": "page", "title": ""}), "/title"),
        (
            json!({"kind": "page", "shows_names": "yes"}),
            "/shows_names",
        ),
        (json!({"kind": "page", "colour": "red"}), "/colour"),
    ] {
        let problem = make(&servers[0], &key, None, &wanted).problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
}

fn the_command_line_makes_and_withdraws_links(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    let of_client = ["--client", "acme_corp"];
    let command = |arguments: &[&str]| {
        site.admin_json(&[&["status-links"], arguments, &of_client[..]].concat())
    };
    let made = command(&["make", "badge", "--title", "Acme", "--names"]);
    let shown = server.call("GET", &path(&made), &[]);
    assert!(
        shown.body.contains("<title>Acme: unknown</title>"),
        "{}",
        shown.body
    );
    let listed = command(&["list"]);
    assert_eq!(listed, server.get(&key, LINKS).json(200));
    assert_eq!(listed["links"][0]["id"], made["id"]);
    command(&["withdraw", made["id"].as_str().unwrap()]);
    server.call("GET", &path(&made), &[]).problem(404);
    assert_eq!(command(&["list"]), json!({"links": []}));
}
