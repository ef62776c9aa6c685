//! Secrets stand nowhere but where they are shown once.

use crate::{http::GUIDE_ENTRY, site::Site};
use central_logger_postgres::testing::dump;
use std::fs;

on_both_databases! {
    neither_database_nor_log_holds_a_secret,
}

fn neither_database_nor_log_holds_a_secret(site: &Site) {
    const STATIC: &str = "static_key_0123456789";
    const MADE_ELSEWHERE: &str = "made_elsewhere_0123456789";
    site.write(".env", &format!(r#"API_KEYS={{"{STATIC}": "widget_co"}}"#));
    site.admin_json(&["import"]);
    let mut issue = site.admin_command();
    issue.args(["issue", "--client", "home", "--key-stdin"]);
    crate::process::with_input(&mut issue, MADE_ELSEWHERE);
    let keys = [
        site.issue("acme_corp").key,
        STATIC.to_owned(),
        MADE_ELSEWHERE.to_owned(),
    ];

    let mut command = site.server();
    command.env("RUST_LOG", "trace");
    let server = crate::process::Server::start(command);
    for key in &keys {
        server.post(key, GUIDE_ENTRY).json(201);
        server.post(&format!("{key}x"), GUIDE_ENTRY).problem(401);
    }
    server.tell_to_stop();
    let (_, log) = server.wait();
    let stored = stored_bytes(site);
    for key in &keys {
        // The secret of a generated key alone, too.
        let secret = key.rsplit_once('_').map_or(&**key, |(_, secret)| secret);
        for part in [key, &secret[..secret.len().min(24)]] {
            if part.len() >= 16 {
                assert!(!contains(&stored, part), "stored: {part}");
                assert!(!log.contains(part), "logged: {part}");
            }
        }
    }
    // The search sees what is there.
    assert!(contains(&stored, "acme_corp") && contains(&stored, "$argon2id$"));
}

/// All that the database keeps.
fn stored_bytes(site: &Site) -> Vec<u8> {
    match &site.database_url {
        Some(url) => dump(url).into_bytes(),
        None => {
            let files = fs::read_dir(site.path("data")).unwrap();
            files
                .flat_map(|file| fs::read(file.unwrap().path()).unwrap())
                .collect()
        }
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}
