//! Arguments of the command line.

use central_logger_times::UnitDuration;
use clap::{Parser, Subcommand, builder::NonEmptyStringValueParser};
use std::{ffi::OsString, path::PathBuf, time::Duration};

/// Ships log entries to central-logger, and keeps them in a folder while the server is away.
///
/// Without a command, it ships standard input: each line is an entry. A JSON object keeps its members, and gets what it
/// lacks from the flags; any other text is the message of an entry with the status INFO. What a server would refuse is
/// fitted: id, client_id and received_at become id_, client_id_ and received_at_, a status of 200 becomes a text, NaN
/// becomes null, and a NUL character U+FFFD.
///
/// Needs LOGGER_API_URL and LOGGER_API_KEY (or LOGGER_API_KEY_FILE), from the environment or from .env.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = false,
    after_help = "Examples:\n  \
        ./import | central-logger-send --workflow import\n  \
        central-logger-send run --workflow nightly -- ./backup --all\n  \
        central-logger-send tail --workflow shop /var/log/shop/*.log\n  \
        central-logger-send check"
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SettingsArgs {
    /// The workflow of entries without one
    #[arg(long, global = true, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) workflow: Option<String>,
    /// The environment of entries without one [env: LOGGER_ENVIRONMENT] [default: default]
    #[arg(long, global = true, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) environment: Option<String>,
    /// The address of the server, or of its logs [env: LOGGER_API_URL]
    #[arg(long, global = true, value_parser = url)]
    pub(crate) url: Option<String>,
    /// A file with the API key [env: LOGGER_API_KEY_FILE, or the key itself in LOGGER_API_KEY]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// The folder that keeps entries until they are delivered [default: $XDG_STATE_HOME/central-logger, or
    /// ~/.local/state/central-logger; without a home that of systemd ($STATE_DIRECTORY), or /var/lib/central-logger for
    /// root]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) spool_dir: Option<PathBuf>,
    /// Keeps entries in memory only
    #[arg(long, global = true, conflicts_with = "spool_dir")]
    pub(crate) no_spool: bool,
    /// Reads settings from this file instead of .env
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(RunArgs),
    Tail(TailArgs),
    Flush(FlushArgs),
    Check(CheckArgs),
}

/// Runs a job, and stores what became of it.
///
/// Stores an entry RUNNING, and at the end SUCCESS or FAILED with duration_ms, exit_code, host and the end of the output,
/// with the same run_id. Passes output, signals and the exit code through. When the server is away, it waits up to 5
/// seconds and leaves the entries in the spool folder, for the next call of central-logger-send to deliver.
///
/// With --every or --cron, the server raises an incident when a run does not start, fails or does not end. What the server
/// was told before stays: change it there.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Exit code: that of the command; 128 and the signal that ended it; 127 when there is no such \
        command, 126 when it cannot be run.\n\n\
        Examples:\n  \
        central-logger-send run --workflow nightly -- ./backup --all\n  \
        0 3 * * * central-logger-send run --workflow nightly --environment production -- /opt/backup\n  \
        central-logger-send run --workflow nightly --every 24h --grace 1h -- /opt/backup"
)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) expected: ExpectedArgs,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// When runs of the workflow are expected.
#[derive(Debug, clap::Args)]
pub(crate) struct ExpectedArgs {
    /// Tells the server that a run is expected so long after the start of the one before, such as 24h
    #[arg(long, value_name = "DURATION", conflicts_with = "cron")]
    pub(crate) every: Option<UnitDuration>,
    /// Tells the server that runs are expected at the times of this cron line
    #[arg(long, value_name = "LINE")]
    pub(crate) cron: Option<String>,
    /// The time zone of the cron line [default: UTC]
    #[arg(long, value_name = "ZONE", requires = "cron")]
    pub(crate) time_zone: Option<String>,
    /// How much later a run may start [default: 10m]
    #[arg(long, value_name = "DURATION")]
    pub(crate) grace: Option<UnitDuration>,
    /// How long a run may take
    #[arg(long, value_name = "DURATION")]
    pub(crate) max_runtime: Option<UnitDuration>,
}

/// Ships the lines of files as they are written.
///
/// Begins at the start of a file, and after a restart where it ended: each line is stored once. Follows a file that is
/// rotated by renaming or by truncation. The spool folder keeps the positions.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    central-logger-send tail --workflow shop /var/log/shop.log\n  \
    central-logger-send tail --from-end --environment production app.log worker.log")]
pub(crate) struct TailArgs {
    /// Files to follow; they need not be there yet
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Leaves out what a file holds that is followed for the first time
    #[arg(long)]
    pub(crate) from_end: bool,
    /// Ends when all lines are read, rather than wait for more
    #[arg(long)]
    pub(crate) once: bool,
}

/// Delivers what the spool folder holds.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit code: 1 when something is left.\n\n\
    Examples:\n  \
    central-logger-send flush\n  \
    */5 * * * * central-logger-send flush --timeout 60")]
pub(crate) struct FlushArgs {
    /// The time to take, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

/// Tests address, key, clock and spool folder, and says what to fix.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit code: 1 when something is wrong.\n\nExamples:\n  central-logger-send check\n  \
    central-logger-send check --json"
)]
pub(crate) struct CheckArgs {
    /// Prints JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Whether it is one, the client says; that of a variable without a value is none.
fn url(text: &str) -> Result<String, &'static str> {
    match text.trim().is_empty() {
        true => Err(
            "it is empty: give it a value, or leave it out (for example --url https://logs.example.com)",
        ),
        false => Ok(text.to_owned()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds| (0.0..=86_400.0).contains(seconds));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "give seconds, such as 30".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn arguments_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn flags_may_stand_on_both_sides_of_the_command() {
        for arguments in [
            ["send", "--workflow", "w", "run", "--", "ls"],
            ["send", "run", "--workflow", "w", "--", "ls"],
        ] {
            let args = Args::try_parse_from(arguments).unwrap();
            assert_eq!(args.settings.workflow.as_deref(), Some("w"));
        }
    }

    #[test]
    fn flags_of_the_job_are_its_own() {
        let args =
            Args::try_parse_from(["send", "run", "--", "ls", "--workflow", "x", "--help"]).unwrap();
        let Some(Command::Run(run)) = args.command else {
            panic!("run");
        };
        assert_eq!(run.command, ["ls", "--workflow", "x", "--help"]);
        assert_eq!(args.settings.workflow, None);
    }

    #[test]
    fn empty_and_odd_values_are_refused() {
        for arguments in [
            &["send", "--workflow", ""][..],
            &["send", "run"],
            &["send", "run", "--"],
            &["send", "tail"],
            &["send", "flush", "--timeout", "-1"],
            &["send", "flush", "--timeout", "soon"],
            &["send", "--no-spool", "--spool-dir", "x"],
        ] {
            assert!(Args::try_parse_from(arguments).is_err(), "{arguments:?}");
        }
        for value in ["", " "] {
            let refused = Args::try_parse_from(["send", "--url", value]).unwrap_err();
            let message = refused.to_string();
            let right = "(for example --url https://logs.example.com)";
            assert!(message.contains(right), "{message}");
        }
    }
}
