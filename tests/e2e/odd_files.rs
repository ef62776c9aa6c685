//! Files that are no files: pipes that nobody writes to, devices, directories.

use crate::{
    process::{Finished, Server},
    site::Site,
};
use std::{fs, process::Command};

on_both_databases! {
    a_file_that_cannot_be_read_is_one_clear_error,
    a_server_goes_on_when_its_file_becomes_a_pipe,
    settings_from_a_pipe_are_read_once,
}

const WHOAMI: &str = "/api/v1/whoami";

fn make_pipe(site: &Site, name: &str) {
    let made = Command::new("mkfifo").arg(site.path(name)).status();
    assert!(made.unwrap().success());
}

fn a_file_that_cannot_be_read_is_one_clear_error(site: &Site) {
    site.admin_json(&["migrate"]);
    make_pipe(site, "pipe");
    fs::create_dir(site.path("folder")).unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    site.write("cert.pem", &made.cert.pem());
    for odd in ["pipe", "folder", "/dev/zero"] {
        for arguments in [
            &["list", "--env-file", odd][..],
            &["list", "--pepper-file", odd],
            &["list", "--database-url-file", odd],
            &["import", "--hashes", odd],
            &["migrate", "--database-url", &format!("sqlite:{odd}")],
        ] {
            let refused = site.admin(arguments);
            assert!(
                refused.one_line().contains(odd),
                "{arguments:?}: {refused:?}"
            );
        }
        let mut command = site.admin_command();
        let refused = Finished::of(
            command
                .env("DATABASE_URL_FILE", odd)
                .env_remove("DATABASE_URL")
                .arg("list"),
        );
        assert!(refused.one_line().contains(odd), "{refused:?}");
        for arguments in [
            &["--env-file", odd][..],
            &["--pepper-file", odd],
            &["--tls-cert", odd, "--tls-key", "key.pem"],
            &["--tls-cert", "cert.pem", "--tls-key", odd],
            &[
                "--webhook-url",
                "https://hooks.example.com",
                "--webhook-secret-file",
                odd,
            ],
        ] {
            let mut command = site.server();
            let refused = Server::refuse({
                command.args(arguments);
                command
            });
            assert!(
                refused.one_line().contains(odd),
                "{arguments:?}: {refused:?}"
            );
        }
    }
    for exists in ["pipe", "folder", "/dev/zero"] {
        let refused = site.admin(&["issue", "--client", "acme", "--message-file", exists]);
        assert!(refused.one_line().contains(exists), "{refused:?}");
    }
    assert_eq!(
        site.admin_json(&["list"])["keys"].as_array().unwrap().len(),
        0
    );

    make_pipe(site, ".env");
    let refused = site.admin(&["list"]);
    assert!(refused.one_line().contains(".env"), "{refused:?}");
    let refused = Server::refuse(site.server());
    assert!(refused.one_line().contains(".env"), "{refused:?}");
    let doctor = site.admin(&["doctor"]);
    assert_eq!(doctor.code, Some(1));
    assert!(doctor.stdout.contains(".env"), "{doctor:?}");
}

fn a_server_goes_on_when_its_file_becomes_a_pipe(site: &Site) {
    site.write(".env", r#"API_KEYS={"first_key_0123456789": "acme_corp"}"#);
    let server = site.start_process();
    for _ in 0..2 {
        fs::remove_file(site.path(".env")).unwrap();
        make_pipe(site, ".env");
        let line = server.await_log("API_KEYS kept as they were");
        assert!(line.to_string().contains("pipe"), "{line}");
        server.get("first_key_0123456789", WHOAMI).json(200);

        fs::remove_file(site.path(".env")).unwrap();
        site.write(
            ".env",
            r#"API_KEYS={"first_key_0123456789": "acme_corp", "second_key_0123456789": "b"}"#,
        );
        server.await_log("API_KEYS changed");
    }
    fs::remove_file(site.path(".env")).unwrap();
    make_pipe(site, ".env");
    server.await_log("API_KEYS kept as they were");
    server.tell_to_stop();
    let (status, log) = server.wait();
    assert!(status.success(), "{log}");
}

fn settings_from_a_pipe_are_read_once(site: &Site) {
    let admin = site.admin_command();
    let mut shell = Command::new("bash");
    shell.args([
        "-c",
        r#""$0" --json issue --client acme_corp --env-file <(echo LOGGER_KEY_PREFIX=acme)"#,
    ]);
    shell
        .arg(admin.get_program())
        .current_dir(admin.get_current_dir().unwrap());
    for (name, value) in admin.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let issued = Finished::of(&mut shell);
    assert_eq!(issued.code, Some(0), "{issued:?}");
    assert!(issued.stdout.contains("acme_live_"), "{issued:?}");
    // Nothing is no mistake.
    let listed = site.admin(&["list", "--env-file", "/dev/null"]);
    assert_eq!(listed.code, Some(0), "{listed:?}");
}
