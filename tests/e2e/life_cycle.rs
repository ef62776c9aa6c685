//! Keys that are rotated, switched off and on, and the trail that all of it leaves.

use crate::{http::GUIDE_ENTRY, process::Server, site::Site};
use serde_json::{Value, json};
use std::fs;

on_both_databases! {
    both_keys_work_until_the_grace_ends,
    a_rotation_without_grace_revokes_at_once,
    a_disabled_key_is_refused_until_it_is_enabled,
    a_key_is_changed_and_stays_the_same_key,
    two_rotations_at_once_leave_one_successor,
    the_text_for_the_client_goes_into_a_file_of_its_own,
    due_keys_are_listed,
    every_change_leaves_an_entry_in_the_audit_trail,
    an_audit_trail_that_was_tampered_with_is_told,
}

const WHOAMI: &str = "/api/v1/whoami";

fn both_keys_work_until_the_grace_ends(site: &Site) {
    let old = site.issue_with(&["--client", "acme_corp", "--expires", "90d", "--note", "n"]);
    let server = site.start_process();
    let new = site.admin_json(&["rotate", &old.id, "--grace", "1h"]);
    let (new_id, new_key) = (
        new["key_id"].as_str().unwrap(),
        new["api_key"].as_str().unwrap(),
    );
    assert_eq!(new["replaces"], *old.id);
    assert!(new["old_expires_at"].is_string());
    for key in [&*old.key, new_key] {
        assert_eq!(
            server.post(key, GUIDE_ENTRY).json(201)["client_id"],
            "acme_corp"
        );
    }
    server.tell_to_stop();
    server.wait();

    // By now the server has stored when it saw them.
    let shown = site.admin_json(&["show", new_id]);
    assert_eq!(shown["note"], "n");
    assert_eq!(shown["predecessor"]["key_id"], *old.id);
    assert_eq!(shown["predecessor"]["last_used_from"], "127.0.0.0/24");
    let shown = site.admin_json(&["show", &old.id]);
    assert_eq!(shown["successor"]["key_id"], new_id);
    assert!(shown["successor"]["last_used_at"].is_string());
    assert!(shown["predecessor"].is_null());

    let before = shown["grace_ends_at"].clone();
    let extended = site.admin_json(&["rotate", &old.id, "--extend", "1h"]);
    assert_ne!(extended["grace_ends_at"], before);
    let again = site.admin(&["rotate", &old.id]);
    assert!(again.one_line().contains("rotated already"), "{again:?}");

    let server = site.start_process();
    site.admin_json(&["rotate", &old.id, "--finish"]);
    server.get(&old.key, WHOAMI).problem(401);
    server.get(new_key, WHOAMI).json(200);
    for refused in [&["--finish"][..], &["--extend", "1h"]] {
        let refused = site.admin(&[&["rotate", &old.id], refused].concat());
        assert!(refused.one_line().contains("revoked"), "{refused:?}");
    }
    let not_rotated = site.admin(&["rotate", new_id, "--finish"]);
    assert!(
        not_rotated.one_line().contains("not rotated"),
        "{not_rotated:?}"
    );
}

fn a_rotation_without_grace_revokes_at_once(site: &Site) {
    let old = site.issue("acme_corp");
    let server = site.start();
    let new = site.admin_json(&["rotate", &old.id, "--grace", "0"]);
    server.get(&old.key, WHOAMI).problem(401);
    server
        .get(new["api_key"].as_str().unwrap(), WHOAMI)
        .json(200);
    assert_eq!(site.admin_json(&["show", &old.id])["status"], "revoked");
}

fn a_disabled_key_is_refused_until_it_is_enabled(site: &Site) {
    let issued = site.issue("acme_corp");
    let servers = [site.start(), site.start()];
    for _ in 0..2 {
        assert_eq!(
            site.admin_json(&["disable", &issued.id])["key_id"],
            *issued.id
        );
        for server in &servers {
            server.post(&issued.key, GUIDE_ENTRY).problem(401);
        }
        assert_eq!(site.admin_json(&["show", &issued.id])["status"], "disabled");
        site.admin_json(&["enable", &issued.id]);
        for server in &servers {
            server.post(&issued.key, GUIDE_ENTRY).json(201);
        }
    }
    assert_eq!(site.admin_json(&["enable", &issued.id])["changed"], false);
    site.admin_json(&["revoke", &issued.id]);
    for command in ["enable", "disable", "rotate"] {
        let refused = site.admin(&[command, &issued.id]);
        assert!(refused.one_line().contains("for good"), "{refused:?}");
    }
}

