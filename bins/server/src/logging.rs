//! The server's log: text for people at a terminal, JSON for everything else.

use central_logger_http::{MalformedHttp, WithRequest};
use std::{
    env,
    io::{IsTerminal, stderr},
    panic, thread,
};
use tracing_subscriber::{
    EnvFilter, filter::ParseError, fmt::format, layer::SubscriberExt, util::SubscriberInitExt,
};

/// `RUST_LOG` cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("RUST_LOG: name levels, for example RUST_LOG=central_logger=debug,info")]
pub(crate) struct LoggingError(#[from] ParseError);

/// The framework tells at `info` how it starts, which is of no use to anybody else.
const DEFAULT: &str = "info,actix_server=warn";

/// Writes to standard error; `RUST_LOG` chooses what.
pub(crate) fn start() -> Result<(), LoggingError> {
    let chosen = env::var("RUST_LOG")
        .ok()
        .filter(|chosen| !chosen.is_empty());
    let filter = EnvFilter::try_new(chosen.as_deref().unwrap_or(DEFAULT))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        // It would be told on standard error, and panic.
        .log_internal_errors(false);
    if stderr().is_terminal() {
        let text = WithRequest(format().with_target(false));
        log.event_format(text).finish().with(MalformedHttp).init();
    } else {
        let json = WithRequest(format().json().with_span_list(false));
        let log = log.json().with_ansi(false).event_format(json);
        log.finish().with(MalformedHttp).init();
    }
    tell_of_panics();
    Ok(())
}

/// Where something panicked, within the request that it was for. What it said is left out: the text of a
/// panic may repeat what a stranger sent, such as a key.
fn tell_of_panics() {
    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        let thread = thread::current();
        let thread = thread.name().unwrap_or("unnamed");
        tracing::error!(location, thread, "panicked");
    }));
}
