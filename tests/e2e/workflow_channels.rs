//! Messages about incidents reach the channels of a client.

use crate::{
    process::{PATIENCE, Server},
    receiver::Receiver,
    site::Site,
    workflows::{await_that, entry, manager, put},
};
use central_logger_mail::testing::MailServer;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use std::time::Instant;

on_both_databases! {
    messages_come_signed_and_in_order_also_after_failures,
    a_channel_leads_to_public_addresses_unless_the_provider_says_so,
    nobody_is_sent_what_is_silenced,
    mail_tells_of_incidents_once_its_reader_has_said_so,
    a_channel_hears_of_its_own_workflows_only,
}

fn add(server: &Server, key: &str, channel: &Value) -> crate::http::Answer {
    let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
    let body = channel.to_string();
    server.send("POST", "/api/v1/channels", &headers, body.as_bytes())
}

fn reaching_anywhere(site: &Site) -> Server {
    let mut command = site.server();
    command.env("LOGGER_CHANNEL_REACH", "anywhere");
    Server::start(command)
}

fn messages_come_signed_and_in_order_also_after_failures(site: &Site) {
    let receiver = Receiver::answering(vec![500]);
    let manager = manager(site, "acme_corp");
    let server = reaching_anywhere(site);
    let url = format!("http://{}/hook", receiver.address);
    let made = add(&server, &manager, &json!({"kind": "webhook", "url": url})).json(201);
    let secret = made["secret"].as_str().unwrap();
    put(&server, &manager, &[], &json!({"every": "1h"})).json(200);
    server.post(&manager, entry("FAILED", "a", 0)).json(201);
    let refused = receiver.message();
    server.post(&manager, entry("SUCCESS", "b", 0)).json(201);
    let began = receiver.message();
    assert_eq!(
        began.headers()["webhook-id"],
        refused.headers()["webhook-id"]
    );
    let ended = receiver.message();
    for (message, kind) in [(&began, "incident.began"), (&ended, "incident.ended")] {
        let webhook = Webhook::new(secret).unwrap();
        webhook
            .verify(message.body().as_bytes(), message.headers())
            .unwrap();
        let body: Value = serde_json::from_str(message.body()).unwrap();
        assert_eq!(body["type"], kind);
        assert_eq!(body["data"]["workflow"], "backup");
    }
    let listed = await_that(|| {
        let listed = server.get(&manager, "/api/v1/channels").json(200);
        let channel = listed["channels"][0].clone();
        (channel["waiting"] == 0).then_some(channel).ok_or(listed)
    });
    assert_eq!(listed["secret"], Value::Null);
    let deliveries = listed["deliveries"].as_array().unwrap();
    assert_eq!(deliveries.len(), 3, "{listed:#}");
    assert!(deliveries[2]["error"].as_str().unwrap().contains("500"));
    let id = made["id"].as_str().unwrap();
    let headers = [("X-API-Key", &*manager)];
    let test = format!("/api/v1/channels/{id}/test");
    server.call("POST", &test, &headers).json(200);
    let body: Value = serde_json::from_str(receiver.message().body()).unwrap();
    assert_eq!(body["type"], "incident.test");
    let path = format!("/api/v1/channels/{id}");
    assert_eq!(server.call("DELETE", &path, &headers).status, 204);
    server.call("DELETE", &path, &headers).problem(404);
}

fn a_channel_leads_to_public_addresses_unless_the_provider_says_so(site: &Site) {
    let manager = manager(site, "acme_corp");
    let server = site.start();
    for url in [
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "http://hooks.example.com/hook",
        "https://user:password@hooks.example.com/hook",
        "nowhere",
    ] {
        let problem = add(&server, &manager, &json!({"kind": "webhook", "url": url})).problem(422);
        assert_eq!(problem["errors"][0]["field"], "url", "{problem}");
    }
    add(&server, &manager, &json!({"kind": "pigeon", "url": "x"})).problem(422);
    let public =
        json!({"kind": "webhook", "url": "https://hooks.example.com/1", "format": "slack"});
    for _ in 0..20 {
        add(&server, &manager, &public).json(201);
    }
    let problem = add(&server, &manager, &public).problem(409);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("at most 20 channels")
    );
}

