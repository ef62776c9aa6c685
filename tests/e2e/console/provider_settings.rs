//! What the provider sets for a client, ends and looks into.

use super::{
    browser::Browser,
    provider_pages::{ACME, between, bob, submit, writing},
};
use crate::{
    intake::{JSON, LOKI},
    sessions::{link, sign_in},
    site::Site,
    workflows::await_that,
};

on_both_databases! {
    what_is_set_for_a_client_is_changed_in_a_form,
    sessions_of_a_client_are_ended_and_servers_are_shown,
    a_client_that_only_had_a_sign_in_link_has_a_page,
    what_shippers_sent_is_shown_with_what_was_refused,
}

const SETTINGS: &str = "/console/provider/clients/acme_corp/settings";

fn what_is_set_for_a_client_is_changed_in_a_form(site: &Site) {
    site.issue("acme_corp");
    let server = site.start();
    let bob = writing(site, &server);
    let version =
        |page: &str| between(page, "name=\"version\" value=\"", "\">").replace("&quot;", "\"");
    let page = bob.open(ACME);
    let before = version(&page);
    let keep = between(&page, "name=\"keep\" value=\"", "\"").to_owned();
    let fields = [
        ("version", &*before),
        ("name", "Acme <b>"),
        ("keep", &*keep),
        ("self_service", "true"),
        ("max_keys", "3"),
        ("entries_per_day", "1000"),
    ];
    let saved = submit(&bob, SETTINGS, &fields);
    assert_eq!(saved.status, 200, "{saved:?}");
    assert!(
        saved.body.contains("Saved.") && saved.body.contains("Acme &lt;b&gt;"),
        "{saved:?}"
    );
    let shown = site.admin_json(&["client", "show", "acme_corp"]);
    assert_eq!(shown["name"], "Acme <b>");
    assert_eq!(shown["policy"]["max_keys"], 3);
    assert_eq!(shown["quota"]["entries_per_day"], 1000);
    let trail = site.admin_json(&["audit"]).to_string();
    assert!(trail.contains("Bob"), "{trail}");

    let late = submit(&bob, SETTINGS, &fields);
    assert_eq!(late.status, 409, "the version is an older one: {late:?}");
    let now = version(&bob.open(ACME));
    let same = [
        ("version", &*now),
        ("name", "Acme <b>"),
        ("keep", &*keep),
        ("self_service", "true"),
        ("max_keys", "3"),
        ("entries_per_day", "1000"),
    ];
    let same = submit(&bob, SETTINGS, &same);
    assert!(same.body.contains("Nothing was changed"), "{same:?}");
    let wrong = [("version", &*now), ("keep", "soon"), ("max_keys", "many")];
    let wrong = submit(&bob, SETTINGS, &wrong);
    assert_eq!(wrong.status, 422, "{wrong:?}");
    let reading = self::bob(site, &server, &["provider:read"]);
    assert!(!reading.open(ACME).contains("name=\"version\""));
    let refused = submit(&reading, SETTINGS, &[("version", &*now), ("name", "x")]);
    assert_eq!(refused.status, 403, "{refused:?}");
}

fn sessions_of_a_client_are_ended_and_servers_are_shown(site: &Site) {
    let (key, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = site.start();
    let bob = writing(site, &server);
    let alice = Browser::with_key(&server, &key.key);
    let stranger = Browser::with_key(&server, &other.key);
    let sessions = site.admin_json(&["sessions", "list", "--client", "acme_corp"]);
    let id = sessions["sessions"][0]["session_id"].as_str().unwrap();
    assert!(bob.open(ACME).contains(id));
    let foreign = format!("/console/provider/clients/widget_co/sessions/{id}/end");
    assert_eq!(submit(&bob, &foreign, &[]).status, 404);
    let ended = submit(&bob, &format!("{ACME}/sessions/{id}/end"), &[]);
    assert_eq!(ended.status, 200, "{ended:?}");
    assert_eq!(alice.ask("/console/workflows").status, 303);
    let again = Browser::with_key(&server, &key.key);
    assert_eq!(
        submit(&bob, &format!("{ACME}/sessions/end"), &[]).status,
        200
    );
    assert_eq!(again.ask("/console/workflows").status, 303);
    stranger.open("/console/workflows");

    // Others of the same key, ended by one of them.
    let (one, two) = (
        Browser::with_key(&server, &key.key),
        Browser::with_key(&server, &key.key),
    );
    let ended = one.submit("/console/sessions/end", &[]);
    assert!(ended.body.contains("1 session ended"), "{ended:?}");
    assert_eq!(two.ask("/console/workflows").status, 303);
    one.open("/console/workflows");
    stranger.open("/console/workflows");

    // The server notes how far it has followed when it renews its lease.
    let page = await_that(|| {
        let page = bob.open("/console/provider/servers");
        match page.contains("up to date") {
            true => Ok(page),
            false => Err(page.into()),
        }
    });
    assert!(page.contains("Version"), "{page}");
    let listed = bob.ask("/api/v1/provider/servers").json(200);
    assert_eq!(listed["servers"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed["servers"][0]["changes_behind"], 0, "{listed}");
}

fn a_client_that_only_had_a_sign_in_link_has_a_page(site: &Site) {
    let server = site.start();
    let bob = writing(site, &server);
    assert_eq!(bob.ask(ACME).status, 404);
    let path = link(site, &["--client", "acme_corp", "--name", "Alice"]);
    assert!(bob.open("/console/provider/audit").contains(ACME));
    assert!(bob.open(ACME).contains("There are no keys."));
    sign_in(&server, &path);
    let page = bob.open(ACME);
    assert!(page.contains("Alice"), "{page}");
    let version = between(&page, "name=\"version\" value=\"", "\">").replace("&quot;", "\"");
    let keep = between(&page, "name=\"keep\" value=\"", "\"");
    let fields = [
        ("version", &*version),
        ("name", "Acme"),
        ("keep", keep),
        ("self_service", "true"),
    ];
    let saved = submit(&bob, SETTINGS, &fields);
    assert!(saved.body.contains("Saved."), "{saved:?}");
    let shown = site.admin_json(&["client", "show", "acme_corp"]);
    assert_eq!(shown["name"], "Acme");
}

fn what_shippers_sent_is_shown_with_what_was_refused(site: &Site) {
    let (key, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = site.start();
    let browser = Browser::with_key(&server, &key.key);
    assert!(
        browser
            .open("/console/intake")
            .contains("Nothing came in another protocol")
    );
    let headers = [("Content-Type", JSON), ("X-API-Key", &*key.key)];
    let stored = server.send("POST", "/loki/api/v1/push", &headers, LOKI.as_bytes());
    assert_eq!(stored.status, 204, "{stored:?}");
    let broken = "{\"streams\": \"<img src=x>\"}";
    let refused = server.send("POST", "/loki/api/v1/push", &headers, broken.as_bytes());
    assert_eq!(refused.status, 400, "{refused:?}");
    let page = browser.open("/console/intake");
    assert!(
        page.contains("loki") && page.contains("The last refusals"),
        "{page}"
    );
    assert!(page.contains("&lt;img") && !page.contains("<img"), "{page}");
    let stranger = Browser::with_key(&server, &other.key);
    assert!(!stranger.open("/console/intake").contains("loki"));
}
