//! Files with credentials, as other programs of the same system read them.

use crate::{Secret, TargetError, Variables};
use central_logger_input_file::{InputFile, InputFileError};
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// Longer than any token.
const MAX_LENGTH: u64 = 64 * 1024;

/// Reads a secret, without the line end behind it.
pub(crate) fn read_secret(path: &Path) -> Result<Secret, TargetError> {
    let failed = |error: InputFileError| {
        TargetError::CredentialsFile(path.display().to_string(), Box::new(error))
    };
    let file = InputFile::read(path, MAX_LENGTH).map_err(failed)?;
    let text = str::from_utf8(&file.content).map_err(|_| TargetError::NotText)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned().into())
}

/// Reads a secret from a file that need not exist.
pub(crate) fn read_optional(path: &Path) -> Result<Option<Secret>, TargetError> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        _ => read_secret(path).map(Some),
    }
}

/// Returns the home of the user who runs the program.
pub(crate) fn home(variables: &Variables) -> Option<PathBuf> {
    variables.get("HOME").map(PathBuf::from)
}
