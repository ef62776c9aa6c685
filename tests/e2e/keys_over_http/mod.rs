//! Keys over HTTP: a client that manages its own, and programs of the provider.

mod access;
mod at_once;
mod input;
mod life;

use crate::{
    http::Answer,
    process::Server,
    site::{Issued, Site},
};
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) const KEYS: &str = "/api/v1/keys";
pub(crate) const ALL_KEYS: &str = "/api/v1/provider/keys";
pub(crate) const WHOAMI: &str = "/api/v1/whoami";

/// What a key object has, beside what the call itself adds.
const MEMBERS: [&str; 26] = [
    "allow_ip",
    "bytes_per_day",
    "client_id",
    "client_name",
    "created_at",
    "entries_per_day",
    "environment",
    "expires_at",
    "grace_ends_at",
    "is_active",
    "is_weak",
    "key_id",
    "last_used_at",
    "last_used_from",
    "made_by",
    "name",
    "note",
    "pending",
    "rate",
    "replaces",
    "requests_per_day",
    "requests_per_month",
    "revoked_at",
    "revoked_reason",
    "scopes",
    "status",
];

/// Calls with a key.
pub(crate) struct Client<'a> {
    server: &'a Server,
    key: &'a str,
}

impl<'a> Client<'a> {
    pub(crate) fn of(server: &'a Server, key: &'a str) -> Self {
        Self { server, key }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.server.get(self.key, path)
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send_if(method, path, body, &[])
    }

    /// `null` is no body at all.
    pub(crate) fn send_if(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        more: &[(&str, &str)],
    ) -> Answer {
        let mut headers = vec![("X-API-Key", self.key)];
        headers.extend(more);
        if body.is_null() {
            return self.server.send(method, path, &headers, b"");
        }
        headers.push(("Content-Type", "application/json"));
        self.server
            .send(method, path, &headers, body.to_string().as_bytes())
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, body)
    }

    fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, body)
    }
}

pub(crate) fn manager(site: &Site, client: &str) -> Issued {
    let scopes = ["logs:write", "logs:read", "keys:manage"].map(|scope| ["--scope", scope]);
    site.issue_with(&[&["--client", client], scopes.as_flattened()].concat())
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[track_caller]
pub(crate) fn has_members(object: &Value, added: &[&str]) {
    let found: BTreeSet<_> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = MEMBERS.iter().chain(added).copied().collect();
    assert_eq!(found, expected);
}
