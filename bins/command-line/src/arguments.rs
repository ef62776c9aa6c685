use central_logger_settings::Setting;
use central_logger_text::is_obeyed;
use clap::{ArgMatches, Command, Parser, error::ErrorKind};
use std::{ffi::OsString, io, process::ExitCode};

/// Reads a command line, and takes neither an empty value nor a control character in any argument.
///
/// A script that writes `--allow-ip "$NETWORK"` without a `NETWORK` has forgotten it, and does not mean
/// any network. What takes something back has a word of its own, such as `none` or `default`.
///
/// # Errors
/// When the arguments are not those of `P`, or ask for its help or version.
///
/// # Examples
///
/// ```
/// use central_logger_command_line::{SharedFlags, parse_arguments};
/// use clap::Parser;
///
/// #[derive(Debug, Parser)]
/// struct Arguments {
///     #[command(flatten)]
///     flags: SharedFlags,
/// }
///
/// let arguments: Arguments = parse_arguments(["my-service", "--key-prefix", "acme"])?;
/// assert_eq!(arguments.flags.key_prefix.as_deref(), Some("acme"));
/// let error = parse_arguments::<Arguments>(["my-service", "--key-prefix", ""]).unwrap_err();
/// assert!(error.to_string().contains("--key-prefix is empty"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse_arguments<P: Parser>(
    arguments: impl IntoIterator<Item = impl Into<OsString>>,
) -> Result<P, clap::Error> {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let mut command = P::command();
    for (place, argument) in arguments.iter().enumerate() {
        if let Some(obeyed) = argument.to_string_lossy().chars().find(|c| is_obeyed(*c)) {
            let message = format!(
                "argument {place} has the character U+{:04X}, which terminals do not show but obey",
                u32::from(obeyed)
            );
            return Err(command.error(ErrorKind::InvalidValue, message));
        }
    }
    let matches = command.try_get_matches_from_mut(arguments)?;
    refuse_empty(&mut command, &matches)?;
    P::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Prints help or a version, which somebody asked for, to standard output; and what is wrong with the
/// command line to standard error.
pub fn print_usage(error: &clap::Error) -> ExitCode {
    // Standard error may be closed or broken, which must not hide the exit status.
    let is_lost = match error.print() {
        Ok(()) => false,
        Err(failure) => !error.use_stderr() && failure.kind() != io::ErrorKind::BrokenPipe,
    };
    match error.exit_code() {
        0 if is_lost => ExitCode::FAILURE,
        code => u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from),
    }
}

fn refuse_empty(command: &mut Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let empty = matches.ids().find(|id| {
        // The ids of groups have no values of their own.
        let values = matches.try_get_raw(id.as_str()).ok().flatten();
        let mut values = values.into_iter().flatten();
        values.any(|value| value.to_string_lossy().trim().is_empty())
    });
    if let Some(id) = empty {
        let argument = command
            .get_arguments()
            .find(|argument| argument.get_id() == id);
        let name = match argument.and_then(clap::Arg::get_long) {
            Some(long) => format!("--{long}"),
            None => id.as_str().to_uppercase(),
        };
        // What a URL begins with is hard to guess.
        let example =
            Setting::of_url(&name).map(|url| format!(" (for example {name} {})", url.example));
        let message = format!(
            "{name} is empty: give it a value, or leave it out{}",
            example.unwrap_or_default()
        );
        return Err(command.error(ErrorKind::InvalidValue, message));
    }
    let Some((name, matches)) = matches.subcommand() else {
        return Ok(());
    };
    match command.find_subcommand_mut(name) {
        Some(command) => refuse_empty(command, matches),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SharedFlags;

    #[derive(Debug, Parser)]
    struct Arguments {
        #[command(flatten)]
        flags: SharedFlags,
        #[command(subcommand)]
        inner: Inner,
    }

    #[derive(Debug, clap::Subcommand)]
    enum Inner {
        Take {
            id: Option<String>,
            #[arg(long)]
            several: Vec<String>,
            #[arg(long)]
            number: Option<u8>,
        },
    }

    fn read(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        parse_arguments([&["program"], arguments].concat())
    }

    #[test]
    fn no_argument_may_be_empty() {
        assert!(read(&["take", "id", "--several", "a", "--several", "b"]).is_ok());
        for (arguments, named) in [
            (&["take", ""][..], "ID"),
            (&["take", " "], "ID"),
            (&["take", "--several", ""], "--several"),
            (&["take", "--several="], "--several"),
            (
                &["take", "--several", "a", "--several", "\u{3000}"],
                "--several",
            ),
            (&["take", "--number", ""], "--number"),
            (&["take", "--database-url", ""], "--database-url"),
            (&["--public-url", "", "take"], "--public-url"),
            (&["--env-file", "", "take"], "--env-file"),
        ] {
            let error = read(arguments).unwrap_err();
            assert!(error.to_string().contains(named), "{arguments:?}: {error}");
            assert_eq!(error.exit_code(), 2, "{arguments:?}");
        }
    }

    #[test]
    fn an_empty_url_is_refused_with_a_right_one() {
        for (flag, example) in [
            (
                "--database-url",
                "postgres://logger:secret@127.0.0.1:5432/logger",
            ),
            ("--public-url", "https://logs.example.com"),
            ("--smtp-url", "smtps://USER@mail.example.com"),
        ] {
            for value in ["", " "] {
                let error = read(&["take", flag, value]).unwrap_err().to_string();
                let message = error.lines().next().unwrap();
                assert_eq!(
                    message,
                    format!(
                        "error: {flag} is empty: give it a value, or leave it out (for example {flag} {example})"
                    )
                );
            }
        }
    }

    #[test]
    fn no_argument_may_have_what_terminals_obey() {
        for argument in [
            "a\u{1b}[2J",
            "a\nb",
            "\u{202e}a",
            "--several=\u{9b}",
            "\u{7f}",
        ] {
            let error = read(&["take", argument]).unwrap_err();
            assert!(
                !error
                    .to_string()
                    .trim_end()
                    .replace('\n', "")
                    .contains(is_obeyed)
            );
            assert_eq!(error.exit_code(), 2);
        }
    }
}
