//! Where to report a vulnerability.

use crate::{process::Server, site::Site};

const PATH: &str = "/.well-known/security.txt";

#[test]
fn the_contact_is_served_and_expires() {
    let site = Site::on_sqlite();
    for from_flag in [true, false] {
        let mut command = site.server();
        let contact = "mailto:security@example.com";
        match from_flag {
            true => command.args(["--security-contact", contact]),
            false => command.env("LOGGER_SECURITY_CONTACT", contact),
        };
        let server = Server::start(command);
        let answer = server.call("GET", PATH, &[]);
        assert_eq!(answer.status, 200);
        let media_type = answer.header("content-type");
        assert_eq!(media_type, Some("text/plain; charset=utf-8"));
        let lines: Vec<_> = answer.body.lines().collect();
        assert_eq!(lines.len(), 2, "{answer:?}");
        assert_eq!(lines[0], format!("Contact: {contact}"));
        let expires = lines[1].strip_prefix("Expires: ").unwrap();
        assert!(
            expires.starts_with("20") && expires.ends_with("T00:00:00Z"),
            "{expires}"
        );
        assert_eq!(server.call("HEAD", PATH, &[]).status, 200);
        server.call("POST", PATH, &[]).problem(405);
    }
}

#[test]
fn without_a_contact_there_is_none() {
    let site = Site::on_sqlite();
    let server = site.start();
    server.call("GET", PATH, &[]).problem(404);
}

#[test]
fn a_contact_that_is_none_stops_the_start() {
    let site = Site::on_sqlite();
    for wrong in [
        "security@example.com",
        "http://example.com",
        "mailto:a b@example.com",
    ] {
        let mut command = site.server();
        command.env("LOGGER_SECURITY_CONTACT", wrong);
        let refused = Server::refuse(command);
        let line = refused.one_line();
        assert!(line.contains("LOGGER_SECURITY_CONTACT"), "{line}");
        assert!(line.contains("mailto:security@example.com"), "{line}");
    }
}
