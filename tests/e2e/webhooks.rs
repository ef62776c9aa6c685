//! Alerts on their way to a receiver.

use crate::{
    alerts::await_alerts,
    exposition::Measured,
    process::{PATIENCE, Server},
    receiver::Receiver,
    site::Site,
};
use serde_json::{Value, json};
use std::{process::Command, thread, time::Duration, time::Instant};

on_both_databases! {
    an_alert_reaches_the_receiver_after_failures_and_a_crash,
    a_receiver_on_this_machine_must_be_allowed,
    each_receiver_has_a_secret_of_its_own,
}

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn with_webhook(site: &Site, receiver: &Receiver) -> Command {
    site.write("webhook.secrets", SECRET);
    let mut command = site.server();
    let url = format!("http://{}/alerts?token=t0k3n", receiver.address);
    command.env("LOGGER_WEBHOOK_URL", url);
    command.env("LOGGER_WEBHOOK_SECRET_FILE", "webhook.secrets");
    command
}

/// Has something suspicious done.
fn provoke(site: &Site, server: &Server) {
    let issued = site.issue("acme_corp");
    site.admin_json(&["revoke", &issued.id, "--yes"]);
    server.get(&issued.key, "/api/v1/whoami").problem(401);
}

/// The alert, when its delivery stands like this.
fn await_delivery(site: &Site, stands: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let alert = await_alerts(site, 1).remove(0);
        if stands(&alert["delivery"]) {
            return alert;
        }
        assert!(began.elapsed() < PATIENCE, "{alert}");
        thread::sleep(Duration::from_millis(200));
    }
}

fn an_alert_reaches_the_receiver_after_failures_and_a_crash(site: &Site) {
    let receiver = Receiver::answering(vec![500]);
    let mut command = with_webhook(site, &receiver);
    command.env("LOGGER_WEBHOOK_REACH", "anywhere");
    let server = Server::start(command);
    provoke(site, &server);
    let refused = receiver.message();
    let alert = await_delivery(site, |delivery| delivery["attempts"] == 1);
    assert_eq!(alert["delivery"]["state"], "pending");
    let error = alert["delivery"]["error"].as_str().unwrap();
    assert!(error.contains("500"), "{error}");
    let table = site.admin(&["alerts"]).stdout;
    assert!(table.contains("open, to be delivered"), "{table}");
    server.kill();

    let mut command = with_webhook(site, &receiver);
    command.env("LOGGER_WEBHOOK_REACH", "anywhere");
    let server = Server::start(command);
    let taken = receiver.message();
    assert_eq!(
        taken.headers()["webhook-id"],
        refused.headers()["webhook-id"]
    );
    assert_eq!(taken.uri(), "/alerts?token=t0k3n");
    let reference = standardwebhooks::Webhook::new(SECRET).unwrap();
    let verified = reference.verify(taken.body().as_bytes(), taken.headers());
    assert!(verified.is_ok(), "{verified:?}");
    let alert = await_delivery(site, |delivery| delivery["state"] == "delivered");
    let message: Value = serde_json::from_str(taken.body()).unwrap();
    assert_eq!(
        (&message["type"], &message["data"]["id"]),
        (&json!("alert.raised"), &alert["id"])
    );
    assert_eq!(message["data"]["key_id"], alert["key_id"]);

    let id = alert["id"].as_str().unwrap();
    site.execute("UPDATE alerts SET delivery = 'given_up'");
    let table = site.admin(&["alerts"]).stdout;
    assert!(table.contains("open, not delivered"), "{table}");
    let advice = site.admin(&["doctor"]).stdout;
    let to_fix = "FAIL  deliveries   1 of the last 7 days not delivered";
    assert!(advice.contains(to_fix), "{advice}");
    let due = site.admin_json(&["alerts", "--redeliver", id]);
    assert_eq!(due, json!({"due": [id]}));
    assert_eq!(receiver.message().headers()["webhook-id"], id);
    await_delivery(site, |delivery| delivery["state"] == "delivered");
    let advice = site.admin(&["doctor"]).stdout;
    assert!(advice.contains("ok    deliveries   none"), "{advice}");
    let unknown = site.admin(&["alerts", "--redeliver", "0000000000000000"]);
    assert!(
        unknown
            .one_line()
            .contains("there is no alert 0000000000000000")
    );
    server.tell_to_stop();
    let (_, log) = server.wait();
    assert!(!log.contains("t0k3n") && !log.contains(SECRET), "{log}");
}

