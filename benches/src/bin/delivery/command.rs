//! A run of `rotate --due --deliver`.

use crate::keys::Keys;
use central_logger_benches::{Failure, peak_memory, program};
use serde_json::Value;
use std::{
    fs::File,
    io::{Read, Seek},
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tokio::{process::Command, time::sleep};

/// What came of a run.
pub(crate) struct Run {
    pub(crate) took: Duration,
    /// The most memory that it has held, in MiB.
    pub(crate) memory: f64,
    /// How many keys it has handed over, as far as it could tell.
    pub(crate) rotated: usize,
    /// How many it has left to the next run, since another might have been writing them.
    pub(crate) left: usize,
}

/// Between two looks at the process.
const PAUSE: Duration = Duration::from_millis(2);

/// Runs the command to its end, or kills it once the vault holds so many new keys.
pub(crate) async fn rotate(keys: &Keys, kill_at: Option<usize>) -> Result<Run, Failure> {
    let [stdout, stderr] = [tempfile::tempfile()?, tempfile::tempfile()?];
    let mut command = Command::new(program("central-logger-admin")?);
    command
        .args(["--json", "--env-file", "/dev/null", "--database-url"])
        .arg(&keys.url)
        .args(["--public-url", "https://logs.example.com"])
        .args(["rotate", "--due", "90d", "--deliver"])
        .env("VAULT_ADDR", format!("http://{}", keys.vault.address))
        .env("VAULT_TOKEN", "bench")
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .kill_on_drop(true);
    let began = Instant::now();
    let mut process = command.spawn()?;
    let mut memory: f64 = 0.0;
    let ended = loop {
        // Of a process that has just ended, nothing is told.
        if let Ok(held) = peak_memory(process.id()) {
            memory = memory.max(held);
        }
        if let Some(status) = process.try_wait()? {
            break Some(status);
        }
        if kill_at.is_some_and(|enough| keys.vault.written() >= enough) {
            process.kill().await?;
            break None;
        }
        sleep(PAUSE).await;
    };
    let mut run = Run {
        took: began.elapsed(),
        memory,
        rotated: 0,
        left: 0,
    };
    match (ended, kill_at) {
        (None, _) => {}
        (Some(_), Some(_)) => return Err("the run ended before it was killed".into()),
        (Some(status), None) => {
            let [said, complained] = [text(stdout)?, text(stderr)?];
            (run.rotated, run.left) = counts(status, &said)
                .ok_or_else(|| format!("the run ended with {status}: {complained} {said}"))?;
        }
    }
    Ok(run)
}

/// How many keys a run has handed over and left, if nothing else came of it.
fn counts(status: ExitStatus, said: &str) -> Option<(usize, usize)> {
    let report: Value = serde_json::from_str(said).ok()?;
    let [rotated, failed] = ["rotated", "failed"].map(|kind| report[kind].as_array());
    let (rotated, failed) = (rotated?, failed?);
    let is_expected = failed.iter().all(|left| left["code"] == "under_way");
    (is_expected && status.success() == failed.is_empty()).then_some((rotated.len(), failed.len()))
}

fn text(mut file: File) -> Result<String, Failure> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    Ok(text)
}
