//! Following files.

mod chunk;
mod follower;
mod position;

use crate::{args::TailArgs, error::SendError, say, settings::Settings, stdin::tell_what_is_left};
use central_logger_text::Report;
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
    time::{Duration, Instant},
};

const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Above this size of the spool, files wait for the server.
const MOST_SPOOLED: u64 = 64 * 1024 * 1024;
const SHUTDOWN: Duration = Duration::from_secs(5);
const COMPLAIN_EVERY: Duration = Duration::from_secs(60);

/// Follows files until it is told to end.
pub(crate) fn tail(settings: &Settings, args: &TailArgs) -> Result<ExitCode, SendError> {
    let folder = settings.folder()?;
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
    let mut complained = None;
    let mut unread = None;
    while !stop.load(Ordering::Relaxed) {
        if client.stats().spooled_bytes > MOST_SPOOLED {
            client.flush(Duration::from_secs(1));
            continue;
        }
        let mut is_news = false;
        let mut faults = Vec::new();
        // What is wrong with one file stops no other.
        for follower in &mut followers {
            match follower.read(&client) {
                Ok(is_new) => is_news |= is_new,
                Err(fault) => faults.push(fault),
            }
        }
        if !args.once {
            complain(&faults, &mut complained);
        }
        match (is_news, args.once) {
            (true, _) => {}
            (false, true) => {
                unread = faults.pop();
                break;
            }
            (false, false) => thread::sleep(LOOK_EVERY),
        }
    }
    client.close(settings.patience(SHUTDOWN));
    let code = tell_what_is_left(&client, settings);
    unread.map_or(Ok(code), Err)
}

/// Says at most once a minute which file has to wait. It is tried again, and its position stays.
fn complain(faults: &[SendError], complained: &mut Option<Instant>) {
    let is_early = complained.is_some_and(|then| then.elapsed() < COMPLAIN_EVERY);
    let Some((first, others)) = faults.split_first().filter(|_| !is_early) else {
        return;
    };
    *complained = Some(Instant::now());
    let others = match others.len() {
        0 => String::new(),
        count => format!(", and so are {count} other files"),
    };
    say(&format!("{}; it is tried again{others}", Report(first)));
}
