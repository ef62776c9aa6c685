//! Keys, quotas and terms that somebody changes by SQL, past the programs.

use crate::{
    http::GUIDE_ENTRY,
    process::{PATIENCE, Server},
    site::Site,
};
use std::time::Instant;

on_both_databases! {
    a_key_that_is_switched_off_by_sql_is_refused_though_it_is_remembered,
    the_use_of_keys_and_changes_by_the_programs_are_not_taken_for_it,
}

const WHOAMI: &str = "/api/v1/whoami";

fn await_status(server: &Server, key: &str, status: u16) {
    let began = Instant::now();
    while server.get(key, WHOAMI).status != status {
        assert!(began.elapsed() < PATIENCE, "never {status}");
    }
}

fn a_key_that_is_switched_off_by_sql_is_refused_though_it_is_remembered(site: &Site) {
    let (off, other) = (site.issue("acme_corp"), site.issue("widget_co"));
    let servers = [site.start_process(), site.start_process()];
    let expect = |key: &str, status| {
        for server in &servers {
            await_status(server, key, status);
        }
    };
    expect(&off.key, 200);
    let id = &off.id;
    for (sql, status) in [
        (
            "UPDATE api_keys SET is_active = false WHERE client_id = 'acme_corp'".to_owned(),
            401,
        ),
        (
            "UPDATE api_keys SET is_active = true WHERE client_id = 'acme_corp'".to_owned(),
            200,
        ),
        (
            format!("UPDATE api_keys SET allowed_from = '192.0.2.0/24' WHERE id = '{id}'"),
            403,
        ),
        (
            format!("UPDATE api_keys SET allowed_from = '' WHERE id = '{id}'"),
            200,
        ),
        (
            "INSERT INTO client_quotas (client_id, requests_per_day) VALUES ('acme_corp', 1)"
                .to_owned(),
            429,
        ),
        ("DELETE FROM client_quotas".to_owned(), 200),
        (format!("DELETE FROM api_keys WHERE id = '{id}'"), 401),
    ] {
        site.execute(&sql);
        expect(&off.key, status);
        expect(&other.key, 200);
    }
    let verified = site.admin(&["audit", "--verify"]);
    assert_eq!(verified.code, Some(1));
    assert!(
        verified.stdout.contains(&format!("the key {id} is gone")),
        "{verified:?}"
    );
}

fn the_use_of_keys_and_changes_by_the_programs_are_not_taken_for_it(site: &Site) {
    let key = site.issue("acme_corp");
    let server = site.start_process();
    server.post(&key.key, GUIDE_ENTRY).json(201);
    server.tell_to_stop();
    server.wait();
    let shown = site.admin_json(&["show", &key.id]);
    assert!(shown["last_used_at"].is_string());
    site.admin_json(&[
        "quota",
        "set",
        "--client",
        "acme_corp",
        "--requests-per-day",
        "9",
    ]);
    site.admin_json(&[
        "retention",
        "set",
        "--keep",
        "forever",
        "--client",
        "acme_corp",
    ]);
    site.admin_json(&["disable", &key.id]);
    // It fails where there was a change by hand.
    site.execute("CREATE TABLE none (by_hand integer CHECK (by_hand = 0))");
    site.execute("INSERT INTO none SELECT by_hand FROM key_store_state");
}
