//! The HTTP server of central-logger.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod args;
mod body;
mod compression;
mod logging;
mod malformed;
mod metrics;
mod middleware;
mod open_tails;
mod openapi;
mod problem;
mod quickstart;
mod retention;
mod routes;
mod server;
mod sockets;
mod upkeep;

use central_logger_key_store::Report;
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = args::Args::parse();
    if let Err(error) = logging::start() {
        return fail(&error);
    }
    sockets::raise_limit();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(server::run(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    eprintln!("central-logger: {}", Report(error));
    ExitCode::FAILURE
}
