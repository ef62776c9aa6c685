//! What was answered with 201 is there after a crash.

use crate::{http::GUIDE_ENTRY, site::Site};

on_both_databases! {
    entries_outlive_kill_9,
}

fn entries_outlive_kill_9(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start_process();
    let id = server.post(&key, GUIDE_ENTRY).json(201)["id"].clone();
    let before = server.list(&key, "");
    server.kill();

    let server = site.start_process();
    assert_eq!(server.list(&key, ""), before);
    assert_eq!(before[0]["id"], id);
}