fn a_receiver_on_this_machine_must_be_allowed(site: &Site) {
    let receiver = Receiver::answering(Vec::new());
    let mut command = with_webhook(site, &receiver);
    let refused = Server::refuse(with_webhook(site, &receiver));
    assert!(refused.one_line().contains("https"), "{}", refused.stderr);
    let url = format!("https://localhost:{}/", receiver.address.port());
    command.env("LOGGER_WEBHOOK_URL", &url);
    let mut to_this_machine = with_webhook(site, &receiver);
    to_this_machine.env("LOGGER_WEBHOOK_URL", &url);
    let refused = Server::refuse(to_this_machine);
    assert!(
        refused.one_line().contains("LOGGER_WEBHOOK_URL: "),
        "{refused:?}"
    );
    assert!(refused.one_line().contains("is not public"), "{refused:?}");
    site.write(
        ".env",
        &format!("LOGGER_WEBHOOK_URL={url}\nLOGGER_WEBHOOK_SECRET_FILE=webhook.secrets\n"),
    );
    let advice = site.admin(&["doctor"]).stdout;
    assert!(
        advice.contains("FAIL  alerts       LOGGER_WEBHOOK_URL in .env line 1: "),
        "{advice}"
    );
    // It speaks no TLS, so that deliveries fail.
    command.env("LOGGER_WEBHOOK_REACH", "anywhere");
    command.env("LOGGER_METRICS_BIND", "127.0.0.1:0");
    let measured = Measured::of(Server::start(command));
    provoke(site, &measured.server);
    let alert = await_delivery(site, |delivery| delivery["attempts"] == 1);
    let error = alert["delivery"]["error"].as_str().unwrap();
    assert!(error.contains("TLS"), "{error}");
    let failed = [("outcome", "failed")];
    let told = measured.scrape();
    assert_eq!(
        told.sum("central_logger_alert_deliveries_total", &failed),
        1.0
    );
}

fn each_receiver_has_a_secret_of_its_own(site: &Site) {
    const ANOTHER: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let receivers = [SECRET, ANOTHER].map(|secret| (Receiver::answering(Vec::new()), secret));
    let urls = receivers
        .iter()
        .map(|(receiver, _)| format!("http://{}/", receiver.address));
    let urls: Vec<_> = urls.collect();
    site.write("one.secrets", SECRET);
    site.write("another one.secrets", ANOTHER);
    let with = |files: &str| {
        let mut command = site.server();
        command.env("LOGGER_WEBHOOK_URL", urls.join(","));
        command.env("LOGGER_WEBHOOK_SECRET_FILE", files);
        command.env("LOGGER_WEBHOOK_REACH", "anywhere");
        command
    };
    let refused = Server::refuse(with("one.secrets,one.secrets,another one.secrets"));
    let told = "LOGGER_WEBHOOK_SECRET_FILE: there are 3 files of secrets and 2 receivers";
    assert!(refused.one_line().contains(told), "{refused:?}");

    let server = Server::start(with("one.secrets, another one.secrets"));
    provoke(site, &server);
    for (receiver, secret) in &receivers {
        let message = receiver.message();
        let verify = |secret: &str| {
            let reference = standardwebhooks::Webhook::new(secret).unwrap();
            reference.verify(message.body().as_bytes(), message.headers())
        };
        assert!(verify(secret).is_ok());
        let others = receivers.iter().filter(|(_, other)| other != secret);
        for (_, other) in others {
            assert!(verify(other).is_err());
        }
    }
    // The file of each is read at each attempt.
    site.write("another one.secrets", SECRET);
    let issued = site.issue("globex");
    site.admin_json(&["revoke", &issued.id, "--yes"]);
    server.get(&issued.key, "/api/v1/whoami").problem(401);
    let message = receivers[1].0.message();
    let reference = standardwebhooks::Webhook::new(SECRET).unwrap();
    let verified = reference.verify(message.body().as_bytes(), message.headers());
    assert!(verified.is_ok(), "{verified:?}");
    await_alerts(site, 2);
    server.tell_to_stop();
    server.wait();
}