fn nobody_is_sent_what_is_silenced(site: &Site) {
    let receiver = Receiver::answering(Vec::new());
    let manager = manager(site, "acme_corp");
    let server = reaching_anywhere(site);
    let url = format!("http://{}/hook", receiver.address);
    let channel = json!({"kind": "webhook", "url": url, "format": "discord"});
    add(&server, &manager, &channel).json(201);
    put(&server, &manager, &[], &json!({"every": "1h"})).json(200);
    let silence = "/api/v1/workflows/backup/monitor/silence?environment=prod";
    let headers = [
        ("X-API-Key", &*manager),
        ("Content-Type", "application/json"),
    ];
    server
        .send("POST", silence, &headers, br#"{"for":"1h"}"#)
        .json(200);
    server.post(&manager, entry("FAILED", "a", 0)).json(201);
    let began = Instant::now();
    await_that(|| {
        let all = server.get(&manager, "/api/v1/incidents").json(200);
        let is_there = all["incidents"][0]["kind"] == "run_failed";
        is_there.then_some(()).ok_or(all)
    });
    assert!(began.elapsed() < PATIENCE);
    let listed = server.get(&manager, "/api/v1/channels").json(200);
    assert_eq!(listed["channels"][0]["waiting"], 0);
    assert_eq!(listed["channels"][0]["deliveries"], json!([]));
}

fn mail_tells_of_incidents_once_its_reader_has_said_so(site: &Site) {
    let manager = manager(site, "acme_corp");
    let channel = json!({"kind": "mail", "address": "ops@acme.example"});
    let without = site.start();
    let problem = add(&without, &manager, &channel).problem(422);
    assert_eq!(problem["errors"][0]["field"], "kind", "{problem}");
    drop(without);
    let mailbox = MailServer::start().unwrap();
    let mut command = site.server();
    command.env("LOGGER_SMTP_URL", mailbox.url());
    command.env("LOGGER_SMTP_FROM", "logs@example.com");
    command.env("LOGGER_PUBLIC_URL", "http://logs.example.com");
    let server = Server::start(command);
    let wrong = json!({"kind": "mail", "address": "nobody"});
    let problem = add(&server, &manager, &wrong).problem(422);
    assert_eq!(problem["errors"][0]["field"], "address", "{problem}");
    let made = add(&server, &manager, &channel).json(201);
    assert_eq!((made.get("secret"), made.get("url")), (None, None));
    assert_eq!(made["confirmed"], false);
    put(&server, &manager, &[], &json!({"every": "1h"})).json(200);
    server.post(&manager, entry("FAILED", "a", 0)).json(201);
    await_that(|| {
        let all = server.get(&manager, "/api/v1/incidents").json(200);
        let is_there = all["incidents"][0]["kind"] == "run_failed";
        is_there.then_some(()).ok_or(all)
    });
    confirm(&server, &mailbox, &manager, &made);
    let before = mailbox.received().len();
    server.post(&manager, entry("SUCCESS", "b", 0)).json(201);
    server.post(&manager, entry("FAILED", "c", 0)).json(201);
    let mails = mailbox.wait_for(before + 2);
    let [over, began] = &mails[before..] else {
        panic!("{mails:?}")
    };
    assert_eq!(over.to, "ops@acme.example");
    assert!(over.header("Subject").unwrap().contains("is over"));
    assert_eq!(began.header("Subject").unwrap(), "backup failed");
    assert!(
        began.decoded().contains("a run ended FAILED"),
        "{}",
        began.decoded()
    );
}

/// Has the reader of the mailbox allow messages, in the ways that count and in those that do not.
fn confirm(server: &Server, mailbox: &MailServer, manager: &str, made: &Value) {
    let path = |mail: usize| {
        let link = mailbox.wait_for(mail + 1)[mail].link().unwrap();
        let path = link.strip_prefix("http://logs.example.com");
        path.unwrap().to_owned()
    };
    let (first, id) = (path(0), made["id"].as_str().unwrap());
    assert!(first.starts_with(&format!("/confirm/acme_corp/{id}/")));
    let headers = [("X-API-Key", manager)];
    let again = || {
        // A link on its way is as good as another one, and its mail is there before that is noted.
        await_that(|| {
            let listed = server.get(manager, "/api/v1/channels").json(200);
            let is_settled = listed["channels"][0]["waiting"] == 0;
            is_settled.then_some(()).ok_or(listed)
        });
        let test = format!("/api/v1/channels/{id}/test");
        server.call("POST", &test, &headers).json(200)
    };
    again();
    let second = path(1);
    assert_ne!(first, second);
    for _ in 0..2 {
        let looked = server.call("GET", &second, &[]);
        assert_eq!(looked.status, 200);
        assert_eq!(looked.header("cache-control"), Some("no-store"));
        assert!(looked.body.contains("ops@acme.example"), "{}", looked.body);
    }
    let foreign = [("Origin", "https://evil.example")];
    assert_eq!(server.call("POST", &second, &foreign).status, 403);
    for wrong in [
        format!("/confirm/acme_corp/{id}/{}", "0".repeat(64)),
        second.replace("acme_corp", "widget_co"),
        second.replace(id, "another"),
        format!("/confirm/acme_corp/{id}/guess"),
    ] {
        for method in ["GET", "POST"] {
            assert_eq!(server.call(method, &wrong, &[]).status, 410, "{wrong}");
        }
    }
    let listed = server.get(manager, "/api/v1/channels").json(200);
    assert_eq!(listed["channels"][0]["confirmed"], false);
    // Nobody can have a mailbox flooded.
    again();
    path(2);
    again();
    await_that(|| {
        let listed = server.get(manager, "/api/v1/channels").json(200);
        let error = listed["channels"][0]["deliveries"][0]["error"].as_str();
        let is_refused = error.is_some_and(|error| error.contains("enough links"));
        is_refused.then_some(()).ok_or(listed)
    });
    assert_eq!(server.call("POST", &second, &[]).status, 200);
    for used in [&first, &second] {
        assert_eq!(server.call("GET", used, &[]).status, 410);
        assert_eq!(server.call("POST", used, &[]).status, 410);
    }
    let listed = server.get(manager, "/api/v1/channels").json(200);
    let channel = &listed["channels"][0];
    assert_eq!(
        (&channel["confirmed"], &channel["waiting"]),
        (&json!(true), &json!(0))
    );
    let audit = server.get(manager, "/api/v1/audit").json(200).to_string();
    assert!(!audit.contains(second.rsplit('/').next().unwrap()));
}

fn a_channel_hears_of_its_own_workflows_only(site: &Site) {
    let [own, other] = [(); 2].map(|()| Receiver::answering(Vec::new()));
    let manager = manager(site, "acme_corp");
    let server = reaching_anywhere(site);
    for (receiver, workflow) in [(&own, "backup"), (&other, "report")] {
        let url = format!("http://{}/hook", receiver.address);
        let channel = json!({"kind": "webhook", "url": url, "workflows": [workflow]});
        add(&server, &manager, &channel).json(201);
    }
    put(&server, &manager, &[], &json!({"every": "1h"})).json(200);
    server.post(&manager, entry("FAILED", "a", 0)).json(201);
    assert!(own.message().body().contains("incident.began"));
    let listed = server.get(&manager, "/api/v1/channels").json(200);
    let of_other = &listed["channels"].as_array().unwrap()[..];
    let of_other = of_other
        .iter()
        .find(|one| one["workflows"] == json!(["report"]));
    let of_other = of_other.unwrap();
    assert_eq!(
        (&of_other["waiting"], &of_other["deliveries"]),
        (&json!(0), &json!([]))
    );
}
