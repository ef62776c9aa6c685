//! Telling the server when the next run is expected, beside the job.

use crate::{args::ExpectedArgs, settings::Settings};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{
    thread::{self, JoinHandle},
    time::Duration,
};

/// How long the server may take to answer.
const LIMIT: Duration = Duration::from_secs(5);

/// Tells it while the job runs, which never waits for it.
pub(super) fn tell(
    settings: &Settings,
    args: &ExpectedArgs,
) -> Option<JoinHandle<Result<(), String>>> {
    let monitor = monitor(args)?;
    let builder = settings.builder().timeout(LIMIT);
    let tell = move || {
        let (status, body) = builder.expect_runs(&monitor)?;
        judge(status, &body)
    };
    // Without a thread, the next run tells it.
    thread::Builder::new().spawn(tell).ok()
}

/// What was wrong, if anything was.
pub(super) fn finish(telling: Option<JoinHandle<Result<(), String>>>) -> Option<String> {
    let told = telling?.join();
    told.ok()?.err()
}

/// What is wrong with the answer, if anything is.
fn judge(status: u16, body: &str) -> Result<(), String> {
    match status {
        // Of 412 there is another, which stays.
        200..=299 | 412 => Ok(()),
        404 | 405 => Err("it knows no monitors".to_owned()),
        status => {
            let refusal: Refusal = serde_json::from_str(body).unwrap_or_default();
            let faults = refusal.errors.iter();
            let faults: Vec<_> = faults
                .map(|Fault { field, message }| format!("{field}: {message}"))
                .collect();
            Err(match (faults.is_empty(), refusal.detail.is_empty()) {
                (false, _) => faults.join("; "),
                (true, false) => refusal.detail,
                (true, true) => format!("it answers {status}"),
            })
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Refusal {
    detail: String,
    errors: Vec<Fault>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fault {
    field: String,
    message: String,
}

fn monitor(args: &ExpectedArgs) -> Option<String> {
    let members = [
        ("every", args.every.map(|every| every.to_string())),
        ("cron", args.cron.clone()),
        ("time_zone", args.time_zone.clone()),
        ("grace", args.grace.map(|grace| grace.to_string())),
        (
            "max_runtime",
            args.max_runtime.map(|limit| limit.to_string()),
        ),
    ];
    let given = members.into_iter();
    let given = given.filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    let members: Map<String, Value> = given.collect();
    (!members.is_empty()).then(|| Value::Object(members).to_string())
}
