use crate::error::AdminError;
use std::io::{self, IsTerminal, Write};

/// Asks a person; a script has said what it wants.
pub(crate) fn confirm(question: &str) -> Result<(), AdminError> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(());
    }
    eprint!("{question} [y/N] ");
    io::stderr().flush().map_err(AdminError::Stdin)?;
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(AdminError::Stdin)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(AdminError::NotConfirmed),
    }
}
