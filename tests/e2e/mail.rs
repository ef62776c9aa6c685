//! What is mailed, by the real programs, to a mail server of the test.

use crate::{process::Server, site::Site};
use central_logger_mail::testing::{MailServer, ReceivedMail, Trouble};
use serde_json::{Value, json};
use std::{
    process::Command,
    thread,
    time::{Duration, Instant},
};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const PUBLIC_URL: &str = "http://logs.example.com";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

on_both_databases! {
    a_client_gets_its_successor_by_a_link_in_a_mail,
    people_of_a_client_sign_in_by_mail,
    alerts_are_mailed_to_the_provider_and_to_the_client,
    the_server_rotates_keys_that_are_due_by_itself,
    mail_needs_an_address_for_its_links,
    doctor_asks_the_mail_server,
}

fn with_mail(mut command: Command, mail: &MailServer) -> Command {
    command.env("LOGGER_SMTP_URL", mail.url());
    command.env("LOGGER_SMTP_FROM", "Example Logs <logs@example.com>");
    command.env("LOGGER_PUBLIC_URL", PUBLIC_URL);
    command
}

fn start(site: &Site, mail: &MailServer, settings: &[(&str, &str)]) -> Server {
    let mut command = with_mail(site.server(), mail);
    command.envs(settings.iter().copied());
    Server::start(command)
}

fn admin(site: &Site, mail: &MailServer, arguments: &[&str]) -> Value {
    let url = mail.url();
    let flags = ["--smtp-url", &url, "--smtp-from", "logs@example.com"];
    site.admin_json(&[arguments, &flags].concat())
}

/// The path of the link in a mail.
fn path(mail: &ReceivedMail, begin: &str) -> String {
    let link = mail.link().unwrap();
    let at = link.find(begin).unwrap_or_else(|| panic!("{link}"));
    link[at..].to_owned()
}

fn a_client_gets_its_successor_by_a_link_in_a_mail(site: &Site) {
    let mail = MailServer::start().unwrap();
    admin(
        site,
        &mail,
        &[
            "deliver",
            "set",
            "--client",
            "acme_corp",
            "smtp:ops@acme.example",
        ],
    );
    let checked = admin(site, &mail, &["deliver", "check"]);
    assert_eq!(checked["targets"][0]["ok"], true, "{checked}");
    let mailed = admin(
        site,
        &mail,
        &["issue", "--client", "acme_corp", "--deliver"],
    );
    assert_eq!(
        (&mailed["target"], &mailed["waiting"]),
        (&json!("smtp:ops@acme.example"), &json!(false))
    );
    let server = start(site, &mail, &[]);
    let reveal = |number: usize| {
        let received = mail.wait_for(number + 1);
        let shown = server.call("POST", &path(&received[number], "/reveal/"), &[]);
        shown.json(200)["api_key"].as_str().unwrap().to_owned()
    };
    let first = reveal(0);
    let id = server.get(&first, "/api/v1/whoami").json(200)["key_id"].clone();
    let id = id.as_str().unwrap();
    let report = admin(site, &mail, &["rotate", "--due", "0", "--deliver"]);
    assert_eq!(report["mailed"][0]["replaces"], id);
    assert_eq!(report["rotated"], json!([]));
    assert!(site.admin_json(&["show", id])["grace_ends_at"].is_null());
    let again = admin(site, &mail, &["rotate", "--due", "0", "--deliver"]);
    assert_eq!(again["mailed"][0]["waiting"], true);
    assert_eq!(mail.received().len(), 2);
    let listed = site.admin_json(&["reveal-links", "list"]);
    assert_eq!(listed["links"][0]["mailed_to"], "ops@acme.example");

    let second = reveal(1);
    assert!(site.admin_json(&["show", id])["grace_ends_at"].is_string());
    for key in [&first, &second] {
        server.get(key, "/api/v1/whoami").json(200);
    }
    for received in mail.received() {
        assert!(
            !received.decoded().contains("cl_live_"),
            "no key is in a mail"
        );
    }
    let without = site.admin(&["--json", "rotate", id, "--deliver"]);
    assert!(without.stderr.contains("no_mail"), "{without:?}");
}

