//! Lists over HTTP, page by page.

use crate::{
    keys_over_http::{ALL_KEYS, Client, KEYS, manager, text},
    process::Server,
    site::Site,
};
use serde_json::{Value, json};

on_both_databases! {
    every_list_is_read_page_by_page,
    a_list_goes_on_while_elements_come_and_go,
    filters_hold_on_every_page,
    a_cursor_shows_nothing_that_its_list_does_not_have,
    what_is_no_cursor_or_limit_is_named,
    the_command_line_lists_all_and_finds_the_same,
}

const SESSIONS: &str = "/api/v1/sessions";
const ALL_SESSIONS: &str = "/api/v1/provider/sessions";
const LINKS: &str = "/api/v1/provider/reveal-links";
const CLIENTS: &str = "/api/v1/provider/clients";

/// The ids on a page, and the cursor of the next one.
fn page(client: &Client<'_>, path: &str) -> (Vec<String>, Option<String>) {
    let page = client.get(path).json(200);
    let (elements, id) = match path.split('?').next().unwrap() {
        KEYS | ALL_KEYS => ("keys", "key_id"),
        SESSIONS | ALL_SESSIONS => ("sessions", "session_id"),
        LINKS => ("links", "id"),
        CLIENTS => ("clients", "client_id"),
        "/api/v1/usage" | "/api/v1/provider/usage" => ("usage", "key_id"),
        path => panic!("{path} is no list"),
    };
    assert!(page.as_object().unwrap().contains_key("next_cursor"));
    let found = page[elements].as_array().unwrap().iter();
    // Requests without a key that is known count under none.
    let found = found.map(|element| element[id].as_str().unwrap_or_default().to_owned());
    let next = page["next_cursor"].as_str().map(str::to_owned);
    (found.collect(), next)
}

