//! Output that cannot be delivered: closed, full, or with nobody who reads.

use crate::{process::Finished, site::Site};
use std::{
    fs::File,
    io::pipe,
    process::{Command, Stdio},
};

on_both_databases! {
    a_key_that_nobody_would_see_is_not_made,
    a_key_that_could_not_be_shown_is_told_of,
    a_first_key_that_could_not_be_shown_does_not_stay,
    a_broken_standard_error_panics_nowhere,
}

fn number_of_keys(site: &Site, status: &str) -> usize {
    let keys = site.admin_json(&["list", "--status", status]);
    keys["keys"].as_array().unwrap().len()
}

/// A pipe whose reader has gone.
fn broken() -> Stdio {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    writer.into()
}

fn full() -> Stdio {
    File::options()
        .write(true)
        .open("/dev/full")
        .unwrap()
        .into()
}

/// The command with standard output, or standard error, closed by a shell.
fn closed(command: &Command, descriptor: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec \"$0\" \"$@\" {descriptor}>&-")]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

fn finished(command: &mut Command, stdout: Stdio) -> Finished {
    let child = command
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped());
    Finished::from(child.spawn().unwrap().wait_with_output().unwrap())
}

fn a_key_that_nobody_would_see_is_not_made(site: &Site) {
    let old = site.issue("acme_corp");
    for arguments in [
        &["issue", "--client", "acme_corp"][..],
        &["--json", "issue", "--client", "acme_corp"],
        &["rotate", &old.id],
        &["rotate", &old.id, "--grace", "0"],
    ] {
        let mut command = site.admin_command();
        command.args(arguments);
        for refused in [
            finished(&mut closed(&command, "1"), Stdio::piped()),
            finished(&mut command, broken()),
            finished(&mut command, Stdio::null()),
        ] {
            assert_eq!(refused.code, Some(1), "{arguments:?}: {refused:?}");
            assert!(refused.stderr.contains("nothing was done"), "{refused:?}");
        }
    }
    assert_eq!(number_of_keys(site, "active"), 1);

    // In a file it is seen, and who brings a key has it.
    let mut command = site.admin_command();
    command.args([
        "issue",
        "--client",
        "acme_corp",
        "--message-file",
        "acme.txt",
    ]);
    assert_eq!(finished(&mut command, Stdio::null()).code, Some(0));
    assert!(
        std::fs::read_to_string(site.path("acme.txt"))
            .unwrap()
            .contains("cl_live_")
    );
    assert_eq!(number_of_keys(site, "active"), 2);
    let mut command = site.admin_command();
    command.arg("generate");
    assert_eq!(finished(&mut command, broken()).code, Some(1));
}

fn a_key_that_could_not_be_shown_is_told_of(site: &Site) {
    let old = site.issue("acme_corp");
    for arguments in [
        &["issue", "--client", "widget_co"][..],
        &["--json", "issue", "--client", "widget_co"],
        &["rotate", &old.id],
    ] {
        let mut command = site.admin_command();
        let lost = finished(command.args(arguments), full());
        assert_eq!(lost.code, Some(1), "{lost:?}");
        let advice = lost
            .stderr
            .split_once("central-logger-admin revoke ")
            .unwrap()
            .1;
        let id = advice.split_once('`').unwrap().0;
        let revoked = site.admin_json(&["revoke", id]);
        assert_eq!(revoked["revoked"][0], id);
    }
    let mut command = site.admin_command();
    command.args([
        "issue",
        "--client",
        "widget_co",
        "--message-file",
        "widget.txt",
    ]);
    let written = finished(&mut command, full());
    assert_eq!(written.code, Some(1), "{written:?}");
    assert!(written.stderr.contains("widget.txt") && !written.stderr.contains("revoke"));
    let mut command = site.admin_command();
    assert_eq!(finished(command.arg("generate"), full()).code, Some(1));
    // What can be asked for again needs no reader.
    let mut command = site.admin_command();
    assert_eq!(finished(command.arg("list"), broken()).code, Some(0));
    let mut command = site.admin_command();
    assert_eq!(finished(command.arg("list"), full()).code, Some(1));
}

