//! The calls that the description of the API shows, made as they are printed.

use crate::{
    http::GUIDE_ENTRY,
    process::{Finished, Server},
    site::Site,
};
use serde_json::Value;
use std::process::Command;

/// A server with a log and an alert, and who may ask for both.
struct Scene {
    server: Server,
    key: String,
    /// A key of the provider.
    program: String,
    log: String,
    alert: String,
}

impl Scene {
    /// The id in a path, of something that is there.
    fn id_in(&self, path: &str, key: &str) -> String {
        match path {
            _ if path.contains("/keys") => key.to_owned(),
            _ if path.contains("/clients/") => {
                // A sample before may have removed it.
                let headers = [("X-API-Key", &*self.program)];
                let path = "/api/v1/provider/clients/idle_inc";
                let set = self.server.call("PUT", path, &headers);
                assert!([200, 201].contains(&set.status), "{set:?}");
                "idle_inc".to_owned()
            }
            _ if path.contains("/alerts/") => self.alert.clone(),
            _ if path.contains("/sessions/") => {
                let begun =
                    self.server
                        .call("POST", "/api/v1/sessions", &[("X-API-Key", &self.key)]);
                begun.json(201)["session_id"].as_str().unwrap().to_owned()
            }
            _ if path.contains("/reveal-links/") => {
                let headers = [
                    ("X-API-Key", &*self.program),
                    ("Content-Type", "application/json"),
                ];
                let path = "/api/v1/provider/reveal-links";
                let body = br#"{"client_id": "widget_co"}"#;
                let made = self.server.send("POST", path, &headers, body);
                made.json(201)["id"].as_str().unwrap().to_owned()
            }
            _ if path.contains("/provider/channels/") => {
                let headers = [
                    ("X-API-Key", &*self.program),
                    ("Content-Type", "application/json"),
                ];
                let path = "/api/v1/provider/channels";
                let body = br#"{"client_id": "example_org", "kind": "webhook", "url": "https://hooks.example.com/1"}"#;
                let made = self.server.send("POST", path, &headers, body);
                made.json(201)["id"].as_str().unwrap().to_owned()
            }
            _ if path.contains("/channels/") => {
                let headers = [
                    ("X-API-Key", &*self.key),
                    ("Content-Type", "application/json"),
                ];
                let body = br#"{"kind": "webhook", "url": "https://hooks.example.com/1"}"#;
                let made = self.server.send("POST", "/api/v1/channels", &headers, body);
                made.json(201)["id"].as_str().unwrap().to_owned()
            }
            _ if path.contains("/status-links/") => {
                let headers = [
                    ("X-API-Key", &*self.key),
                    ("Content-Type", "application/json"),
                ];
                let body = br#"{"kind": "badge"}"#;
                let made = self
                    .server
                    .send("POST", "/api/v1/status-links", &headers, body);
                made.json(201)["id"].as_str().unwrap().to_owned()
            }
            _ => self.log.clone(),
        }
    }
}

#[test]
fn calls_work_as_they_are_printed() {
    let site = Site::on_sqlite();
    let contact = "mailto:security@example.com";
    // No mail is sent: nobody has the address that stands in a sample.
    let mail = "LOGGER_SMTP_URL=smtps://localhost\nLOGGER_SMTP_FROM=logs@example.com";
    let settings = format!(
        "LOGGER_SECURITY_CONTACT={contact}\n{mail}\nLOGGER_PUBLIC_URL=http://logs.example.com\n"
    );
    site.write(".env", &settings);
    let scopes = ["logs:write", "logs:read", "keys:manage"].map(|scope| ["--scope", scope]);
    let key = site.issue_with(&[&["--client", "acme_corp"], scopes.as_flattened()].concat());
    site.issue("idle_inc");
    let program = site.issue_to_provider("provider:read provider:write").key;
    let server = site.start();
    let posted = server.post(&key.key, GUIDE_ENTRY).json(201);
    let scene = Scene {
        server,
        key: key.key,
        program,
        log: posted["id"].as_str().unwrap().to_owned(),
        alert: site.raise("acme_corp"),
    };
    let document = scene.server.call("GET", "/openapi.json", &[]).json(200);
    let paths = document["paths"].as_object().unwrap();
    let mut made = 0;
    for (path, methods) in paths {
        for operation in methods.as_object().unwrap().values() {
            // One that has no end, and one that shows nothing.
            if operation["operationId"] == "tailLogs" || operation["x-codeSamples"].is_null() {
                continue;
            }
            for sample in operation["x-codeSamples"].as_array().unwrap() {
                scene.call(path, sample);
                made += 1;
            }
        }
    }
    assert!(made > 30, "{made}");
}

impl Scene {
    /// A key in the state that a call needs.
    fn key_to_change(&self, path: &str) -> String {
        let post = |path: &str| {
            let headers = [
                ("X-API-Key", &*self.program),
                ("Content-Type", "application/json"),
            ];
            let body = br#"{"client_id": "widget_co", "scopes": ["logs:write"]}"#;
            let body = if path.ends_with("/keys") {
                &body[..]
            } else {
                b"{}"
            };
            self.server.send("POST", path, &headers, body).json(201)
        };
        let own = [("X-API-Key", &*self.key)];
        let made = match path.contains("/provider/") {
            true => post("/api/v1/provider/keys"),
            false => self
                .server
                .send("POST", "/api/v1/keys", &own, b"")
                .json(201),
        };
        let id = made["key_id"].as_str().unwrap().to_owned();
        if path.ends_with("/finish") || path.ends_with("/extend") {
            post(&format!("/api/v1/provider/keys/{id}/rotate"));
        }
        id
    }

    fn call(&self, path: &str, sample: &Value) {
        let target = self.key_to_change(path);
        // One that an example names has to exist.
        let source = sample["source"].as_str().unwrap();
        let source = source.replace("4fT9aXk20bQz", &target);
        let mut command = match sample["lang"].as_str().unwrap() {
            "Shell" => {
                let mut shell = Command::new("sh");
                let failing = "curl() { command curl --silent --show-error --fail \"$@\"; }";
                shell.args(["-ec", &format!("{failing}\n{source}")]);
                shell
            }
            "Python" => {
                let mut python = Command::new("python3");
                python.args(["-c", &source]);
                python
            }
            other => panic!("{other} is no language of the samples"),
        };
        let key = match path.contains("/provider/") || path == "/api/v1/leaks" {
            true => &self.program,
            false => &self.key,
        };
        command
            .env("LOGGER_URL", &self.server.url)
            .env("LOGGER_KEY", key)
            .env("ID", self.id_in(path, &target));
        let finished = Finished::of(&mut command);
        assert_eq!(finished.code, Some(0), "{source}\n{}", finished.stderr);
        assert!(!finished.stdout.trim().is_empty(), "{source}");
    }
}