/// The ids on each page of a list.
pub(crate) fn walk(server: &Server, key: &str, path: &str, limit: usize) -> Vec<Vec<String>> {
    let client = Client::of(server, key);
    let mark = if path.contains('?') { '&' } else { '?' };
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let (found, next) = page(&client, &format!("{path}{mark}limit={limit}{cursor}"));
        pages.push(found);
        match next {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

fn begin_session(server: &Server, key: &str) -> String {
    let begun = Client::of(server, key).post(SESSIONS, &Value::Null);
    text(&begun.json(201)["session_id"]).to_owned()
}

fn make_link(program: &Client<'_>, client: &str) -> String {
    let made = program.post(LINKS, &json!({"client_id": client}));
    text(&made.json(201)["id"]).to_owned()
}

fn every_list_is_read_page_by_page(site: &Site) {
    let (acme, widget) = (manager(site, "acme_corp"), manager(site, "widget_co"));
    let program = site.issue_to_provider("provider:read provider:write");
    let server = site.start();
    let (own, of_all) = (
        Client::of(&server, &acme.key),
        Client::of(&server, &program.key),
    );
    for _ in 0..3 {
        own.post(KEYS, &json!({})).json(201);
        begin_session(&server, &acme.key);
        make_link(&of_all, "acme_corp");
    }
    begin_session(&server, &acme.key);
    begin_session(&server, &widget.key);
    make_link(&of_all, "widget_co");
    for (key, path, count) in [
        (&acme.key, KEYS, 4),
        (&program.key, ALL_KEYS, 5),
        (&program.key, "/api/v1/provider/keys?client_id=acme_corp", 4),
        (&acme.key, SESSIONS, 4),
        (&program.key, ALL_SESSIONS, 5),
        (
            &program.key,
            "/api/v1/provider/sessions?client_id=acme_corp",
            4,
        ),
        (&program.key, LINKS, 4),
        (
            &program.key,
            "/api/v1/provider/reveal-links?client_id=acme_corp",
            3,
        ),
        (&program.key, CLIENTS, 2),
    ] {
        let whole = walk(&server, key, path, 1000).concat();
        assert_eq!(whole.len(), count, "{path}");
        for limit in [1, 2, count] {
            // Full but for the last one, which is not empty.
            let expected: Vec<_> = whole.chunks(limit).map(<[_]>::to_vec).collect();
            assert_eq!(walk(&server, key, path, limit), expected, "{path} {limit}");
        }
    }
}

fn a_list_goes_on_while_elements_come_and_go(site: &Site) {
    let acme = manager(site, "acme_corp");
    let program = site.issue_to_provider("provider:read provider:write");
    let server = site.start();
    let (own, of_all) = (
        Client::of(&server, &acme.key),
        Client::of(&server, &program.key),
    );
    for _ in 0..4 {
        begin_session(&server, &acme.key);
        make_link(&of_all, "acme_corp");
    }
    let sessions = walk(&server, &acme.key, SESSIONS, 1000).concat();
    let (first, next) = page(&own, &format!("{SESSIONS}?limit=2"));
    assert_eq!(first, sessions[..2]);
    // Also the one that the first page ended with.
    for ended in &sessions[..3] {
        own.send("DELETE", &format!("{SESSIONS}/{ended}"), &Value::Null)
            .json(200);
    }
    let new = begin_session(&server, &acme.key);
    let rest = format!("{SESSIONS}?limit=2&cursor={}", next.unwrap());
    assert_eq!(page(&own, &rest), (vec![sessions[3].clone(), new], None));

    // The newest come first, and are not seen any more.
    let links = walk(&server, &program.key, LINKS, 1000).concat();
    let (first, next) = page(&of_all, &format!("{LINKS}?limit=2"));
    assert_eq!(first, links[..2]);
    make_link(&of_all, "acme_corp");
    let rest = format!("{LINKS}?limit=2&cursor={}", next.unwrap());
    assert_eq!(page(&of_all, &rest), (links[2..].to_vec(), None));
}

fn filters_hold_on_every_page(site: &Site) {
    let acme = manager(site, "acme_corp");
    let program = site.issue_to_provider("provider:read provider:write");
    let server = site.start();
    let own = Client::of(&server, &acme.key);
    let mut made = Vec::new();
    for name in ["billing 1", "other", "billing 2", "billing 3"] {
        let issued = own.post(KEYS, &json!({"name": name})).json(201);
        made.push(text(&issued["key_id"]).to_owned());
    }
    for disabled in [&made[0], &made[3]] {
        own.post(&format!("{KEYS}/{disabled}/disable"), &Value::Null)
            .json(200);
    }
    let billing = [&made[0], &made[2], &made[3]].map(|id| vec![id.clone()]);
    let both = [&made[0], &made[3]].map(|id| vec![id.clone()]);
    for (key, list) in [(&acme.key, KEYS), (&program.key, ALL_KEYS)] {
        let found = |query: &str| walk(&server, key, &format!("{list}?{query}"), 1);
        assert_eq!(found("q=BILLING"), billing, "{list}");
        assert_eq!(found("status=disabled"), both, "{list}");
        assert_eq!(found("q=billing&status=disabled"), both, "{list}");
        let head = format!("q=cl_live_{}", &made[1][..8]);
        assert_eq!(found(&head), [[made[1].clone()]], "{list}");
        assert_eq!(found("q=nothing_of_it"), [[""; 0]], "{list}");
    }
}

fn a_cursor_shows_nothing_that_its_list_does_not_have(site: &Site) {
    let (acme, widget) = (manager(site, "acme_corp"), manager(site, "widget_co"));
    let program = site.issue_to_provider("provider:read provider:write");
    let server = site.start();
    let (own, of_all) = (
        Client::of(&server, &acme.key),
        Client::of(&server, &program.key),
    );
    for key in [&widget.key, &acme.key, &widget.key, &acme.key] {
        Client::of(&server, key).post(KEYS, &json!({})).json(201);
        begin_session(&server, key);
    }
    for _ in 0..2 {
        make_link(&of_all, "acme_corp");
    }
    let of_other = Client::of(&server, &widget.key);
    let cursors = [
        page(&of_other, &format!("{KEYS}?limit=1")).1.unwrap(),
        page(&of_other, &format!("{SESSIONS}?limit=1")).1.unwrap(),
        page(&of_all, &format!("{LINKS}?limit=1")).1.unwrap(),
    ];
    for path in [KEYS, SESSIONS] {
        let whole = walk(&server, &acme.key, path, 1000).concat();
        for cursor in &cursors {
            let (found, _) = page(&own, &format!("{path}?cursor={cursor}"));
            assert!(whole.ends_with(&found), "{path} {cursor}: {found:?}");
        }
    }
    let of_clients = page(&of_all, &format!("{CLIENTS}?limit=1")).1.unwrap();
    for path in [KEYS, SESSIONS] {
        let refused = own.get(&format!("{path}?cursor={of_clients}")).problem(422);
        assert_eq!(refused["errors"][0]["field"], "cursor", "{path}");
    }
}

fn what_is_no_cursor_or_limit_is_named(site: &Site) {
    let acme = manager(site, "acme_corp");
    let program = site.issue_to_provider("provider:read");
    let server = site.start();
    for (key, path) in [
        (&acme.key, KEYS),
        (&acme.key, SESSIONS),
        (&acme.key, "/api/v1/usage"),
        (&acme.key, "/api/v1/alerts"),
        (&acme.key, "/api/v1/audit"),
        (&acme.key, "/api/v1/incidents"),
        (&program.key, ALL_KEYS),
        (&program.key, ALL_SESSIONS),
        (&program.key, LINKS),
        (&program.key, CLIENTS),
        (&program.key, "/api/v1/provider/usage"),
        (&program.key, "/api/v1/provider/alerts"),
        (&program.key, "/api/v1/provider/audit"),
        (&program.key, "/api/v1/provider/incidents"),
    ] {
        for (query, field) in [
            ("cursor=", "cursor"),
            ("cursor=the+end", "cursor"),
            ("cursor=4fT9aXk20bQz", "cursor"),
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("limit=1&limit=1", "limit"),
            ("odd=1", "odd"),
        ] {
            let refused = server.get(key, &format!("{path}?{query}")).problem(422);
            assert_eq!(refused["errors"][0]["field"], field, "{path}?{query}");
        }
    }
}

fn the_command_line_lists_all_and_finds_the_same(site: &Site) {
    let acme = manager(site, "acme_corp");
    site.issue("widget_co");
    let program = site.admin_json(&["provider-key", "issue", "--name", "Terraform"]);
    let named = [
        "client",
        "set",
        "--client",
        "widget_co",
        "--name",
        "Widgets",
    ];
    site.admin_json(&named);
    let found = |arguments: &[&str], elements: &str, id: &str| {
        let listed = site.admin_json(arguments);
        let found = listed[elements].as_array().unwrap().iter();
        let found = found.map(|element| text(&element[id]).to_owned());
        found.collect::<Vec<_>>()
    };
    let head = format!("cl_live_{}", &acme.id[..8]);
    let keys = |part: &str| found(&["list", "--q", part], "keys", "key_id");
    assert_eq!(keys(&head), [&*acme.id]);
    assert_eq!(keys(&acme.id[2..]), [&*acme.id]);
    assert_eq!(keys("nothing_of_it"), [""; 0]);
    let of_provider = |part: &str| found(&["provider-key", "list", "--q", part], "keys", "key_id");
    assert_eq!(of_provider("terra"), [text(&program["key_id"])]);
    assert_eq!(of_provider("nothing_of_it"), [""; 0]);
    let clients = |more: &[&str]| {
        let arguments = [&["client", "list"], more].concat();
        found(&arguments, "clients", "client_id")
    };
    assert_eq!(clients(&["--q", "WIDGETS"]), ["widget_co"]);
    assert_eq!(clients(&["--external-id", "crm-7"]), [""; 0]);
    assert_eq!(clients(&["--order", "last_seen"]).len(), 2);
    let server = site.start();
    begin_session(&server, &acme.key);
    let sessions = found(&["sessions", "list"], "sessions", "session_id");
    assert_eq!(sessions, walk(&server, &acme.key, SESSIONS, 1).concat());
}
