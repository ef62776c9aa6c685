//! What `audit --verify` finds of what somebody does to the database.

use crate::site::Site;
use central_logger_keys::{KeyHasher, Seal, SealPurpose};
use serde_json::{Value, json};

on_both_databases! {
    a_key_that_was_changed_by_hand_is_named_with_what_differs,
    a_trail_that_was_cut_is_found_though_its_end_was_set_back,
    a_database_that_was_set_back_is_found_by_what_was_noted,
    every_change_tells_its_number_and_seal,
    who_lacks_the_pepper_takes_access_away_and_does_nothing_else,
    a_trail_of_an_older_program_verifies_from_the_upgrade_on,
    a_row_that_cannot_be_read_keeps_nobody_from_revoking_after_an_upgrade,
    keys_with_a_pepper_need_it_though_the_trail_of_an_older_program_had_none,
    a_change_by_hand_is_found_though_a_program_has_changed_the_key_since,
}

fn verdict(site: &Site, arguments: &[&str]) -> (Option<i32>, String) {
    let verified = site.admin(&[&["audit", "--verify"], arguments].concat());
    (verified.code, verified.stdout)
}

#[track_caller]
fn intact(site: &Site, arguments: &[&str]) -> String {
    let (code, said) = verdict(site, arguments);
    assert_eq!(code, Some(0), "{said}");
    said
}

#[track_caller]
fn finds(site: &Site, arguments: &[&str], fault: &str) {
    let (code, said) = verdict(site, arguments);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(fault), "{fault}: {said}");
}

/// What `--at-least` takes.
fn noted(change: &Value) -> String {
    let audit = &change["audit"];
    format!("{}:{}", audit["sequence"], audit["seal"].as_str().unwrap())
}

fn a_key_that_was_changed_by_hand_is_named_with_what_differs(site: &Site) {
    site.write("pepper", "a pepper of more than thirty-two bytes\n");
    let pepper = ["--pepper-file", "pepper"];
    let issue = |client: &str| {
        site.issue_with(&[&["--client", client, "--expires", "90d"], &pepper[..]].concat())
            .id
    };
    let [revoked, off, active, other] = ["a", "b", "c", "d"].map(issue);
    site.admin_json(&[&["revoke", &revoked, "--yes"], &pepper[..]].concat());
    site.admin_json(&[&["disable", &off], &pepper[..]].concat());
    let said = intact(site, &pepper);
    assert!(
        said.contains("4 keys were compared with the trail"),
        "{said}"
    );

    for (id, column, value) in [
        (&revoked, "revoked_at", "NULL"),
        (&off, "is_active", "TRUE"),
        (&active, "is_active", "FALSE"),
        (&active, "client_id", "'d'"),
        (&active, "scopes", "'logs:write logs:read keys:manage'"),
        (&active, "expires_at", "NULL"),
        (&active, "allowed_from", "'203.0.113.0/24'"),
        (&active, "rate_limit", "'9/s'"),
        (&active, "note", "'mine'"),
        (&active, "predecessor", "'000000000000'"),
    ] {
        site.execute(&format!(
            "CREATE TABLE kept AS SELECT {column} AS was FROM api_keys WHERE id = '{id}'"
        ));
        site.execute(&format!(
            "UPDATE api_keys SET {column} = {value} WHERE id = '{id}'"
        ));
        let (code, said) = verdict(site, &pepper);
        assert_eq!(code, Some(1), "{column}: {said}");
        let fault = format!("the key {id} is not as entry ");
        assert!(said.contains(&fault), "{column}: {said}");
        assert!(
            said.contains(&format!(" left it: {column} differs")),
            "{said}"
        );
        site.execute(&format!(
            "UPDATE api_keys SET {column} = (SELECT was FROM kept) WHERE id = '{id}'"
        ));
        site.execute("DROP TABLE kept");
    }
    intact(site, &pepper);

    // One client's key answers as the other.
    site.execute(&format!(
        "CREATE TABLE kept AS SELECT id, key_hash, fingerprint FROM api_keys
         WHERE id IN ('{active}', '{other}')"
    ));
    let take = |one: &str, of: &str| {
        site.execute(&format!(
            "UPDATE api_keys SET key_hash = (SELECT key_hash FROM kept WHERE id = '{of}'),
                 fingerprint = (SELECT fingerprint FROM kept WHERE id = '{of}') WHERE id = '{one}'"
        ));
    };
    site.execute(&format!(
        "UPDATE api_keys SET key_hash = 'x' WHERE id = '{other}'"
    ));
    take(&active, &other);
    take(&other, &active);
    for id in [&active, &other] {
        finds(site, &pepper, &format!("the key {id} is not as entry"));
    }
    finds(site, &pepper, "key_hash or fingerprint differs");
    site.execute(&format!(
        "UPDATE api_keys SET key_hash = 'x' WHERE id = '{other}'"
    ));
    take(&active, &active);
    take(&other, &other);
    intact(site, &pepper);

    site.execute(&format!("DELETE FROM api_keys WHERE id = '{other}'"));
    finds(site, &pepper, &format!("the key {other} is gone"));
    site.execute(
        "INSERT INTO api_keys (id, client_id, key_hash, scopes, environment, allowed_from, is_weak,
                               created_at)
         SELECT '000000000000', client_id, (SELECT min(key_hash) FROM kept WHERE key_hash NOT IN
                    (SELECT key_hash FROM api_keys)), scopes, environment, allowed_from, is_weak,
                created_at
         FROM api_keys LIMIT 1",
    );
    finds(site, &pepper, "the key 000000000000 is in no entry");
}

