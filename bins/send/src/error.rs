use central_logger_client::NotLogged;
use central_logger_env_file::EnvFileError;
use std::{io, path::PathBuf};

/// What stops this program. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("the file of settings {0} cannot be used: fix it, or name another with --env-file")]
    EnvFile(PathBuf, #[source] EnvFileError),
    #[error(
        "there is no folder for entries, since HOME is not set: give --spool-dir FOLDER or --no-spool"
    )]
    NoHome,
    #[error("this needs a spool folder, which keeps what is to be delivered: leave out --no-spool")]
    NeedsSpool,
    #[error("standard input cannot be read")]
    Stdin(#[source] io::Error),
    #[error("{0} is followed by another process: end that first")]
    Followed(PathBuf),
    #[error("{0} cannot be read")]
    Read(PathBuf, #[source] io::Error),
    #[error("lines of {0} cannot be queued now")]
    NoRoom(PathBuf, #[source] NotLogged),
    #[error("the position in {0} cannot be kept in the spool folder")]
    Position(PathBuf, #[source] io::Error),
    #[error("signals cannot be received")]
    Signals(#[source] io::Error),
    #[error("the end of the job cannot be awaited")]
    Job(#[source] io::Error),
}
