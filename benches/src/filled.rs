use crate::{Failure, entry};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogStore, Submission};
use serde_json::json;
use std::{ops::Range, path::Path, sync::Arc};
use time::OffsetDateTime;

/// How many entries are stored at once.
const PART: usize = 5000;

/// The logs of a database.
///
/// # Errors
/// When it does not open.
pub async fn logs(url: &str) -> Result<Arc<dyn LogStore>, Failure> {
    Ok(central_logger_database::open(url).await?.logs())
}

/// The URL of a database in a directory of its own.
pub fn sqlite_url(directory: &Path) -> String {
    format!("sqlite:{}", directory.join("keys.db").display())
}

/// Stores the entries of those numbers for a client, without a server.
///
/// # Errors
/// When they cannot be stored.
pub async fn fill(
    logs: &dyn LogStore,
    client: &ClientId,
    numbers: Range<usize>,
) -> Result<(), Failure> {
    let now = OffsetDateTime::now_utc();
    for first in numbers.clone().step_by(PART) {
        let some = first..numbers.end.min(first + PART);
        let body = json!(some.map(entry).collect::<Vec<_>>()).to_string();
        let Submission::Many(entries) = Submission::parse(body.as_bytes(), client, now)? else {
            return Err("an array is many".into());
        };
        logs.append(client, now, &entries).await?;
    }
    Ok(())
}
