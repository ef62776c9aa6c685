use crate::error::AdminError;
use std::io::{self, BufRead, IsTerminal, Read, Write};

/// The maximum length of an answer in bytes.
const MAX_ANSWER: u64 = 1024;

/// Asks the person at the terminal. A script, whose input is not a terminal, is not asked.
pub(crate) fn confirm(question: &str) -> Result<(), AdminError> {
    if !io::stdin().is_terminal() {
        return Ok(());
    }
    let mut stderr = io::stderr();
    if !stderr.is_terminal() {
        return Err(AdminError::CannotAsk);
    }
    let asked = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    asked.map_err(|_| AdminError::CannotAsk)?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .take(MAX_ANSWER)
        .read_line(&mut answer)
        .map_err(AdminError::Stdin)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(AdminError::NotConfirmed),
    }
}