fn people_of_a_client_sign_in_by_mail(site: &Site) {
    let mail = MailServer::start().unwrap();
    let server = start(site, &mail, &[]);
    site.admin_json(&[
        "client",
        "set",
        "--client",
        "acme_corp",
        "--mail",
        "ops@acme.example",
        "--mail-scope",
        "logs:read",
        "--mail-scope",
        "keys:manage",
    ]);
    let shown = site.admin_json(&["client", "show", "acme_corp"]);
    assert_eq!(shown["mail_scopes"], json!(["logs:read", "keys:manage"]));
    let ask = |address: &str| {
        let body = json!({"mail": address}).to_string();
        server.send("POST", "/api/v1/sign-in-mails", &[JSON], body.as_bytes())
    };
    let (known, unknown) = (ask("OPS@acme.example"), ask("nobody@acme.example"));
    for answer in [&known, &unknown] {
        assert_eq!((answer.status, answer.body.as_str()), (202, ""));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let received = mail.wait_for(1);
    assert!(received[0].header("Subject").unwrap().contains("acme_corp"));
    let signed_in = server.call("POST", &path(&received[0], "/sign-in/"), &[]);
    assert_eq!(signed_in.status, 303);
    let cookie = signed_in.header("set-cookie").unwrap();
    let (cookie, _) = cookie.split_once(';').unwrap();
    let who = server
        .call("GET", "/api/v1/whoami", &[("Cookie", cookie)])
        .json(200);
    assert_eq!(
        (&who["client_id"], &who["scopes"]),
        (&json!("acme_corp"), &json!(["logs:read", "keys:manage"]))
    );

    // The form of the console says the same for any address.
    let form = |address: &str| {
        let headers = [FORM, ("Origin", PUBLIC_URL)];
        let body = format!("mail={}", address.replace('@', "%40"));
        server.send("POST", "/console/sign-in", &headers, body.as_bytes())
    };
    let (known, unknown) = (form("ops@acme.example"), form("nobody@acme.example"));
    assert_eq!(
        (known.status, &known.body),
        (200, &unknown.body),
        "{}",
        known.body
    );
    assert!(known.body.contains("a sign-in link is on its way"));
    mail.wait_for(2);
    ask("nobody").problem(422);
    let limited = (0..30)
        .map(|_| ask("nobody@acme.example"))
        .find(|answer| answer.status == 429);
    assert!(limited.unwrap().header("retry-after").is_some());
    assert!(mail.received().len() <= 3, "an address gets three an hour");
}

fn alerts_are_mailed_to_the_provider_and_to_the_client(site: &Site) {
    let mail = MailServer::start().unwrap();
    let settings = [("LOGGER_ALERT_MAIL", "oncall@example.com")];
    let server = start(site, &mail, &settings);
    site.admin_json(&[
        "client",
        "set",
        "--client",
        "acme_corp",
        "--mail",
        "ops@acme.example",
    ]);
    let issued = site.issue("acme_corp");
    let scopes = ["--scope", "provider:read", "--scope", "provider:write"];
    let provider = site.admin_json(&[&["provider-key", "issue"][..], &scopes].concat());
    let report =
        json!([{"token": issued.key, "url": "https://github.com/acme/x", "source": "commit"}]);
    let headers = [JSON, ("X-API-Key", provider["api_key"].as_str().unwrap())];
    let answer = server.send(
        "POST",
        "/api/v1/leaks",
        &headers,
        report.to_string().as_bytes(),
    );
    assert_eq!(answer.json(200)[0]["label"], "true_positive");
    server.get(&issued.key, "/api/v1/whoami").problem(401);
    let received = mail.wait_for(2);
    let of = |address: &str| {
        received
            .iter()
            .find(|mail| mail.to == address)
            .unwrap()
            .decoded()
    };
    let (oncall, ops) = (of("oncall@example.com"), of("ops@acme.example"));
    for text in [&oncall, &ops] {
        assert!(
            text.contains("https://github.com/acme/x") && text.contains("revoked"),
            "{text}"
        );
        assert!(text.contains(&issued.id) && !text.contains(&issued.key));
    }
    let began = Instant::now();
    loop {
        let alerts = site.admin_json(&["alerts"]);
        let alerts = alerts["alerts"].as_array().unwrap();
        let leaked = alerts
            .iter()
            .find(|alert| alert["kind"] == "leaked_key")
            .unwrap();
        if leaked["delivery"]["state"] == "delivered" {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{leaked}");
        thread::sleep(Duration::from_millis(100));
    }
}

fn the_server_rotates_keys_that_are_due_by_itself(site: &Site) {
    let mail = MailServer::start().unwrap();
    let target = format!("file:{}", site.path("acme.env").display());
    let template = r"LOGGER_API_KEY={key}\nLOGGER_API_URL={url}\n";
    site.admin_json(&[
        "deliver",
        "set",
        "--client",
        "acme_corp",
        &target,
        "--template",
        template,
    ]);
    let issued = site.admin_json(&["issue", "--client", "acme_corp", "--deliver"]);
    let held = || {
        let text = std::fs::read_to_string(site.path("acme.env")).unwrap();
        let (first, rest) = text.split_once('\n').unwrap();
        assert!(rest.starts_with("LOGGER_API_URL=http"), "{text}");
        first.strip_prefix("LOGGER_API_KEY=").unwrap().to_owned()
    };
    let first = held();
    // Another client's cannot be handed over.
    site.admin_json(&[
        "deliver",
        "set",
        "--client",
        "widget_co",
        "file:/proc/no/such/folder/key",
    ]);
    let widget = site.issue("widget_co");
    thread::sleep(Duration::from_millis(1100));
    let settings = [("LOGGER_ROTATE_DUE", "1s"), ("LOGGER_ROTATE_GRACE", "1h")];
    let server = start(site, &mail, &settings);
    let began = Instant::now();
    while held() == first {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "nothing was rotated"
        );
        thread::sleep(Duration::from_millis(100));
    }
    let second = server.get(&held(), "/api/v1/whoami").json(200);
    assert_ne!(second["key_id"], issued["key_id"]);
    server.get(&first, "/api/v1/whoami").json(200);
    let began = Instant::now();
    loop {
        let alerts = site.admin_json(&["alerts"]);
        let mut alerts = alerts["alerts"].as_array().unwrap().iter();
        if alerts.any(|alert| alert["kind"] == "undelivered" && alert["key_id"] == *widget.id) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "no alert");
        thread::sleep(Duration::from_millis(100));
    }
}

