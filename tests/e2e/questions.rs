//! Questions that are asked at a terminal before what cannot be undone.
#![cfg(unix)]

use crate::site::Site;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::{
    ffi::OsStr,
    fs::File,
    io::{Read, Write},
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    process::{Command, Stdio},
};

on_both_databases! {
    revoking_asks_at_a_terminal_and_nowhere_else,
}

/// A terminal, and what is at its other end.
struct Terminal {
    person: File,
    program: File,
}

impl Terminal {
    fn open() -> Self {
        let person: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap();
        let name = OsStr::from_bytes(name.as_bytes());
        let program = File::options().read(true).write(true).open(name).unwrap();
        Self {
            person: person.into(),
            program,
        }
    }

    fn program(&self) -> Stdio {
        self.program.try_clone().unwrap().into()
    }
}

/// How a command ends whose input is a terminal at which somebody says `answer`.
fn answered(command: &mut Command, terminal: &mut Terminal, answer: &str) -> Option<i32> {
    let mut child = command.stdin(terminal.program()).spawn().unwrap();
    terminal.person.write_all(answer.as_bytes()).unwrap();
    child.wait().unwrap().code()
}

fn revoking_asks_at_a_terminal_and_nowhere_else(site: &Site) {
    let issued = site.issue("acme_corp");
    let status = || site.admin_json(&["show", &issued.id])["status"].clone();
    let revoke = [
        &["revoke", &issued.id][..],
        &["revoke", "--client", "acme_corp"],
    ];
    let others = [
        &["retention", "set", "--keep", "90d"][..],
        &["retention", "forget", "--client", "acme_corp"],
        &["client", "remove", "acme_corp"],
    ];
    for arguments in [&revoke[..], &others].concat() {
        let mut terminal = Terminal::open();
        // Nobody sees a question that goes into a file, or away.
        for stderr in [
            File::create(site.path("err.log")).unwrap().into(),
            Stdio::null(),
        ] {
            let mut command = site.admin_command();
            command
                .args(arguments)
                .stdout(terminal.program())
                .stderr(stderr);
            assert_eq!(
                answered(&mut command, &mut terminal, "y\n"),
                Some(1),
                "{arguments:?}"
            );
        }
        let said = std::fs::read_to_string(site.path("err.log")).unwrap();
        assert!(said.contains("--yes"), "{said}");

        let mut terminal = Terminal::open();
        let mut command = site.admin_command();
        command
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(terminal.program());
        assert_eq!(
            answered(&mut command, &mut terminal, "n\n"),
            Some(1),
            "{arguments:?}"
        );
        let mut seen = [0; 512];
        let length = terminal.person.read(&mut seen).unwrap();
        let seen = String::from_utf8_lossy(&seen[..length]);
        assert!(seen.contains('n'), "{seen}");
    }
    assert_eq!(status(), "active");
    assert_eq!(
        site.admin_json(&["retention", "show"])["for_all"],
        "forever"
    );

    let mut terminal = Terminal::open();
    let mut command = site.admin_command();
    command
        .args(revoke[0])
        .stdout(Stdio::null())
        .stderr(terminal.program());
    assert_eq!(answered(&mut command, &mut terminal, "y\n"), Some(0));
    assert_eq!(status(), "revoked");
    // A script has said what it wants.
    let another = site.issue("acme_corp");
    site.admin_json(&["revoke", &another.id]);
}
