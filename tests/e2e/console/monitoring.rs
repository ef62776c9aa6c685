//! Monitors, incidents and channels as people see them.

use super::browser::{Browser, FORM, SAME, form_token};
use crate::{
    site::Site,
    workflows::{await_runs, await_that, entry, manager},
};
use serde_json::json;

on_both_databases! {
    a_monitor_is_previewed_set_silenced_and_removed,
    incidents_stand_with_their_evidence,
    a_channel_is_made_tested_and_removed,
    a_badge_is_made_and_withdrawn,
}

const MONITOR: &str = "/console/workflows/backup/monitor?environment=prod";

fn a_monitor_is_previewed_set_silenced_and_removed(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    let browser = Browser::with_key(&server, &key);
    let form = browser.open(MONITOR);
    assert!(form.contains("It has not run yet"), "{form}");
    let token = form_token(&form);
    let send = |fields: &[(&str, &str)]| {
        let fields = [&[("form_token", &*token)], fields].concat();
        browser.send(MONITOR, &[SAME, FORM], &fields)
    };
    let cron = [("cron", "30 2 * * *"), ("time_zone", "Europe/Berlin")];
    let previewed = send(&[&[("action", "preview")], &cron[..]].concat());
    assert_eq!(
        previewed.body.matches("<li><time").count(),
        5,
        "{}",
        previewed.body
    );
    let shown = server.get(&key, "/api/v1/workflows").json(200);
    assert_eq!(shown["workflows"], json!([]), "a preview changes nothing");
    let wrong = send(&[("action", "set"), ("cron", "0 3 30 2 *")]);
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("never comes"), "{}", wrong.body);
    let set = send(
        &[
            &[
                ("action", "set"),
                ("fail_after", "2"),
                ("failed", "NOPE, BAD"),
            ],
            &cron[..],
        ]
        .concat(),
    );
    assert!(set.body.contains("The workflow is watched"), "{}", set.body);
    let path = "/api/v1/workflows/backup/monitor?environment=prod";
    let monitor = server.get(&key, path).json(200);
    assert_eq!(monitor["cron"], "30 2 * * *");
    assert_eq!(
        (&monitor["fail_after"], &monitor["failed"]),
        (&json!(2), &json!(["NOPE", "BAD"]))
    );
    let silenced = send(&[("action", "silence"), ("for", "8h")]);
    assert!(
        silenced.body.contains("Silenced until"),
        "{}",
        silenced.body
    );
    let removed = send(&[("action", "remove")]);
    assert!(removed.body.contains("Nothing is expected of it any more"));
    server.get(&key, path).problem(404);
    let reader = site.issue("acme_corp");
    let reader = Browser::with_key(&server, &reader.key);
    assert_eq!(reader.ask(MONITOR).status, 403);
}

fn incidents_stand_with_their_evidence(site: &Site) {
    let key = manager(site, "acme_corp");
    let other = manager(site, "widget_co");
    let server = site.start();
    let browser = Browser::with_key(&server, &key);
    assert!(browser.open("/console/incidents").contains("No incidents"));
    crate::workflows::put(&server, &key, &[], &json!({"every": "1h"})).json(200);
    server.post(&key, entry("FAILED", "a", 0)).json(201);
    await_that(|| {
        let page = browser.open("/console/incidents");
        page.contains("a run ended FAILED")
            .then_some(())
            .ok_or(json!(page))
    });
    let page = browser.open("/console/workflows/backup?environment=prod");
    assert!(page.contains("It failed"), "{page}");
    assert!(page.contains("a run ended FAILED"), "{page}");
    let page = browser.open("/console/incidents?open=true&workflow=backup");
    assert!(
        page.contains("/console/workflows/backup/monitor?environment=prod"),
        "{page}"
    );
    assert!(
        browser
            .open("/console/incidents?workflow=x")
            .contains("No incidents")
    );
    let stranger = Browser::with_key(&server, &other);
    assert!(stranger.open("/console/incidents").contains("No incidents"));
}

fn a_channel_is_made_tested_and_removed(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    let browser = Browser::with_key(&server, &key);
    let page = browser.open("/console/channels");
    let token = form_token(&page);
    let fields = |url| {
        [
            ("form_token", &*token),
            ("request", "once-more"),
            ("kind", "webhook"),
            ("url", url),
            ("format", "standard"),
            ("workflows", "backup, report"),
            ("quiet_from", "22:00"),
            ("quiet_to", "07:00"),
            ("quiet_zone", "Europe/Berlin"),
        ]
    };
    let send = |url| browser.send("/console/channels", &[SAME, FORM], &fields(url));
    let wrong = send("nowhere");
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.body.contains("value=\"22:00\""),
        "what was filled in stays"
    );
    let url = "https://hooks.example.com/secret-path";
    let made = send(url);
    assert!(made.body.contains("whsec_"), "{}", made.body);
    let again = send(url);
    assert!(!again.body.contains("whsec_"));
    let listed = server.get(&key, "/api/v1/channels").json(200);
    let channels = listed["channels"].as_array().unwrap();
    assert_eq!(channels.len(), 1, "{listed}");
    assert_eq!(channels[0]["workflows"], json!(["backup", "report"]));
    assert_eq!(channels[0]["quiet_hours"]["from"], "22:00");
    let page = browser.open("/console/channels");
    assert!(
        page.contains("https://hooks.example.com") && !page.contains("secret-path"),
        "{page}"
    );
    let id = channels[0]["id"].as_str().unwrap();
    let own = [("form_token", &*token)];
    let press = |what: &str| {
        browser.send(
            &format!("/console/channels/{id}/{what}"),
            &[SAME, FORM],
            &own,
        )
    };
    assert!(press("test").body.contains("on its way"));
    assert!(press("remove").body.contains("removed"));
    assert_eq!(press("remove").status, 404);
}

fn a_badge_is_made_and_withdrawn(site: &Site) {
    let key = manager(site, "acme_corp");
    let server = site.start();
    server.post(&key, entry("SUCCESS", "a", 0)).json(201);
    await_runs(&server, &key, "backup", 1);
    let browser = Browser::with_key(&server, &key);
    let token = form_token(&browser.open("/console/channels"));
    let fields = [
        ("form_token", &*token),
        ("shows", "badge"),
        ("of", "backup"),
        ("names", "on"),
    ];
    let made = browser.send("/console/status-links", &[SAME, FORM], &fields);
    let place = made.body.find("/badge/").unwrap();
    let path = made.body[place..].split('<').next().unwrap();
    let badge = server.call("GET", path, &[]);
    assert!(
        badge.body.contains("<title>backup: unwatched</title>"),
        "{}",
        badge.body
    );
    let links = server.get(&key, "/api/v1/status-links").json(200);
    let id = links["links"][0]["id"].as_str().unwrap();
    let withdraw = format!("/console/status-links/{id}/withdraw");
    let own = [("form_token", &*token)];
    assert!(
        browser
            .send(&withdraw, &[SAME, FORM], &own)
            .body
            .contains("shows nothing")
    );
    server.call("GET", path, &[]).problem(404);
}
