//! The keys in `.env`, followed as the file changes.

use crate::{process::Server, site::Site};

on_both_databases! {
    a_key_added_to_the_file_works_without_a_restart,
    a_wrong_file_leaves_the_last_good_keys,
    the_wrong_form_is_refused_with_the_right_one_shown,
    the_database_has_the_last_word_on_a_key_that_it_knows,
}

const WHOAMI: &str = "/api/v1/whoami";
const ONE: &str = r#"API_KEYS={"first_key_0123456789": "acme_corp"}"#;

fn a_key_added_to_the_file_works_without_a_restart(site: &Site) {
    let server = site.start_process();
    assert_eq!(server.get("first_key_0123456789", WHOAMI).status, 401);
    site.write(".env", ONE);
    server.await_log("API_KEYS changed");
    let identity = server.get("first_key_0123456789", WHOAMI).json(200);
    assert_eq!(identity["client_id"], "acme_corp");
    assert_eq!(identity["key_id"], "static-acme_corp");

    site.write(
        ".env",
        r#"API_KEYS='{"second_key_0123456789": "widget_co"}'"#,
    );
    server.await_log("API_KEYS changed");
    server.get("second_key_0123456789", WHOAMI).json(200);
    server.get("first_key_0123456789", WHOAMI).problem(401);
}

fn a_wrong_file_leaves_the_last_good_keys(site: &Site) {
    site.write(".env", ONE);
    let server = site.start_process();
    for wrong in [
        "API_KEYS={\n    \"first_key_0123456789\": \"acme",
        "API_KEYS=key1:client1,key2:client2",
        r#"API_KEYS={"first_key_0123456789": "No Client"}"#,
    ] {
        site.write(".env", wrong);
        let line = server.await_log("API_KEYS kept as they were");
        assert!(line["fields"]["error"].is_string(), "{line}");
        server.get("first_key_0123456789", WHOAMI).json(200);
    }
    site.write(".env", "# none any more\n");
    server.await_log("API_KEYS changed");
    server.get("first_key_0123456789", WHOAMI).problem(401);
}

fn the_wrong_form_is_refused_with_the_right_one_shown(site: &Site) {
    site.write(".env", "API_KEYS=sekrit1:client1,sekrit2:client2\n");
    let in_file = Server::refuse(site.server());
    let mut command = site.server();
    command.env("API_KEYS", "sekrit1:client1,sekrit2:client2");
    let in_environment = Server::refuse(command);
    for refused in [in_file, in_environment] {
        let line = refused.one_line();
        let form = r#"API_KEYS={"key1": "client1", "key2": "client2"}"#;
        assert!(line.contains(form), "{line}");
        assert!(!line.contains("sekrit"), "{line}");
    }
}

fn the_database_has_the_last_word_on_a_key_that_it_knows(site: &Site) {
    site.write(".env", ONE);
    let server = site.start_process();
    server.get("first_key_0123456789", WHOAMI).json(200);
    let imported = site.admin_json(&["import"]);
    let id = imported["keys"][0]["key_id"].as_str().unwrap();
    assert_eq!(
        server.get("first_key_0123456789", WHOAMI).json(200)["key_id"],
        id
    );
    site.admin_json(&["revoke", id]);
    server.get("first_key_0123456789", WHOAMI).problem(401);
}