fn mail_needs_an_address_for_its_links(site: &Site) {
    let mail = MailServer::start().unwrap();
    let mut command = with_mail(site.server(), &mail);
    command.env_remove("LOGGER_PUBLIC_URL");
    let refused = Server::refuse(command);
    let line = refused.one_line();
    assert!(
        line.contains("LOGGER_SMTP_URL needs LOGGER_PUBLIC_URL"),
        "{line}"
    );
}

fn doctor_asks_the_mail_server(site: &Site) {
    let check = |url: &str| {
        let flags = ["--smtp-url", url, "--smtp-from", "logs@example.com"];
        let told = site.admin_json_of_any(&[&["doctor"][..], &flags].concat());
        let checks = told["checks"].as_array().unwrap().iter();
        let mut of_mail = checks.filter(|check| check["name"] == "mail");
        of_mail.next().cloned().unwrap_or(told)
    };
    let mail = MailServer::start().unwrap();
    let well = check(&mail.url());
    assert_eq!(well["ok"], true, "{well}");
    let nobody = check("smtp://127.0.0.1:1");
    assert_eq!(nobody["ok"], false, "{nobody}");
    let detail = |check: &Value| check["detail"].as_str().unwrap().to_owned();
    let said = detail(&nobody);
    assert!(
        said.starts_with("smtp://127.0.0.1:1: the mail server"),
        "{said}"
    );
    assert!(
        said.ends_with("may connect to that host and port"),
        "{said}"
    );
    for (command, answer, advice) in [
        (
            "EHLO",
            "530 5.7.0 say who you are",
            "check the user in LOGGER_SMTP_URL and the password",
        ),
        ("NOOP", "421 4.3.2 too busy", "check LOGGER_SMTP_URL, and"),
    ] {
        mail.fail(command, Trouble::Answer(answer));
        let refused = check(&mail.url());
        assert_eq!(refused["ok"], false, "{refused}");
        assert!(detail(&refused).contains(advice), "{refused}");
        mail.heal();
    }
    assert_eq!(mail.received().len(), 0, "nothing is sent");
}
