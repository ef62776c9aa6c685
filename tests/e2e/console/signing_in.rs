//! Getting in and out, and what every page is sealed with.

use super::browser::{Browser, FORM, SAME, form_token, sign_in};
use crate::{
    http::{Answer, GUIDE_ENTRY},
    sessions::{link, under},
    site::Site,
};

on_both_databases! {
    a_key_is_exchanged_for_a_session_that_signs_out,
    a_form_is_taken_from_a_page_of_its_own_session_alone,
    a_person_ends_other_sessions,
    whoever_comes_from_another_site_asks_again_once,
    every_page_is_sealed,
    people_of_the_provider_have_pages_of_their_own,
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

#[track_caller]
fn leads_to(answer: &Answer, path: &str) {
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some(path)),
        "{answer:?}"
    );
}

fn a_key_is_exchanged_for_a_session_that_signs_out(site: &Site) {
    let key = site.issue("acme_corp");
    let server = site.start();
    leads_to(&server.call("GET", "/", &[]), "/console");
    leads_to(
        &server.call("GET", "/console", &[]),
        "/console/sign-in?next=%2Fconsole",
    );
    let asked_for = server.call("GET", "/console/sessions?a=b", &[]);
    let sign_in_page = "/console/sign-in?next=%2Fconsole%2Fsessions%3Fa%3Db";
    leads_to(&asked_for, sign_in_page);
    let page = server.call("GET", sign_in_page, &[]);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("type=\"password\""), "{page:?}");
    assert!(
        page.body.contains("value=\"/console/sessions?a=b\""),
        "{page:?}"
    );

    for (fields, says) in [
        (&[("key", "wrong")][..], "This key is not valid."),
        (&[("key", "")], "Enter a key."),
        (&[], "Enter a key."),
    ] {
        let again = sign_in(&server, &[SAME, FORM], fields);
        assert_eq!(again.status, 422, "{again:?}");
        assert!(
            again.body.contains(says) && !again.body.contains("wrong"),
            "{again:?}"
        );
    }
    let fields = [("key", &*key.key), ("next", "/console/sessions?a=b")];
    for foreign in [
        &[FORM][..],
        &[FORM, ("Sec-Fetch-Site", "cross-site")],
        &[FORM, ("Origin", "https://evil.example")],
    ] {
        assert_eq!(sign_in(&server, foreign, &fields).status, 403);
    }
    leads_to(
        &sign_in(&server, &[SAME, FORM], &fields),
        "/console/sessions?a=b",
    );
    let elsewhere = [("key", &*key.key), ("next", "//evil.example")];
    leads_to(&sign_in(&server, &[SAME, FORM], &elsewhere), "/console");

    let browser = Browser::with_key(&server, &key.key);
    assert_eq!(browser.ask("/console").status, 303);
    let page = browser.open("/console/sessions");
    assert!(
        page.contains("acme_corp") && page.contains(&key.id),
        "{page}"
    );
    assert!(!page.contains(&key.key));
    let out = browser.submit("/console/sign-out", &[]);
    leads_to(&out, "/console/sign-in?signed_out=1");
    assert_eq!(
        out.header("clear-site-data"),
        Some("\"cache\", \"storage\"")
    );
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(browser.ask("/console/sessions").status, 303);
}

fn a_form_is_taken_from_a_page_of_its_own_session_alone(site: &Site) {
    let (key, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = site.start();
    let browser = Browser::with_key(&server, &key.key);
    let stranger = Browser::with_key(&server, &other.key);
    let token = form_token(&browser.open("/console/sessions"));
    let theirs = form_token(&stranger.open("/console/sessions"));
    assert_ne!(token, theirs);
    let path = "/console/sign-out";
    for (headers, fields) in [
        (&[SAME, FORM][..], &[][..]),
        (&[SAME, FORM], &[("form_token", "")]),
        (&[SAME, FORM], &[("form_token", &*theirs)]),
        (&[FORM], &[("form_token", &*token)]),
        (&[FORM, ("Origin", "null")], &[("form_token", &*token)]),
        (
            &[FORM, ("Sec-Fetch-Site", "same-site")],
            &[("form_token", &*token)],
        ),
        (
            &[SAME, ("Content-Type", "text/plain")],
            &[("form_token", &*token)],
        ),
        (
            &[SAME, ("Content-Type", "application/json")],
            &[("form_token", &*token)],
        ),
    ] {
        let refused = browser.send(path, headers, fields);
        assert_eq!(refused.status, 403, "{headers:?}: {refused:?}");
        let media_type = refused.header("content-type");
        assert_eq!(media_type, Some("text/html; charset=utf-8"));
    }
    // A route of the API takes no form, even in the same session.
    let form = browser.send("/api/v1/logs", &[SAME, FORM], &[("form_token", &token)]);
    form.problem(403);
    assert_eq!(browser.ask("/console/sessions").status, 200);
    leads_to(
        &browser.send(path, &[SAME, FORM], &[("form_token", &token)]),
        "/console/sign-in?signed_out=1",
    );
}

fn a_person_ends_other_sessions(site: &Site) {
    let (key, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let server = site.start();
    let [browser, second] = [(); 2].map(|()| Browser::with_key(&server, &key.key));
    let stranger = Browser::with_key(&server, &other.key);
    let id = |browser: &Browser<'_>| {
        let me = under(&server, &browser.cookie, "/api/v1/whoami").json(200);
        me["session_id"].as_str().unwrap().to_owned()
    };
    let path = |id: &str| format!("/console/sessions/{id}/end");
    for absent in [id(&stranger), "4fT9aXk20bQz".to_owned(), "x".to_owned()] {
        let refused = browser.submit(&path(&absent), &[]);
        assert_eq!(refused.status, 404, "{refused:?}");
        assert!(!refused.body.contains("widget_co"));
    }
    assert_eq!(stranger.ask("/console/sessions").status, 200);
    let ended = browser.submit(&path(&id(&second)), &[]);
    assert_eq!(ended.status, 200);
    assert!(
        ended.body.contains("No server accepts it any more."),
        "{ended:?}"
    );
    assert_eq!(second.ask("/console/sessions").status, 303);
}

fn whoever_comes_from_another_site_asks_again_once(site: &Site) {
    let key = site.issue("acme_corp");
    let server = site.start();
    let path = "/console/sessions?q=%22a%22";
    let from = |site: &str| {
        let headers = [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "navigate")];
        server.call("GET", path, &headers)
    };
    for elsewhere in ["cross-site", "same-site"] {
        let page = from(elsewhere);
        assert_eq!(page.status, 200);
        let refresh = "<meta http-equiv=\"refresh\" content=\"0;url=/console/sessions?q=%22a%22\">";
        assert!(page.body.contains(refresh), "{page:?}");
    }
    for here in ["same-origin", "none"] {
        assert_eq!(from(here).status, 303, "{here}");
    }
    let browser = Browser::with_key(&server, &key.key);
    let headers = [
        ("Cookie", &*browser.cookie),
        ("Sec-Fetch-Site", "cross-site"),
    ];
    assert_eq!(server.call("GET", path, &headers).status, 200);
}

