//! The pages of the provider.

use super::browser::{Browser, FORM, SAME, form_token};
use crate::{
    http::{Answer, GUIDE_ENTRY},
    keys_over_http::manager,
    process::Server,
    sessions::{cookie, link, sign_in},
    site::Site,
};

on_both_databases! {
    the_provider_sees_all_clients_and_their_keys,
    the_provider_hands_a_key_over_by_a_link,
    the_provider_sees_the_console_as_a_client_does,
    the_trail_and_alerts_are_shown_and_acknowledged,
    a_client_gets_none_of_these_pages,
}

const CLIENTS: &str = "/console/provider/clients";
pub(super) const ACME: &str = "/console/provider/clients/acme_corp";
const LINKS: &str = "/console/provider/reveal-links";
const ALERTS: &str = "/console/provider/alerts";
const AUDIT: &str = "/console/provider/audit";
const PAGES: [&str; 7] = [
    CLIENTS,
    ACME,
    "/console/provider/keys",
    LINKS,
    ALERTS,
    AUDIT,
    "/console/provider/servers",
];

/// Somebody of the provider, signed in by a link.
pub(super) fn bob<'s>(site: &Site, server: &'s Server, scopes: &[&str]) -> Browser<'s> {
    let scopes = scopes.iter().flat_map(|scope| ["--scope", scope]);
    let arguments: Vec<_> = ["--provider", "--name", "Bob"]
        .into_iter()
        .chain(scopes)
        .collect();
    let signed_in = sign_in(server, &link(site, &arguments));
    Browser {
        server,
        cookie: cookie(&signed_in),
    }
}

pub(super) fn writing<'s>(site: &Site, server: &'s Server) -> Browser<'s> {
    bob(site, server, &["provider:read", "provider:write"])
}

/// Sends a form of a page of the session.
pub(super) fn submit(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let token = form_token(&browser.open(CLIENTS));
    let fields = [&[("form_token", &*token)], fields].concat();
    browser.send(path, &[SAME, FORM], &fields)
}

/// What stands between two parts of a page.
#[track_caller]
pub(super) fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let rest = page.split_once(before).expect(before).1;
    rest.split_once(after).expect(after).0
}

fn the_provider_sees_all_clients_and_their_keys(site: &Site) {
    let (acme, widget) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = site.start();
    server.post(&acme.key, GUIDE_ENTRY).json(201);
    let bob = bob(site, &server, &["provider:read"]);
    let page = bob.open(CLIENTS);
    assert!(bob.open("/console/provider").contains("acme_corp"));
    assert!(
        page.contains("acme_corp") && page.contains("widget_co"),
        "{page}"
    );
    let page = bob.open(&format!("{CLIENTS}?q=wid&order=last_seen"));
    assert!(
        !page.contains("acme_corp") && page.contains("widget_co"),
        "{page}"
    );
    assert_eq!(bob.ask(&format!("{CLIENTS}?order=size")).status, 422);
    let page = bob.open(ACME);
    assert!(
        page.contains(&acme.id) && !page.contains(&widget.id),
        "{page}"
    );
    assert!(
        !page.contains("Make a reveal link"),
        "Bob may only read: {page}"
    );
    let page = bob.open("/console/provider/keys");
    assert!(
        page.contains(&acme.id) && page.contains(&widget.id),
        "{page}"
    );
    let page = bob.open("/console/provider/keys?client_id=widget_co&status=active");
    assert!(
        !page.contains(&acme.id) && page.contains(&widget.id),
        "{page}"
    );
    for path in PAGES {
        let page = bob.open(path);
        assert!(!page.contains(&acme.key), "{page}");
        let hostile = bob.ask(&format!("{path}?q=%3Cscript%3E&client_id=x"));
        assert!(!hostile.body.contains("<script>"), "{hostile:?}");
    }
    assert_eq!(bob.ask(&format!("{CLIENTS}/nobody")).status, 404);
    assert_eq!(bob.ask(&format!("{CLIENTS}/No%20Body")).status, 404);
}

