//! The HTTP server of central-logger.

mod args;
mod logging;
mod quickstart;
mod run;
mod stop_signals;

use central_logger_command_line::{parse_arguments, print_usage};
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
    central_logger_http::raise_limit();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let ended = runtime.block_on(run::run(args));
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