fn a_key_is_changed_and_stays_the_same_key(site: &Site) {
    let issued = site.issue_with(&["--client", "acme_corp", "--rate", "5/m", "--note", "stays"]);
    let server = site.start();
    server.get(&issued.key, WHOAMI).json(200);
    let update =
        |arguments: &[&str]| site.admin_json(&[&["update", &issued.id], arguments].concat());

    let updated = update(&["--name", "invoices", "--rate", "none"]);
    assert!(updated["waited_ms"].is_u64());
    let answer = server.get(&issued.key, WHOAMI);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("ratelimit"), None);
    let bound = update(&[
        "--allow-ip",
        "203.0.113.0/24",
        "--allow-ip",
        "2001:db8::/32",
    ]);
    server.get(&issued.key, WHOAMI).problem(403);
    update(&["--allow-ip", "0.0.0.0/0", "--allow-ip", "::/0"]);
    server.get(&issued.key, WHOAMI).json(200);
    update(&["--rate", "7/h"]);
    let policy = server.get(&issued.key, WHOAMI);
    let policy = policy.header("ratelimit-policy").unwrap();
    assert!(policy.contains("q=7;w=3600"), "{policy}");

    let shown = site.admin_json(&["show", &issued.id]);
    for (member, value) in bound.as_object().unwrap() {
        if ![
            "allow_ip",
            "rate",
            "audit",
            "waited_ms",
            "last_used_at",
            "last_used_from",
        ]
        .contains(&&**member)
        {
            assert_eq!(shown[member], *value, "{member}");
        }
    }
    assert_eq!(
        (&shown["name"], &shown["note"]),
        (&json!("invoices"), &json!("stays"))
    );
    let trail = site.admin_json(&["audit"]);
    let entries = trail["entries"].as_array().unwrap().iter();
    let changes: Vec<_> = entries
        .filter(|entry| entry["action"] == "update")
        .collect();
    assert_eq!(changes.len(), 4, "{trail}");
    let of_networks = changes
        .iter()
        .find(|entry| entry["sequence"] == bound["audit"]["sequence"]);
    let of_networks = of_networks.unwrap();
    assert_ne!(of_networks["before"], of_networks["after"]);
    assert!(of_networks["after"].to_string().contains("203.0.113.0/24"));

    let nothing = site.admin(&["update", &issued.id, "--name", "invoices"]);
    assert!(nothing.stdout.starts_with("Nothing to do"), "{nothing:?}");
    for wrong in [
        &[][..],
        &["--rate", "7"],
        &["--name", ""],
        &["--allow-ip", ""],
    ] {
        let refused = site.admin(&[&["update", &issued.id], wrong].concat());
        assert_eq!(refused.code, Some(2), "{refused:?}");
    }
    site.admin_json(&["revoke", &issued.id]);
    let revoked = site.admin(&["update", &issued.id, "--rate", "none"]);
    assert!(revoked.one_line().contains("for good"), "{revoked:?}");
}

fn two_rotations_at_once_leave_one_successor(site: &Site) {
    let old = site.issue("acme_corp");
    let codes: Vec<_> = std::thread::scope(|scope| {
        let rotations: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| site.admin(&["rotate", &old.id])))
            .collect();
        rotations
            .into_iter()
            .map(|rotation| rotation.join().unwrap().code)
            .collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1);
    assert_eq!(codes.iter().filter(|code| **code == Some(1)).count(), 3);
    assert_eq!(keys(site, &["list"]).len(), 2);
}

fn keys(site: &Site, arguments: &[&str]) -> Vec<Value> {
    let listed = site.admin_json(arguments);
    listed["keys"].as_array().unwrap().clone()
}