fn the_provider_hands_a_key_over_by_a_link(site: &Site) {
    let server = site.start();
    let bob = writing(site, &server);
    let set_up = submit(
        &bob,
        CLIENTS,
        &[("client_id", "acme_corp"), ("name", "Acme <b>")],
    );
    assert_eq!(set_up.header("location"), Some(ACME), "{set_up:?}");
    let page = bob.open(ACME);
    assert!(page.contains("Acme &lt;b&gt;"), "{page}");
    assert_eq!(
        submit(&bob, CLIENTS, &[("client_id", "Acme Corp")]).status,
        422
    );

    let at = format!("{ACME}/reveal-link");
    let wrong = submit(&bob, &at, &[("expires_in", "soon")]);
    assert_eq!(wrong.status, 422);
    let fields = [
        ("name", "billing"),
        ("expires_in", "90d"),
        ("passphrase", "sesame"),
    ];
    let made = submit(&bob, &at, &fields);
    assert_eq!(made.status, 200, "{made:?}");
    let path = between(&made.body, "/reveal/", "<");
    let path = format!("/reveal/{path}");
    assert!(bob.open(LINKS).contains("waiting"));
    let form = server.send("POST", &path, &[FORM], b"passphrase=sesame");
    let key = form.json(200);
    server
        .post(key["api_key"].as_str().unwrap(), GUIDE_ENTRY)
        .json(201);
    let page = bob.open(LINKS);
    assert!(page.contains("revealed") && page.contains(key["key_id"].as_str().unwrap()));

    let made = submit(&bob, &at, &[]);
    let path = format!("/reveal/{}", between(&made.body, "/reveal/", "<"));
    let links = site.admin_json(&["reveal-links", "list"]);
    let id = links["links"][0]["id"].as_str().unwrap();
    let withdrawn = submit(&bob, &format!("{LINKS}/{id}/withdraw"), &[]);
    assert_eq!(withdrawn.status, 200, "{withdrawn:?}");
    server.call("POST", &path, &[]).problem(410);

    let fields = [("name", "Alice"), ("scope", "logs:read")];
    let made = submit(&bob, &format!("{ACME}/sign-in-link"), &fields);
    let path = format!("/sign-in/{}", between(&made.body, "/sign-in/", "<"));
    assert_eq!(sign_in(&server, &path).status, 303);
    // A form of another session, or of none.
    let foreign = bob.send(&at, &[SAME, FORM], &[("form_token", "guess")]);
    assert_eq!(foreign.status, 403);
}

fn the_provider_sees_the_console_as_a_client_does(site: &Site) {
    let key = site.issue("acme_corp");
    let server = site.start();
    let bob = writing(site, &server);
    let begun = submit(&bob, &format!("{ACME}/see"), &[]);
    assert_eq!(begun.status, 303, "{begun:?}");
    let as_client = Browser {
        server: &server,
        cookie: cookie(&begun),
    };
    let page = as_client.open("/console/sessions");
    assert!(page.contains("You see this as"), "{page}");
    assert!(
        page.contains("Bob") && page.contains("of the provider"),
        "the client sees who it is: {page}"
    );
    let me = as_client.ask("/api/v1/whoami").json(200);
    assert_eq!(me["client_id"], "acme_corp");
    assert_eq!(me["scopes"], serde_json::json!(["logs:read"]));
    let sessions = site.admin_json(&["sessions", "list", "--client", "acme_corp"]);
    let session = &sessions["sessions"][0];
    assert_eq!(session["by_provider"], true);
    let ends = |member: &str| session[member].as_str().unwrap().to_owned();
    assert_eq!(ends("idle_ends_at"), ends("expires_at"));
    let own = Browser::with_key(&server, &key.key);
    assert!(!own.open("/console/sessions").contains("You see this as"));
    let trail = site.admin_json(&["audit"]).to_string();
    assert!(
        trail.contains("Bob") && trail.contains("by_provider"),
        "{trail}"
    );
    // The client's part of the trail says that it was the provider, and not who.
    let manager = manager(site, "acme_corp");
    let own = server.get(&manager.key, "/api/v1/audit").json(200);
    let entries = own["entries"].as_array().unwrap().iter();
    let sign_in: Vec<_> = entries
        .filter(|entry| entry["action"] == "sign_in")
        .map(|entry| (&entry["actor"]["kind"], &entry["after"]["by_provider"]))
        .collect();
    let expected = (&serde_json::json!("provider"), &serde_json::json!(true));
    assert_eq!(sign_in[0], expected, "{own}");
    assert!(!own.to_string().contains("Bob"), "{own}");
    assert_eq!(
        submit(&bob, &format!("{CLIENTS}/nobody/see"), &[]).status,
        404
    );
    let reading = self::bob(site, &server, &["provider:read"]);
    assert_eq!(submit(&reading, &format!("{ACME}/see"), &[]).status, 403);
}

