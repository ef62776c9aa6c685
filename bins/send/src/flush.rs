//! Delivering what the spool folder holds.

use crate::{args::FlushArgs, error::SendError, say, settings::Settings, stdin::tell_what_waits};
use std::process::ExitCode;

/// Delivers what ended processes have left.
pub(crate) fn flush(settings: &Settings, args: &FlushArgs) -> Result<ExitCode, SendError> {
    settings.folder()?;
    let client = settings.builder().build();
    let is_empty = client.close(args.timeout);
    let stats = client.stats();
    match (stats.delivered, stats.rejected) {
        (0, 0) if is_empty => say("nothing was waiting"),
        (delivered, 0) => say(&format!("delivered {delivered} entries")),
        (delivered, rejected) => {
            say(&format!(
                "delivered {delivered} entries; {rejected} were refused, see rejected.ndjson in the folder"
            ));
        }
    }
    tell_what_waits(&client, settings);
    Ok(if is_empty {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