fn the_text_for_the_client_goes_into_a_file_of_its_own(site: &Site) {
    let issue = [
        "issue",
        "--client",
        "acme_corp",
        "--public-url",
        "https://logs.example.com",
    ];
    let issued = site.admin(&[&issue[..], &["--message-file", "acme.txt"]].concat());
    assert_eq!(issued.code, Some(0), "{issued:?}");
    assert!(!issued.stdout.contains("cl_live_"), "{issued:?}");
    let text = fs::read_to_string(site.path("acme.txt")).unwrap();
    let key = text
        .split_whitespace()
        .find(|word| word.starts_with("cl_live_"))
        .unwrap();
    for line in [
        "Endpoint:  https://logs.example.com/api/v1/logs".to_owned(),
        "LOGGER_API_URL=https://logs.example.com/api/v1/logs".to_owned(),
        format!("LOGGER_API_KEY={key}"),
        format!("X-API-Key: {key}"),
        format!("curl https://logs.example.com/api/v1/whoami -H 'X-API-Key: {key}'"),
    ] {
        assert!(text.contains(&line), "{line}: {text}");
    }
    #[cfg(unix)]
    {
        let metadata = fs::metadata(site.path("acme.txt")).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    // A file that is there is left alone, and no key is made for nothing.
    let refused = site.admin(&[&issue[..], &["--message-file", "acme.txt"]].concat());
    assert!(refused.one_line().contains("acme.txt"), "{refused:?}");
    assert_eq!(fs::read_to_string(site.path("acme.txt")).unwrap(), text);
    let listed = keys(site, &["list"]);
    assert_eq!(listed.len(), 1);

    // Nor for a text that cannot be written.
    let mut issue = site.admin_command();
    issue
        .args(["issue", "--client", "acme_corp"])
        .env("LOGGER_BIND", "nowhere");
    let refused = crate::process::Finished::of(&mut issue);
    assert!(refused.one_line().contains("LOGGER_BIND"), "{refused:?}");
    assert_eq!(keys(site, &["list"]).len(), 1);

    // Nor is a file left behind when there is no key.
    let id = listed[0]["key_id"].as_str().unwrap();
    site.admin_json(&["rotate", id, "--message-file", "rotated.txt"]);
    let text = fs::read_to_string(site.path("rotated.txt")).unwrap();
    assert!(
        text.contains(id) && text.contains("is valid until"),
        "{text}"
    );
    site.admin(&["rotate", id, "--message-file", "again.txt"])
        .one_line();
    assert!(!site.path("again.txt").exists());
}

fn due_keys_are_listed(site: &Site) {
    let (rotated, revoked, due) = (
        site.issue("acme_corp"),
        site.issue("acme_corp"),
        site.issue("widget_co"),
    );
    let successor = site.admin_json(&["rotate", &rotated.id]);
    site.admin_json(&["revoke", &revoked.id]);
    let ids: Vec<_> = keys(site, &["list", "--due", "0"])
        .iter()
        .map(|key| key["key_id"].clone())
        .collect();
    assert_eq!(ids, [json!(due.id), successor["key_id"].clone()]);
    assert!(keys(site, &["list", "--due", "90d"]).is_empty());
}

fn every_change_leaves_an_entry_in_the_audit_trail(site: &Site) {
    let first = site.issue("acme_corp");
    let second = site.admin_json(&["rotate", &first.id]);
    let second = second["key_id"].as_str().unwrap();
    site.admin_json(&["disable", second]);
    site.admin_json(&["enable", second]);
    site.admin_json(&["revoke", "--client", "acme_corp"]);
    let trail = site.admin_json(&["audit"]);
    let entries = trail["entries"].as_array().unwrap();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry["action"].as_str().unwrap(),
                entry["key_id"].as_str().unwrap(),
            )
        })
        .collect();
    let revoked = [("revoke", &*first.id), ("revoke", second)];
    let expected = [
        ("issue", &*first.id),
        ("rotate", &*first.id),
        ("issue", second),
        ("disable", second),
        ("enable", second),
    ];
    assert_eq!(told[..5], expected);
    assert!(
        revoked.iter().all(|entry| told[5..].contains(entry)),
        "{told:?}"
    );
    assert!(
        entries
            .iter()
            .all(|entry| entry["actor"]["name"].as_str().unwrap().contains('@'))
    );
    assert_eq!(entries[3]["before"]["is_active"], true);
    assert_eq!(entries[3]["after"]["is_active"], false);

    let verdict = site.admin_json(&["audit", "--verify"]);
    assert_eq!(
        (&verdict["intact"], &verdict["report"]["entries"]),
        (&json!(true), &json!(7))
    );
    let none = site.admin_json(&["audit", "--since", "2999-01-01T00:00:00Z"]);
    assert_eq!(none["entries"], json!([]));
}

fn an_audit_trail_that_was_tampered_with_is_told(site: &Site) {
    for client in ["a", "b", "c"] {
        site.issue(client);
    }
    // The database itself refuses, as long as nobody takes the guard away.
    let guarded = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        site.execute("UPDATE audit_log SET actor = 'nobody' WHERE sequence = 2");
    }));
    assert!(guarded.is_err());
    for guard in site.audit_guards() {
        site.execute(guard);
    }
    let verify = || site.admin(&["audit", "--verify"]);
    assert_eq!(verify().code, Some(0));
    for (tampering, says) in [
        (
            "UPDATE audit_log SET actor = 'nobody' WHERE sequence = 2",
            "entry 2 was altered",
        ),
        (
            "DELETE FROM audit_log WHERE sequence = 2",
            "entry 2 is missing",
        ),
        (
            "DELETE FROM audit_log WHERE sequence = 3",
            "entries 2 to 3 are missing",
        ),
    ] {
        site.execute(tampering);
        let told = verify();
        assert_eq!(told.code, Some(1));
        assert!(told.stdout.contains(says), "{told:?}");
    }
    // The trail goes on, and the keys with it.
    site.issue("d");
    Server::start(site.server());
    assert!(verify().stdout.contains("entries 2 to 3 are missing"));
}
