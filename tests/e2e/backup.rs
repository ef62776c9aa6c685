//! `backup`, `restore` and `doctor --deep`.

use crate::{http::GUIDE_ENTRY, site::Site};
use serde_json::Value;

on_both_databases! {
    a_backup_is_taken_while_a_server_works_and_restored_elsewhere,
    every_block_is_read_on_demand,
}

fn a_backup_is_taken_while_a_server_works_and_restored_elsewhere(site: &Site) {
    let (key, revoked) = (site.issue("acme_corp"), site.issue("acme_corp"));
    let server = site.start();
    for _ in 0..3 {
        server.post(&key.key, GUIDE_ENTRY).json(201);
    }
    let folder = site.path("backup").display().to_string();
    let taken = site.admin(&["--json", "backup", &folder]);
    if site.database_url.is_some() {
        assert_eq!(taken.code, Some(1), "{taken:?}");
        assert!(taken.stderr.contains("pg_dump"), "{taken:?}");
        return;
    }
    assert_eq!(taken.code, Some(0), "{taken:?}");
    let taken: Value = serde_json::from_str(&taken.stdout).unwrap();
    assert_eq!((&taken["keys"], &taken["entries"]), (&2.into(), &3.into()));
    site.admin_json(&["revoke", &revoked.id]);
    let noted = format!("{}:{}", taken["sequence"], taken["seal"].as_str().unwrap());
    let verified = site.admin_json(&["audit", "--verify", "--at-least", &noted]);
    assert_eq!(verified["intact"], true, "{verified}");

    let in_the_way = site.admin(&["restore", &folder]);
    assert_eq!(in_the_way.code, Some(1));
    assert!(
        in_the_way.stderr.contains("stop the servers"),
        "{in_the_way:?}"
    );

    let elsewhere = format!("sqlite:{}", site.path("new/central-logger.db").display());
    let there = ["--database-url", &elsewhere];
    let restored = site.admin_json(&[&["restore", &*folder], &there[..]].concat());
    assert_eq!(restored, taken);
    let keys = site.admin_json(&[&["list"], &there[..]].concat());
    let keys = keys["keys"].as_array().unwrap();
    assert!(keys.iter().all(|key| key["status"] == "active") && keys.len() == 2);
    let checked = site.admin(&[&["doctor", "--deep"], &there[..]].concat());
    assert!(checked.stdout.contains("contents"), "{checked:?}");
}

fn every_block_is_read_on_demand(site: &Site) {
    let key = site.issue("acme_corp");
    let server = site.start();
    for _ in 0..3 {
        server.post(&key.key, GUIDE_ENTRY).json(201);
    }
    let sealed = site.admin_json(&["logs", "seal"]);
    assert_eq!(sealed["sealed"], 3, "{sealed}");
    let found = site.admin_json_of_any(&["doctor", "--deep"]);
    let checks = found["checks"].as_array().unwrap();
    let contents = checks.iter().find(|check| check["name"] == "contents");
    let told = contents.unwrap()["detail"].as_str().unwrap();
    assert_eq!(told, "1 blocks with 3 entries were read");
}
