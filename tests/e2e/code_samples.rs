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
    log: String,
    alert: String,
}

#[test]
fn calls_work_as_they_are_printed() {
    let site = Site::on_sqlite();
    let scopes = ["logs:write", "logs:read", "keys:manage"].map(|scope| ["--scope", scope]);
    let key = site.issue_with(&[&["--client", "acme_corp"], scopes.as_flattened()].concat());
    let server = site.start();
    let posted = server.post(&key.key, GUIDE_ENTRY).json(201);
    let scene = Scene {
        server,
        key: key.key,
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
    fn call(&self, path: &str, sample: &Value) {
        let source = sample["source"].as_str().unwrap();
        let mut command = match sample["lang"].as_str().unwrap() {
            "Shell" => {
                let mut shell = Command::new("sh");
                let failing = "curl() { command curl --silent --show-error --fail \"$@\"; }";
                shell.args(["-ec", &format!("{failing}\n{source}")]);
                shell
            }
            "Python" => {
                let mut python = Command::new("python3");
                python.args(["-c", source]);
                python
            }
            other => panic!("{other} is no language of the samples"),
        };
        let is_of_alert = path.contains("/alerts/");
        command
            .env("LOGGER_URL", &self.server.url)
            .env("LOGGER_KEY", &self.key)
            .env("ID", if is_of_alert { &self.alert } else { &self.log });
        let finished = Finished::of(&mut command);
        assert_eq!(finished.code, Some(0), "{source}\n{}", finished.stderr);
        assert!(!finished.stdout.trim().is_empty(), "{source}");
    }
}
