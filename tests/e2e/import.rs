//! Keys that were made elsewhere come into the database.

use crate::{process::with_input, site::Site};
use serde_json::Value;

on_both_databases! {
    a_key_that_was_presented_before_is_valid_when_issue_returns,
    static_keys_are_imported_once,
    hashes_of_another_service_are_imported,
    many_hashes_are_imported_in_order_and_each_once,
}

const WHOAMI: &str = "/api/v1/whoami";
const HASHES: &str = "\
client_id,note,sha256
acme_corp,\"the invoices, mostly\",82a1b6f0259286651d9454423f20a754c95de4a9faac53d9d1e0787d053cd9a4
widget_co,,E00E1BCB9C171116EFD1EBD17BE36B72D184F3C65F7F8CE2DCB86F5782EB3EA7
";

fn many_hashes_are_imported_in_order_and_each_once(site: &Site) {
    let rows = (0..20).map(|number| format!("client_{number},,{number:064x}"));
    let csv = ["client_id,note,sha256".to_owned()].into_iter().chain(rows);
    let csv: Vec<_> = csv.collect();
    let csv = csv.join("\n");
    site.write("keys.csv", &csv);
    let imported = site.admin_json(&["import", "--hashes", "keys.csv"]);
    let keys = imported["keys"].as_array().unwrap();
    let clients: Vec<_> = keys
        .iter()
        .map(|key| key["client_id"].as_str().unwrap())
        .collect();
    let expected: Vec<_> = (0..20).map(|number| format!("client_{number}")).collect();
    assert_eq!(clients, expected);
    let count = |outcome: &str| keys.iter().filter(|key| key["outcome"] == outcome).count();
    assert_eq!((count("imported"), count("known")), (20, 0), "{imported}");
    let listed = site.admin_json(&["list"]);
    assert_eq!(listed["keys"].as_array().unwrap().len(), 20);
}

fn static_keys_are_imported_once(site: &Site) {
    site.write(
        ".env",
        r#"API_KEYS={
    "abc123_dev_key": "client_demo",
    "xyz789_real_key": "acme_corp"
}"#,
    );
    site.admin_json(&["migrate"]);
    let outcomes = |imported: &Value| -> Vec<String> {
        let keys = imported["keys"].as_array().unwrap();
        keys.iter()
            .map(|key| key["outcome"].as_str().unwrap().to_owned())
            .collect()
    };
    let number = || site.admin_json(&["list"])["keys"].as_array().unwrap().len();
    let refused = site.admin(&["--json", "import"]);
    assert_eq!(refused.code, Some(1));
    let entries: Value = serde_json::from_str(&refused.stdout).unwrap();
    assert_eq!(outcomes(&entries), ["refused", "refused"]);
    let reason = entries["keys"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("--allow-weak"), "{reason}");
    let import =
        |further: &[&str]| site.admin_json(&[&["import", "--allow-weak"], further].concat());
    let trial = import(&["--dry-run"]);
    assert_eq!(outcomes(&trial), ["new", "new"]);
    assert_eq!(number(), 0);
    assert_eq!(outcomes(&import(&[])), ["imported", "imported"]);
    assert_eq!(outcomes(&import(&[])), ["known", "known"]);
    assert_eq!(number(), 2);
    let due = site.admin_json(&["list", "--due", "90d"]);
    assert_eq!(due["keys"].as_array().unwrap().len(), 2);
    assert_eq!(due["keys"][0]["is_weak"], true);

    // The file is not needed any more.
    site.write(".env", "");
    let server = site.start();
    let identity = server.get("xyz789_real_key", WHOAMI).json(200);
    assert_eq!(identity["client_id"], "acme_corp");

    // A key stays with its client, and one bad entry keeps no other out.
    site.write(
        ".env",
        r#"API_KEYS={"xyz789_real_key": "thief", "another_key_0123456789": "new"}"#,
    );
    let imported = site.admin(&["--json", "import"]);
    assert_eq!(imported.code, Some(1));
    let entries: Value = serde_json::from_str(&imported.stdout).unwrap();
    assert_eq!(outcomes(&entries), ["refused", "imported"]);
}

fn hashes_of_another_service_are_imported(site: &Site) {
    // SHA-256 of `another_service_key_1` and `another_service_key_2`.
    site.write("keys.csv", HASHES);
    let imported = site.admin_json(&["import", "--hashes", "keys.csv"]);
    assert_eq!(imported["keys"].as_array().unwrap().len(), 2);
    assert!(
        imported["keys"]
            .as_array()
            .unwrap()
            .iter()
            .all(|key| key["outcome"] == "imported")
    );
    let again = site.admin_json(&["import", "--hashes", "keys.csv"]);
    assert!(
        again["keys"]
            .as_array()
            .unwrap()
            .iter()
            .all(|key| key["outcome"] == "known")
    );
    let server = site.start();
    for (key, client) in [
        ("another_service_key_1", "acme_corp"),
        ("another_service_key_2", "widget_co"),
    ] {
        assert_eq!(server.get(key, WHOAMI).json(200)["client_id"], client);
    }
    let listed = site.admin_json(&["list", "--client", "acme_corp"]);
    assert_eq!(listed["keys"][0]["note"], "the invoices, mostly");

    let digest = |digit: char| digit.to_string().repeat(64);
    let number = || site.admin_json(&["list"])["keys"].as_array().unwrap().len();
    let before = number();
    for (last, says) in [
        ("acme_corp,,12".to_owned(), "line 3"),
        (format!("Acme,,{}", digest('2')), "line 3"),
        (
            format!("acme_corp,a\0b,{}", digest('2')),
            "line 3: the note",
        ),
        (
            format!("acme_corp,\u{1b}[2J,{}", digest('2')),
            "line 3: the note",
        ),
        (
            format!("acme_corp,\"a\nb\",{}", digest('2')),
            "line 3: the note",
        ),
        (
            format!("acme_corp,,{}", digest('1')),
            "line 3: the same hash is in line 2",
        ),
        ("acme_corp".to_owned(), "line: 3"),
    ] {
        let rows = format!("acme_corp,fine,{}\n{last}\n", digest('1'));
        site.write("wrong.csv", &format!("client_id,note,sha256\n{rows}"));
        for dry in [&["--dry-run"][..], &[]] {
            let refused = site.admin(&[&["import", "--hashes", "wrong.csv"], dry].concat());
            assert!(refused.one_line().contains(says), "{refused:?}");
        }
    }
    for header in ["acme_corp,x", "client_id,note,sha256,expires_at"] {
        site.write("wrong.csv", &format!("{header}\n"));
        let refused = site.admin(&["import", "--hashes", "wrong.csv"]);
        assert!(
            refused.one_line().contains("client_id,note,sha256"),
            "{refused:?}"
        );
    }
    assert_eq!(number(), before, "nothing of a wrong table is stored");
}

fn a_key_that_was_presented_before_is_valid_when_issue_returns(site: &Site) {
    let server = site.start();
    for n in 0..5 {
        let key = format!("made-elsewhere-0123456789-{n}");
        server.get(&key, "/api/v1/whoami").problem(401);
        let mut issue = site.admin_command();
        issue.args(["issue", "--key-stdin", "--client", "acme_corp"]);
        with_input(&mut issue, &key);
        server.get(&key, "/api/v1/whoami").json(200);
    }
}
