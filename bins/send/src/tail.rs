//! Following files.

mod chunk;
mod follower;
mod position;

use crate::{args::TailArgs, error::SendError, settings::Settings, stdin::tell_what_waits};
use follower::Follower;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};
use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Above this size of the spool, files wait for the server.
const MOST_SPOOLED: u64 = 64 * 1024 * 1024;
const SHUTDOWN: Duration = Duration::from_secs(5);

/// Follows files until it is told to end.
pub(crate) fn tail(settings: &Settings, args: &TailArgs) -> Result<ExitCode, SendError> {
    let folder = settings.spool_dir.as_deref().ok_or(SendError::NeedsSpool)?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        flag::register(signal, Arc::clone(&stop)).map_err(SendError::Signals)?;
    }
    let client = settings.builder().build();
    let followers = args
        .files
        .iter()
        .map(|path| Follower::open(path, folder, args.from_end, args.once));
    let mut followers = followers.collect::<Result<Vec<_>, _>>()?;
    while !stop.load(Ordering::Relaxed) {
        if client.stats().spooled_bytes > MOST_SPOOLED {
            client.flush(Duration::from_secs(1));
            continue;
        }
        let mut is_news = false;
        for follower in &mut followers {
            is_news |= follower.read(&client)?;
        }
        match (is_news, args.once) {
            (true, _) => {}
            (false, true) => break,
            (false, false) => thread::sleep(LOOK_EVERY),
        }
    }
    client.close(settings.patience(SHUTDOWN));
    tell_what_waits(&client, settings);
    Ok(ExitCode::SUCCESS)
}
