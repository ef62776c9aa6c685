//! Sessions end on every server at once.

use crate::{
    process::{PATIENCE, Server},
    sessions::{LOGS, WHOAMI, cookie, link, sign_in, under},
    site::Site,
    soak::{report, rounds},
};
use serde_json::json;
use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};

on_both_databases! {
    a_session_ends_with_its_key_on_every_server,
    no_request_of_an_ended_session_is_accepted_late,
}

fn a_session_ends_with_its_key_on_every_server(site: &Site) {
    let key = site.issue("acme_corp");
    let servers = [site.start(), site.start()];
    let begin = || {
        let begun = servers[0].call("POST", "/api/v1/sessions", &[("X-API-Key", &key.key)]);
        cookie(&begun).split_once('=').unwrap().1.to_owned()
    };
    let ask_with = |server: &Server, secret: &str| {
        let port = server.address().rsplit_once(':').unwrap().1;
        under(
            server,
            &format!("central_logger_session_{port}={secret}"),
            LOGS,
        )
    };
    let secret = begin();
    let ask = |server: &Server| ask_with(server, &secret);
    for server in &servers {
        ask(server).json(200);
    }
    site.admin_json(&["disable", &key.id]);
    for server in &servers {
        ask(server).problem(401);
    }
    // It has ended, and does not come back with the key.
    let listed = site.admin_json(&["sessions", "list", "--client", "acme_corp"]);
    assert_eq!(listed["sessions"], json!([]));
    site.admin_json(&["enable", &key.id]);
    for server in &servers {
        ask(server).problem(401);
    }
    let again = begin();
    for server in &servers {
        ask_with(server, &again).json(200);
    }
    site.admin_json(&["revoke", &key.id]);
    for server in &servers {
        ask_with(server, &again).problem(401);
    }
    let trail = site.admin_json(&["audit"]);
    let ends = trail["entries"].as_array().unwrap().iter();
    let ends = ends.filter(|entry| entry["action"] == "sign_out");
    assert_eq!(ends.count(), 1, "{trail}");
}

/// A request, when it was sent, and whether it was accepted.
struct Sent {
    at: Instant,
    accepted: bool,
}

fn no_request_of_an_ended_session_is_accepted_late(site: &Site) {
    let key = site.issue("acme_corp");
    let servers = [site.start_process(), site.start_process()];
    // Half of them came from a key, and half by links.
    let secrets = (0..rounds(20)).map(|number| {
        let begun = match number % 2 {
            0 => servers[0].call("POST", "/api/v1/sessions", &[("X-API-Key", &key.key)]),
            _ => sign_in(&servers[0], &link(site, &["--client", "acme_corp"])),
        };
        cookie(&begun).split_once('=').unwrap().1.to_owned()
    });
    let secrets: Vec<_> = secrets.collect();
    let unused = link(site, &["--client", "acme_corp"]);
    let (stop, sent) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let load = |server: &Server| {
        let port = server.address().rsplit_once(':').unwrap().1;
        while !stop.load(Ordering::Relaxed) {
            for secret in &secrets {
                let at = Instant::now();
                let cookie = format!("central_logger_session_{port}={secret}");
                let status = under(server, &cookie, WHOAMI).status;
                assert!([200, 401, 503].contains(&status), "{status}");
                let accepted = status == 200;
                sent.lock().unwrap().push(Sent { at, accepted });
            }
        }
    };
    let returned = thread::scope(|scope| {
        for server in &servers {
            scope.spawn(|| load(server));
        }
        let began = Instant::now();
        let accepted = || {
            sent.lock()
                .unwrap()
                .iter()
                .filter(|sent| sent.accepted)
                .count()
        };
        while accepted() < 2 * secrets.len() {
            assert!(began.elapsed() < PATIENCE, "never accepted");
            thread::yield_now();
        }
        let revoked = site.admin_json(&["revoke", "--client", "acme_corp", "--yes"]);
        let returned = Instant::now();
        assert_eq!(revoked["sessions_ended"], secrets.len());
        assert_eq!(revoked["links_withdrawn"], 1);
        for server in &servers {
            for secret in &secrets {
                let port = server.address().rsplit_once(':').unwrap().1;
                let cookie = format!("central_logger_session_{port}={secret}");
                let refused = under(server, &cookie, WHOAMI).status;
                assert!([401, 503].contains(&refused), "{refused}");
            }
        }
        sign_in(&servers[1], &unused).problem(410);
        stop.store(true, Ordering::Relaxed);
        returned
    });
    let sent = sent.into_inner().unwrap();
    let accepted = sent.iter().filter(|sent| sent.accepted).count();
    let late = sent.iter().filter(|sent| sent.at > returned);
    let (late, accepted_late) = (
        late.clone().count(),
        late.filter(|sent| sent.accepted).count(),
    );
    let figures = format!(
        "{} sessions on two servers ended by revoke --client: of {} requests {accepted} accepted, \
         {accepted_late} of the {late} sent after it returned",
        secrets.len(),
        sent.len()
    );
    report(&figures);
    assert_eq!(accepted_late, 0);
}
