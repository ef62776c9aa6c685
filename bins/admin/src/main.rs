//! The provider's command line of central-logger.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod args;
mod commands;
mod context;
mod error;
mod handover;
mod hash_table;
mod noted;
mod output;
mod progress;
mod quota_limit;
mod table;
#[cfg(test)]
mod testing;
mod text;
mod when;

use args::{Args, Command};
use central_logger_command_line::{parse_arguments, print_usage};
use central_logger_text::shown;
use clap::error::ErrorKind;
use context::Context;
use error::AdminError;
use output::Output;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = match parse_arguments::<Args>(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => return refuse_usage(&error),
    };
    let output = Output { json: args.json };
    match run(args, output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.exit_status())
        }
    }
}

async fn run(args: Args, output: Output) -> Result<(), AdminError> {
    let context = Context::new(&args.settings, output);
    match args.command {
        Command::Generate(args) => commands::generate(&context, args),
        Command::Issue(args) => commands::issue(&context, args).await,
        Command::List(args) => commands::list(&context, args).await,
        Command::Show(args) => commands::show(&context, args).await,
        Command::Update(args) => commands::update(&context, args).await,
        Command::Rotate(args) => commands::rotate(&context, args).await,
        Command::Disable(args) => commands::disable(&context, args).await,
        Command::Enable(args) => commands::enable(&context, args).await,
        Command::Audit(args) => commands::audit(&context, args).await,
        Command::Alerts(args) => commands::alerts(&context, args).await,
        Command::Usage(args) => commands::usage(&context, args).await,
        Command::Revoke(args) => commands::revoke(&context, args).await,
        Command::ProviderKey(command) => commands::provider_key(&context, command).await,
        Command::Client(command) => commands::client(&context, command).await,
        Command::Quota(command) => commands::quota(&context, command).await,
        Command::Retention(command) => commands::retention(&context, command).await,
        Command::Deliver(command) => commands::deliver(&context, command).await,
        Command::Logs(command) => commands::logs(&context, command).await,
        Command::RevealLinks(command) => commands::reveal_links(&context, command).await,
        Command::SignInLink(args) => commands::sign_in_link(&context, args).await,
        Command::Sessions(command) => commands::sessions(&context, command).await,
        Command::Import(args) => commands::import(&context, args).await,
        Command::Workflow(command) => commands::workflow(&context, command).await,
        Command::Incidents(args) => commands::incidents(&context, args).await,
        Command::Intake(command) => commands::intake(&context, command).await,
        Command::StatusLinks(command) => commands::status_links(&context, command).await,
        Command::Backup(args) => commands::backup(&context, args).await,
        Command::Restore(args) => commands::restore(&context, args).await,
        Command::Migrate(args) => commands::migrate(&context, args).await,
        Command::Move(args) => commands::move_database(&context, args).await,
        Command::Doctor(args) => commands::doctor(&context, args).await,
        Command::Completions(args) => commands::completions(&args),
    }
}

/// Prints help and versions, which were asked for; everything else is wrong usage, which `--json` wants
/// as JSON.
fn refuse_usage(error: &clap::Error) -> ExitCode {
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if !asked_for && std::env::args_os().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        // The error stands before the first empty line; usage and advice for people follow.
        let lines: Vec<_> = text
            .lines()
            .map(str::trim)
            .take_while(|line| !line.is_empty())
            .collect();
        let message = lines.join(" ");
        let error = AdminError::Usage(shown(message.trim_start_matches("error: ")).into_owned());
        Output { json: true }.error(&error);
        return ExitCode::from(error.exit_status());
    }
    print_usage(error)
}