fn a_first_key_that_could_not_be_shown_does_not_stay(site: &Site) {
    let mut command = site.server();
    command.arg("--quickstart");
    for refused in [
        finished(&mut closed(&command, "1"), Stdio::piped()),
        finished(&mut command, broken()),
    ] {
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("was not made"), "{refused:?}");
    }
    assert_eq!(
        number_of_keys(site, "active") + number_of_keys(site, "revoked"),
        0
    );
    let lost = finished(&mut command, full());
    assert_eq!(lost.code, Some(1), "{lost:?}");
    assert!(lost.stderr.contains("was revoked"), "{lost:?}");
    assert_eq!(
        (
            number_of_keys(site, "active"),
            number_of_keys(site, "revoked")
        ),
        (0, 1)
    );
}

fn a_broken_standard_error_panics_nowhere(site: &Site) {
    let issued = site.issue("acme_corp");
    for (arguments, code) in [
        (&["--help"][..], 0),
        (&["--version"], 0),
        (&["completions", "bash"], 0),
        (&["issue", "--help"], 0),
        (&["frobnicate"], 2),
        (&["--json", "frobnicate"], 2),
        (&["show", "000000000000"], 1),
        (&["--json", "show", "000000000000"], 1),
        (
            &["list", "--database-url", "postgres://me:pw@127.0.0.1:1/x"],
            1,
        ),
        (&["doctor"], 0),
        (&["revoke", &issued.id], 0),
    ] {
        let mut command = site.admin_command();
        command.args(arguments);
        let finished = |command: &mut Command, stderr| {
            let child = command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(stderr);
            child
                .spawn()
                .unwrap()
                .wait_with_output()
                .unwrap()
                .status
                .code()
        };
        assert_eq!(
            finished(&mut command, broken()),
            Some(code),
            "{arguments:?}"
        );
        assert_eq!(finished(&mut command, full()), Some(code), "{arguments:?}");
        assert_eq!(
            finished(&mut closed(&command, "2"), Stdio::piped()),
            Some(code),
            "{arguments:?}"
        );
    }
    for arguments in [&["--help"][..], &["completions", "bash"]] {
        let mut command = site.admin_command();
        assert_eq!(finished(command.args(arguments), broken()).code, Some(0));
        assert_eq!(
            finished(&mut command, full()).code,
            Some(1),
            "{arguments:?}"
        );
    }
    let mut command = site.server();
    command.args(["--bind", "nowhere"]).stderr(broken());
    assert_eq!(
        command.stdin(Stdio::null()).status().unwrap().code(),
        Some(1)
    );
}

/// The server tells its address in its log alone, so that it is found by the port.
#[test]
fn a_server_whose_log_nobody_reads_serves_on() {
    let site = Site::on_sqlite();
    let key = site.issue("acme_corp").key;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let mut command = site.server();
    command
        .args(["--bind", &address])
        .stderr(broken())
        .stdin(Stdio::null());
    let mut child = command.spawn().unwrap();
    let url = format!("http://{address}/api/v1/whoami");
    let began = std::time::Instant::now();
    let status = loop {
        match ureq::get(&url).header("X-API-Key", &key).call() {
            Ok(answer) => break answer.status().as_u16(),
            Err(ureq::Error::StatusCode(status)) => break status,
            Err(error) => assert!(began.elapsed() < crate::process::PATIENCE, "{error}"),
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    assert_eq!(status, 200);
    // A refusal is logged, which must not harm the thread.
    for _ in 0..8 {
        let refused = ureq::get(&url)
            .header("X-API-Key", "wrong_key_0123456789")
            .call();
        assert!(
            matches!(refused, Err(ureq::Error::StatusCode(401))),
            "{refused:?}"
        );
    }
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
}