fn every_page_is_sealed(site: &Site) {
    let key = site.issue("acme_corp");
    let server = site.start();
    server.post(&key.key, GUIDE_ENTRY).json(201);
    let browser = Browser::with_key(&server, &key.key);
    let pages = [
        (browser.ask("/console/sessions"), 200, POLICY),
        (browser.ask("/console/nothing"), 404, ""),
        (browser.ask("/console/sessions/x/end"), 405, ""),
        (
            browser.send("/console/sign-out", &[SAME, FORM], &[]),
            403,
            "",
        ),
        (server.call("GET", "/console/sign-in", &[]), 200, ""),
    ];
    for (page, status, policy) in &pages {
        assert_eq!(page.status, *status, "{page:?}");
        let found = page.header("content-security-policy").unwrap();
        match *policy {
            "" => assert!(
                found.starts_with("default-src 'none'; style-src 'self'"),
                "{found}"
            ),
            policy => assert_eq!(found, policy),
        }
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(page.header(name), Some(value), "{page:?}");
        }
        assert!(page.header("set-cookie").is_none());
        for loading in ["<style", "style=", "onclick", "http://", "https://"] {
            assert!(!page.body.contains(loading), "{loading}: {page:?}");
        }
    }
    let page = &pages[0].0.body;
    for (start, media_type) in [
        ("/console/assets/style-", "text/css; charset=utf-8"),
        ("/console/assets/console-", "text/javascript; charset=utf-8"),
    ] {
        let place = page
            .find(start)
            .unwrap_or_else(|| panic!("{start} in {page}"));
        let path = page[place..].split('"').next().unwrap();
        let asset = server.call("GET", path, &[]);
        assert_eq!(
            (asset.status, asset.header("content-type")),
            (200, Some(media_type))
        );
        let kept = asset.header("cache-control");
        assert_eq!(kept, Some("public, max-age=31536000, immutable"));
        let other = format!("{start}0.{}", path.rsplit_once('.').unwrap().1);
        let other = server.call("GET", &other, &[]);
        assert_eq!(
            (other.status, other.header("cache-control")),
            (200, Some("no-cache"))
        );
    }
    server.call("GET", "/console/assets/x", &[]).problem(404);
}

fn people_of_the_provider_have_pages_of_their_own(site: &Site) {
    let client = site.issue("acme_corp");
    let server = site.start();
    let path = link(site, &["--provider", "--name", "Petra"]);
    let signed_in = server.call("POST", &path, &[]);
    leads_to(&signed_in, "/console");
    let browser = Browser {
        server: &server,
        cookie: crate::sessions::cookie(&signed_in),
    };
    leads_to(&browser.ask("/console"), "/console/provider");
    assert!(browser.open("/console/provider").contains("Petra"));
    assert_eq!(browser.ask("/console/sessions").status, 303);
    let of_client = Browser::with_key(&server, &client.key);
    assert_eq!(of_client.ask("/console/provider").status, 303);
}

#[test]
fn without_a_console_nobody_signs_in() {
    let site = Site::on_sqlite();
    let key = site.issue("acme_corp");
    let provider = site.issue_to_provider("provider:write").key;
    let path = link(&site, &["--client", "acme_corp"]);
    site.write(".env", "LOGGER_CONSOLE=off\n");
    let server = site.start();
    for page in [
        "/",
        "/console",
        "/console/sign-in",
        "/console/assets/style-1.css",
    ] {
        server.call("GET", page, &[]).problem(404);
    }
    server.call("GET", &path, &[]).problem(409);
    server.call("POST", &path, &[]).problem(409);
    let headers = [
        ("X-API-Key", &*provider),
        ("Content-Type", "application/json"),
    ];
    let wanted = b"{\"client_id\":\"acme_corp\"}";
    server
        .send("POST", "/api/v1/provider/sign-in-links", &headers, wanted)
        .problem(409);
    server.get(&key.key, "/api/v1/whoami").json(200);
}
