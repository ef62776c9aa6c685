//! Running a job and storing what became of it.

mod expected;
mod job;
mod kept_output;
mod troubles;

use crate::{args::RunArgs, error::SendError, say, settings::Settings};
use central_logger_client::Entry;
use central_logger_text::{Report, shown};
use job::{End, Job};
use std::{process::ExitCode, time::Duration};
use troubles::Troubles;

/// How long the end of the job waits for the delivery of its entries.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the start of the job waits for its end: both entries of a short job share a request.
const LINGER: Duration = Duration::from_millis(50);

/// Runs a job. Its exit code is the one of this program.
pub(crate) fn run(settings: &Settings, args: &RunArgs) -> Result<ExitCode, SendError> {
    let troubles = Troubles::default();
    let noted = troubles.clone();
    let builder = settings.builder().linger(LINGER);
    let client = builder.on_report(move |report| noted.note(report)).build();
    let program = args
        .command
        .first()
        .map(|program| program.to_string_lossy())
        .unwrap_or_default();
    // Arguments may be secrets.
    let entry = Entry::default()
        .with("host", host())
        .with("command", &*program);
    let run = client.start_run(entry);
    let telling = expected::tell(settings, &args.expected);
    let end = match Job::start(&args.command) {
        Ok(job) => job.wait()?,
        Err(error) => {
            say(&format!("{}: {}", shown(&program), Report(&error)));
            End::not_started(&error)
        }
    };
    let mut entry = Entry::default().with("exit_code", end.code);
    if let Some(signal) = end.signal {
        entry = entry.with("signal", signal);
    }
    if let Some(output) = &end.output {
        entry = entry.with("output", &output.text);
        if output.is_cut {
            entry = entry.with("output_cut", true);
        }
    }
    match end.failure() {
        None => run.succeed(entry),
        Some((kind, text)) => run.fail(kind, &text, entry),
    }
    client.close(settings.patience(PATIENCE));
    let untold = expected::finish(telling);
    let folder = settings.spool_dir.as_deref();
    if let Some(text) = troubles.told(client.stats(), folder, untold.as_deref()) {
        say(&text);
    }
    Ok(ExitCode::from(end.code))
}

fn host() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}