fn the_trail_and_alerts_are_shown_and_acknowledged(site: &Site) {
    let key = site.issue("acme_corp");
    site.issue("widget_co");
    let server = site.start();
    let alert = site.raise("acme_corp");
    let bob = writing(site, &server);
    let page = bob.open(AUDIT);
    assert!(
        page.contains(&key.id) && page.contains("widget_co"),
        "{page}"
    );
    let page = bob.open(&format!("{AUDIT}?q=acme"));
    assert!(
        page.contains(&key.id) && !page.contains("widget_co"),
        "{page}"
    );
    for nothing in [
        "q=nobody",
        "actor=nobody",
        "action=restore",
        "client_id=acme&to=2020-01-01T00:00:00Z",
        "client_id=acme&from=2999-01-01T00:00",
    ] {
        let page = bob.open(&format!("{AUDIT}?{nothing}"));
        assert!(page.contains("No entry fits"), "{nothing}: {page}");
    }
    for found in [
        "client_id=acme&action=issue",
        "client_id=acme_corp&from=2020-01-01T00:00&to=2999-01-01T00:00:00Z",
    ] {
        let page = bob.open(&format!("{AUDIT}?{found}"));
        assert!(
            page.contains(&key.id) && !page.contains("widget_co"),
            "{found}: {page}"
        );
    }
    assert_eq!(bob.ask(&format!("{AUDIT}?action=delete")).status, 422);
    let verified = submit(&bob, &format!("{AUDIT}/verify"), &[]);
    assert!(
        verified.body.contains("The trail is intact"),
        "{verified:?}"
    );

    let page = bob.open(ALERTS);
    assert!(page.contains("Acknowledge"), "{page}");
    let seen = submit(&bob, &format!("{ALERTS}/{alert}/acknowledge"), &[]);
    assert_eq!(seen.status, 200, "{seen:?}");
    assert!(seen.body.contains("Bob"), "{seen:?}");
    let unknown = submit(&bob, &format!("{ALERTS}/0000000000000000/acknowledge"), &[]);
    assert_eq!(unknown.status, 404);
}

fn a_client_gets_none_of_these_pages(site: &Site) {
    let all = ["logs:write", "logs:read", "keys:manage"];
    let scopes = all.iter().flat_map(|scope| ["--scope", scope]);
    let arguments: Vec<_> = ["--client", "acme_corp"]
        .into_iter()
        .chain(scopes)
        .collect();
    let key = site.issue_with(&arguments);
    let server = site.start();
    let client = Browser::with_key(&server, &key.key);
    let token = form_token(&client.open("/console/sessions"));
    for path in PAGES {
        let answer = client.ask(path);
        assert_eq!(answer.status, 303, "{path}: {answer:?}");
        let fields = [("form_token", &*token), ("client_id", "mine")];
        let sent = client.send(path, &[SAME, FORM], &fields);
        assert!([303, 403, 405].contains(&sent.status), "{path}: {sent:?}");
    }
    for path in ["see", "reveal-link", "sign-in-link"] {
        let path = format!("{ACME}/{path}");
        let sent = client.send(&path, &[SAME, FORM], &[("form_token", &token)]);
        assert!([303, 403].contains(&sent.status), "{path}: {sent:?}");
        assert!(sent.header("set-cookie").is_none());
    }
    let sessions = site.admin_json(&["sessions", "list"]);
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1);
}
