//! The HTTP server of central-logger.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod args;
mod body;
mod compression;
mod connections;
mod logging;
mod malformed;
mod metrics;
mod middleware;
mod open_tails;
mod openapi;
mod parameters;
mod plan;
mod problem;
mod quickstart;
mod readiness;
mod retention;
mod room;
mod routes;
mod server;
mod sockets;
mod stop;
mod upkeep;

use central_logger_backend::{parse_arguments, print_usage};
use central_logger_text::Report;
use std::{io::Write, process::ExitCode};

fn main() -> ExitCode {
    let args = match parse_arguments::<args::Args>(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => return print_usage(&error),
    };
    if let Err(error) = logging::start() {
        return fail(&error);
    }
    sockets::raise_limit();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let ended = runtime.block_on(server::run(args));
    // Not by being dropped, which would wait for whatever a thread has not finished.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    // Where nobody can be told, the exit status tells.
    let _ = writeln!(std::io::stderr(), "central-logger: {}", Report(error));
    ExitCode::FAILURE
}
