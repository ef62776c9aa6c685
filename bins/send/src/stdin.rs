//! Shipping standard input.

use crate::{error::SendError, line::Line, say, settings::Settings};
use central_logger_client::Client;
use std::{io, path::Path, process::ExitCode, time::Duration};

/// After this many bytes, the input waits for the server, so that a fast program does not fill the queue.
const AHEAD: u64 = 4 * 1024 * 1024;
/// How long it waits before it reads on: the queue fills then, and takes no more in the end.
const PATIENCE: Duration = Duration::from_secs(5);
const SHUTDOWN: Duration = Duration::from_secs(10);

/// Ships each line of standard input.
pub(crate) fn ship(settings: &Settings) -> Result<ExitCode, SendError> {
    let client = settings.builder().build();
    let mut input = io::stdin().lock();
    let mut ahead = 0;
    while let Some(line) = Line::read(&mut input).map_err(SendError::Stdin)? {
        if let Some(entry) = line.entry() {
            client.log(entry);
        }
        ahead += line.size;
        if ahead > AHEAD {
            client.flush(PATIENCE);
            ahead = 0;
        }
    }
    client.close(settings.patience(SHUTDOWN));
    Ok(tell_what_is_left(&client, settings))
}

/// Says what waits. Fails when something is lost, and the client has said how much of everything.
pub(crate) fn tell_what_is_left(client: &Client, settings: &Settings) -> ExitCode {
    let stats = client.stats();
    if stats.dropped > 0 {
        return ExitCode::FAILURE;
    }
    tell_what_waits(client, settings);
    ExitCode::SUCCESS
}

/// Says that entries wait in the spool folder, and what delivers them.
pub(crate) fn tell_what_waits(client: &Client, settings: &Settings) {
    let waiting = client.stats().queued;
    if let (1.., Some(folder)) = (waiting, &settings.spool_dir) {
        say(&what_waits(waiting, folder));
    }
}

pub(crate) fn what_waits(count: u64, folder: &Path) -> String {
    format!(
        "{count} entries wait in {}: `central-logger-send flush`, or any later call, delivers them",
        folder.display()
    )
}
