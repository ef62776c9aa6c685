//! A browser as far as pages without a script need one: it keeps a cookie and sends forms.

use crate::{http::Answer, process::Server, sessions::cookie};
use std::fmt::Write;

/// What a browser says of a request that a page of the same server has made.
pub(crate) const SAME: (&str, &str) = ("Sec-Fetch-Site", "same-origin");
pub(crate) const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// A person before a browser, signed in.
pub(crate) struct Browser<'s> {
    pub(crate) server: &'s Server,
    pub(crate) cookie: String,
}

impl<'s> Browser<'s> {
    /// Signs in by a key.
    pub(crate) fn with_key(server: &'s Server, key: &str) -> Self {
        let answer = sign_in(server, &[SAME, FORM], &[("key", key)]);
        assert_eq!(answer.status, 303, "{answer:?}");
        Self {
            server,
            cookie: cookie(&answer),
        }
    }

    /// Opens a page, whatever comes.
    pub(crate) fn ask(&self, path: &str) -> Answer {
        self.server.call("GET", path, &[("Cookie", &self.cookie)])
    }

    /// Opens a page.
    #[track_caller]
    pub(crate) fn open(&self, path: &str) -> String {
        let answer = self.ask(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    }

    /// Sends a form of a page of this session.
    pub(crate) fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = form_token(&self.open("/console/sessions"));
        let fields = [&[("form_token", &*token)], fields].concat();
        self.send(path, &[SAME, FORM], &fields)
    }

    /// Sends fields with these headers.
    pub(crate) fn send(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Answer {
        let headers = [&[("Cookie", &*self.cookie)], headers].concat();
        let body = encoded(fields);
        self.server.send("POST", path, &headers, body.as_bytes())
    }
}

/// Sends the form of the page on which people sign in.
pub(crate) fn sign_in(
    server: &Server,
    headers: &[(&str, &str)],
    fields: &[(&str, &str)],
) -> Answer {
    let body = encoded(fields);
    server.send("POST", "/console/sign-in", headers, body.as_bytes())
}

/// What the first form of a page proves itself with.
pub(crate) fn form_token(page: &str) -> String {
    let token = page
        .split("name=\"form_token\" value=\"")
        .nth(1)
        .expect("a form");
    token.split('"').next().unwrap().to_owned()
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (name, value) in fields {
        write!(body, "&{}={}", percent(name), percent(value)).unwrap();
    }
    body.split_off(body.len().min(1))
}

/// A text as it may stand in a form or a query.
pub(crate) fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                encoded.push(byte as char)
            }
            byte => write!(encoded, "%{byte:02X}").unwrap(),
        }
    }
    encoded
}
