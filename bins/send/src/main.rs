//! The client's command line of central-logger: ships lines and files, and runs jobs.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod args;
mod check;
mod error;
mod flush;
mod line;
mod run;
mod settings;
mod stdin;
mod tail;

use args::{Args, Command};
use central_logger_text::Report;
use clap::Parser;
use error::SendError;
use settings::Settings;
use std::{io::Write, process::ExitCode};

fn main() -> ExitCode {
    let args = Args::parse();
    match obey(args) {
        Ok(code) => code,
        Err(error) => {
            say(&Report(&error).to_string());
            ExitCode::FAILURE
        }
    }
}

fn obey(args: Args) -> Result<ExitCode, SendError> {
    let settings = Settings::read(&args.settings);
    match args.command {
        // A job runs, whatever is wrong with the settings.
        Some(Command::Run(run)) => {
            let settings = settings.or_else(|error| {
                say(&Report(&error).to_string());
                Settings::without_file(&args.settings)
            })?;
            settings.tell_lack_of_folder();
            run::run(&settings, &run)
        }
        Some(Command::Tail(tail)) => tail::tail(&settings?, &tail),
        Some(Command::Flush(flush)) => flush::flush(&settings?, &flush),
        Some(Command::Check(check)) => Ok(check::check(&settings?, &check)),
        None => {
            let settings = settings?;
            // What is piped in cannot be had again.
            settings.tell_lack_of_folder();
            stdin::ship(&settings)
        }
    }
}

/// Says something to people, on standard error, which may be closed.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "central-logger-send: {text}");
}
