//! Jobs under `central-logger-send run` that are killed, hang or are never started, as the receiver of a channel
//! hears of them; and a receiver that is down.

use crate::{
    process::Server,
    receiver::Receiver,
    site::Site,
    workflows::{await_runs, await_that, entry, manager, put},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    process::{Child, Stdio},
};

on_both_databases! {
    a_job_that_is_killed_hangs_or_does_not_start_is_heard_of,
    a_receiver_that_was_down_gets_each_message_in_order,
    an_incident_is_heard_of_once_although_the_server_that_raised_it_is_killed,
}

fn reaching_anywhere(site: &Site) -> Server {
    let mut command = site.server();
    command.env("LOGGER_CHANNEL_REACH", "anywhere");
    Server::start(command)
}

fn post(server: &Server, key: &str, path: &str, body: &Value) -> Value {
    let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
    let answer = server.send("POST", path, &headers, body.to_string().as_bytes());
    answer.json(201)
}

fn webhook(receiver: &Receiver) -> Value {
    json!({"kind": "webhook", "url": format!("http://{}/hook", receiver.address)})
}

fn expect(server: &Server, key: &str, workflow: &str, monitor: &Value) {
    let path = format!("/api/v1/workflows/{workflow}/monitor?environment=prod");
    let headers = [("X-API-Key", key), ("Content-Type", "application/json")];
    let set = server.send("PUT", &path, &headers, monitor.to_string().as_bytes());
    set.json(200);
}

/// A job that sleeps, once it is known to run.
fn start(site: &Site, server: &Server, key: &str, workflow: &str) -> Child {
    let mut command = site.send_command(&server.url, key);
    let run = ["run", "--workflow", workflow, "--environment", "prod", "--"];
    command.args(run).args(["sleep", "60"]);
    let child = command.stdout(Stdio::null()).spawn().unwrap();
    await_that(|| {
        let path = format!("/api/v1/logs?workflow={workflow}");
        let found = server.get(key, &path).json(200);
        (found["logs"][0]["status"] == "RUNNING")
            .then_some(())
            .ok_or(found)
    });
    child
}

fn a_job_that_is_killed_hangs_or_does_not_start_is_heard_of(site: &Site) {
    let receiver = Receiver::answering(Vec::new());
    let key = manager(site, "acme_corp");
    let server = reaching_anywhere(site);
    post(&server, &key, "/api/v1/channels", &webhook(&receiver));
    // Its minute has a second more.
    expect(
        &server,
        &key,
        "absent",
        &json!({"cron": "* * * * *", "grace": "1s"}),
    );
    let first = entry("SUCCESS", "a", 0).replace("backup", "absent");
    server.post(&key, first).json(201);
    let patient = json!({"every": "1h", "max_runtime": "2s"});
    for workflow in ["killed", "stopped", "hanging"] {
        expect(&server, &key, workflow, &patient);
    }
    let mut killed = start(site, &server, &key, "killed");
    let mut hanging = start(site, &server, &key, "hanging");
    let mut stopped = start(site, &server, &key, "stopped");
    // Nobody is left to say how it ended.
    killed.kill().unwrap();
    killed.wait().unwrap();
    crate::send::signal(&stopped, "TERM");
    stopped.wait().unwrap();
    let mut heard = BTreeMap::new();
    while heard.len() < 4 {
        let message = receiver.message();
        let body: Value = serde_json::from_str(message.body()).unwrap();
        if body["type"] == "incident.began" {
            let text = |name: &str| body["data"][name].as_str().unwrap().to_owned();
            heard
                .entry(text("workflow"))
                .or_insert_with(|| text("kind"));
        }
    }
    hanging.kill().unwrap();
    hanging.wait().unwrap();
    let expected = [
        ("absent", "run_missed"),
        ("hanging", "run_stuck"),
        ("killed", "run_stuck"),
        ("stopped", "run_failed"),
    ];
    let heard: Vec<_> = heard.iter().map(|(one, kind)| (&**one, &**kind)).collect();
    assert_eq!(heard, expected);
}

fn a_receiver_that_was_down_gets_each_message_in_order(site: &Site) {
    let receiver = Receiver::answering(vec![503; 3]);
    let key = manager(site, "acme_corp");
    let server = reaching_anywhere(site);
    put(&server, &key, &[], &json!({"every": "1h"})).json(200);
    post(&server, &key, "/api/v1/channels", &webhook(&receiver));
    let mut expected = Vec::new();
    for run in 0..5 {
        for (status, kind) in [("FAILED", "incident.began"), ("SUCCESS", "incident.ended")] {
            server
                .post(&key, entry(status, &format!("{status}{run}"), 0))
                .json(201);
            expected.push(kind);
            // Each is an episode of its own.
            await_that(|| {
                let path = "/api/v1/incidents?limit=1000";
                let all = server.get(&key, path).json(200)["incidents"].clone();
                let all = all.as_array().unwrap();
                let open = all.iter().filter(|one| one["ended_at"].is_null()).count();
                let is_as_sent = all.len() == run + 1 && open == usize::from(status == "FAILED");
                is_as_sent.then_some(()).ok_or(json!(all))
            });
        }
    }
    let (mut ids, mut kinds) = (Vec::new(), Vec::new());
    while kinds.len() < expected.len() {
        let message = receiver.message();
        let id = message.headers()["webhook-id"].to_str().unwrap().to_owned();
        if ids.last() == Some(&id) {
            continue;
        }
        let body: Value = serde_json::from_str(message.body()).unwrap();
        kinds.push(body["type"].as_str().unwrap().to_owned());
        ids.push(id);
    }
    assert_eq!(kinds, expected);
}

fn an_incident_is_heard_of_once_although_the_server_that_raised_it_is_killed(site: &Site) {
    let receiver = Receiver::answering(vec![503]);
    let key = manager(site, "acme_corp");
    let first = reaching_anywhere(site);
    post(&first, &key, "/api/v1/channels", &webhook(&receiver));
    put(&first, &key, &[], &json!({"every": "1h"})).json(200);
    first.post(&key, entry("SUCCESS", "a", 0)).json(201);
    // It follows, so it leads.
    await_runs(&first, &key, "backup", 1);
    let second = reaching_anywhere(site);
    second.post(&key, entry("FAILED", "b", 0)).json(201);
    let refused = receiver.message();
    first.kill();
    let heard = receiver.message();
    let id = |message: &ureq::http::Request<String>| message.headers()["webhook-id"].clone();
    assert_eq!(id(&heard), id(&refused));
    let all = second.get(&key, "/api/v1/incidents").json(200);
    assert_eq!(all["incidents"].as_array().unwrap().len(), 1, "{all}");
    second.post(&key, entry("SUCCESS", "c", 0)).json(201);
    let body: Value = serde_json::from_str(receiver.message().body()).unwrap();
    assert_eq!(body["type"], "incident.ended");
}