fn a_trail_that_was_cut_is_found_though_its_end_was_set_back(site: &Site) {
    for client in ["a", "b", "c"] {
        site.issue(client);
    }
    for guard in site.audit_guards() {
        site.execute(guard);
    }
    intact(site, &[]);
    site.execute("DELETE FROM audit_log WHERE sequence = 3");
    site.execute(
        "UPDATE key_store_state SET sequence = 2,
             head = (SELECT seal FROM audit_log WHERE sequence = 2)",
    );
    finds(site, &[], "is not sealed as the end of this store");
    site.execute("UPDATE key_store_state SET end_sequence = 2, end_seal = head");
    finds(site, &[], "is not sealed as the end of this store");
}

fn a_database_that_was_set_back_is_found_by_what_was_noted(site: &Site) {
    let key = site.issue("acme_corp");
    site.keep_keys();
    let revoked = noted(&site.admin_json(&["revoke", &key.id, "--yes"]));
    let said = intact(site, &[]);
    assert!(
        said.contains(&format!("Verified up to {revoked}")),
        "{said}"
    );
    assert!(said.contains("--at-least next time"), "{said}");
    let said = intact(site, &["--at-least", &revoked]);
    assert!(!said.contains("--at-least next time"), "{said}");

    site.set_keys_back();
    intact(site, &[]);
    finds(
        site,
        &["--at-least", &revoked],
        "the store was set back, or is another one",
    );
    let wrong = site.admin(&["audit", "--verify", "--at-least", "7"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    let unused = site.admin(&["audit", "--at-least", &revoked]);
    assert_eq!(unused.code, Some(2), "{unused:?}");
}

fn every_change_tells_its_number_and_seal(site: &Site) {
    site.write(
        ".env",
        r#"API_KEYS={"xyz789_real_key_of_acme": "acme_corp"}"#,
    );
    let id = site.issue("acme_corp").id;
    let changes: [&[&str]; 10] = [
        &["issue", "--client", "acme_corp"],
        &["rotate", &id, "--grace", "1h"],
        &["rotate", &id, "--extend", "1h"],
        &["disable", &id],
        &["enable", &id],
        &["rotate", &id, "--finish"],
        &[
            "quota",
            "set",
            "--client",
            "acme_corp",
            "--requests-per-day",
            "9000",
        ],
        &[
            "retention",
            "set",
            "--keep",
            "forever",
            "--client",
            "acme_corp",
        ],
        &["import"],
        &["revoke", "--client", "acme_corp", "--yes"],
    ];
    let mut last = 1;
    for change in changes {
        let told = site.admin_json(change);
        let sequence = told["audit"]["sequence"].as_u64().unwrap();
        assert!(sequence > last, "{change:?}: {told}");
        intact(site, &["--at-least", &noted(&told)]);
        last = sequence;
    }
    let people = site.admin(&["issue", "--client", "acme_corp"]);
    let line = people
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("Audit trail: "));
    intact(site, &["--at-least", line.unwrap()]);
    let nothing = site.admin_json(&["revoke", &id, "--yes"]);
    assert_eq!(nothing["audit"], Value::Null);
}

fn who_lacks_the_pepper_takes_access_away_and_does_nothing_else(site: &Site) {
    site.write("pepper", "a pepper of more than thirty-two bytes\n");
    site.write("other", "another one of more than thirty-two bytes\n");
    site.write(
        ".env",
        r#"API_KEYS={"xyz789_real_key_of_acme": "acme_corp"}"#,
    );
    let pepper = ["--pepper-file", "pepper"];
    let issue = || {
        site.issue_with(&[&["--client", "acme_corp"], &pepper[..]].concat())
            .id
    };
    let [one, two, three] = [issue(), issue(), issue()];
    for lacking in [&[][..], &["--pepper-file", "other"]] {
        for refused in [
            &["issue", "--client", "acme_corp"][..],
            &["rotate", &one],
            &["import"],
            &["import", "--dry-run"],
            &["enable", &one],
        ] {
            let refused = site.admin(&[&["--json"], refused, lacking].concat());
            assert_eq!(refused.code, Some(1), "{refused:?}");
            let error: Value = serde_json::from_str(&refused.stderr).unwrap();
            assert_eq!(error["error"]["code"], "wrong_pepper");
            let message = error["error"]["message"].as_str().unwrap();
            assert!(message.contains("set LOGGER_PEPPER_FILE"), "{message}");
        }
    }
    intact(site, &pepper);

    let revoked = site.admin_json(&["revoke", &one, "--yes"]);
    assert!(
        revoked["audit"]["seal"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );
    site.admin_json(&["disable", &two, "--pepper-file", "other"]);
    let said = intact(site, &pepper);
    assert!(said.contains("sealed without the pepper"), "{said}");
    assert!(
        !said.contains("altered,") || said.contains("None was altered"),
        "{said}"
    );
    // The trail goes on.
    site.admin_json(&[&["disable", &three], &pepper[..]].concat());
    let report = site.admin_json(&[&["audit", "--verify"], &pepper[..]].concat());
    assert_eq!(report["intact"], true);
    let sealed = report["report"]["sealed_without_pepper"]
        .as_array()
        .unwrap();
    assert_eq!(sealed.len(), 2, "{report}");
}

/// Makes the trail as a program left it that sealed neither keys nor the end.
fn age(site: &Site) {
    for guard in site.audit_guards() {
        site.execute(guard);
    }
    let trail = site.admin_json(&["audit"]);
    let (hasher, mut before): (_, Option<Seal>) = (KeyHasher::new(), None);
    for entry in trail["entries"].as_array().unwrap() {
        let at = entry["at"].as_str().unwrap();
        let format = &time::format_description::well_known::Rfc3339;
        let at = time::OffsetDateTime::parse(at, format).unwrap();
        let text = |state: &Value| match state {
            Value::Null => Value::Null,
            state => json!(state.to_string()),
        };
        let sealed = json!([
            before.map(|seal| seal.to_string()),
            entry["sequence"],
            at.unix_timestamp_nanos() as i64 / 1_000_000,
            entry["actor"]["name"],
            entry["action"],
            entry["key_id"],
            entry["client_id"],
            text(&entry["before"]),
            text(&entry["after"]),
        ]);
        let seal = hasher.seal(SealPurpose::Entry, sealed.to_string().as_bytes());
        before = Some(seal);
        let sequence = &entry["sequence"];
        site.execute(&format!(
            "UPDATE audit_log SET seal = '{seal}', key_seal = NULL, actor_kind = NULL,
                 via = NULL WHERE sequence = {sequence}"
        ));
    }
    site.execute(&format!(
        "UPDATE key_store_state SET head = '{}', end_sequence = NULL, end_seal = NULL,
             is_taken_up = FALSE",
        before.unwrap()
    ));
}

fn a_trail_of_an_older_program_verifies_from_the_upgrade_on(site: &Site) {
    let [first, second] = ["a", "b"].map(|client| site.issue(client).id);
    site.admin_json(&["quota", "set", "--client", "a", "--requests-per-day", "9"]);
    age(site);
    let said = intact(site, &[]);
    assert!(
        said.contains("No key was compared with the trail"),
        "{said}"
    );

    site.admin_json(&["revoke", &first, "--yes"]);
    let said = intact(site, &[]);
    assert!(
        said.contains("2 keys were compared with the trail"),
        "{said}"
    );
    let trail = site.admin_json(&["audit"]);
    let actions = trail["entries"].as_array().unwrap().iter();
    let actions: Vec<_> = actions
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    let expected = [
        "issue", "issue", "quota", "baseline", "baseline", "baseline", "revoke",
    ];
    assert_eq!(actions, expected);
    site.execute(&format!(
        "UPDATE api_keys SET client_id = 'c' WHERE id = '{second}'"
    ));
    finds(site, &[], "client_id differs");

    // Nobody takes up what was tampered with a second time.
    site.execute("UPDATE key_store_state SET is_taken_up = FALSE");
    site.admin_json(&["migrate"]);
    finds(site, &[], "takes up keys as they were found");
}

fn keys_with_a_pepper_need_it_though_the_trail_of_an_older_program_had_none(site: &Site) {
    site.write("pepper", "a pepper of more than thirty-two bytes\n");
    let pepper = ["--pepper-file", "pepper"];
    site.issue_with(&[&["--client", "a"], &pepper[..]].concat());
    age(site);
    site.execute("UPDATE key_store_state SET pepper = ''");
    let refused = site.admin(&["issue", "--client", "a"]);
    assert!(
        refused.one_line().contains("set LOGGER_PEPPER_FILE"),
        "{refused:?}"
    );
    site.admin_json(&[&["migrate"], &pepper[..]].concat());
    let refused = site.admin(&["issue", "--client", "a"]);
    assert!(
        refused.one_line().contains("set LOGGER_PEPPER_FILE"),
        "{refused:?}"
    );
    site.issue_with(&[&["--client", "a"], &pepper[..]].concat());
    let said = intact(site, &pepper);
    assert!(
        said.contains("2 keys were compared with the trail"),
        "{said}"
    );
}

#[test]
fn tables_that_were_swapped_with_those_of_another_database_are_found() {
    let (one, other) = (Site::on_sqlite(), Site::on_sqlite());
    let pepper = ["--pepper-file", "pepper"];
    for site in [&one, &other] {
        site.write("pepper", "a pepper of more than thirty-two bytes\n");
        site.issue_with(&[&["--client", "acme_corp"], &pepper[..]].concat());
    }
    let other = other.path("data/central-logger.db");
    let mut swap = format!("ATTACH '{}' AS other;", other.display());
    for guard in one.audit_guards() {
        swap += &format!("{guard};");
    }
    for table in [
        "api_keys",
        "audit_log",
        "key_store_state",
        "client_quotas",
        "retention",
    ] {
        swap += &format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM other.{table};");
    }
    one.execute_all(&swap);
    finds(&one, &pepper, "the trail is another store's");
}

#[test]
fn an_untampered_copy_at_another_path_verifies() {
    let (site, copy) = (Site::on_sqlite(), Site::on_sqlite());
    let issued = site.admin_json(&["issue", "--client", "acme_corp"]);
    std::fs::create_dir(copy.path("data")).unwrap();
    let to = copy.path("data/central-logger.db");
    site.execute_all(&format!("VACUUM INTO '{}'", to.display()));
    intact(&copy, &["--at-least", &noted(&issued)]);
}

fn a_change_by_hand_is_found_though_a_program_has_changed_the_key_since(site: &Site) {
    site.write("pepper", "a pepper of more than thirty-two bytes\n");
    let pepper = ["--pepper-file", "pepper"];
    let issue = || {
        site.issue_with(&[&["--client", "acme_corp"], &pepper[..]].concat())
            .id
    };
    let [first, second, third] = [issue(), issue(), issue()];
    site.execute(&format!(
        "UPDATE api_keys SET scopes = 'keys:manage', client_id = 'widget_co' WHERE id = '{first}'"
    ));
    site.admin_json(&[&["disable", &first], &pepper[..]].concat());
    finds(
        site,
        &pepper,
        &format!("the key {first} is not as entry 2 left it: scopes, client_id differs"),
    );

    // One hash in the place of another, and then a change by a program.
    site.execute(&format!(
        "CREATE TABLE kept AS SELECT key_hash, fingerprint FROM api_keys WHERE id = '{third}'"
    ));
    site.execute(&format!("DELETE FROM api_keys WHERE id = '{third}'"));
    site.execute(&format!(
        "UPDATE api_keys SET key_hash = (SELECT key_hash FROM kept),
             fingerprint = (SELECT fingerprint FROM kept) WHERE id = '{second}'"
    ));
    site.admin_json(&[&["disable", &second], &pepper[..]].concat());
    let (_, said) = verdict(site, &pepper);
    let line = said.lines().find(|line| line.contains(&second)).unwrap();
    assert!(line.contains("key_hash or fingerprint differs"), "{said}");
}

fn a_row_that_cannot_be_read_keeps_nobody_from_revoking_after_an_upgrade(site: &Site) {
    let [id, other] = ["a", "b"].map(|client| site.issue(client).id);
    age(site);
    site.execute(&format!(
        "UPDATE api_keys SET scopes = 'nonsense' WHERE id = '{other}'"
    ));
    site.admin_json(&["revoke", &id, "--yes"]);
    assert_eq!(site.admin_json(&["show", &id])["status"], "revoked");
}
