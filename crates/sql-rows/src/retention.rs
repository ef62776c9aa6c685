//! The table `retention`.

use crate::{Row, UnreadableRow, columns::Columns, readable_or_log};
use central_logger_key_store::{Keep, Retention, RetentionChange};
use central_logger_keys::ClientId;

/// The columns that [`read`] reads.
pub const COLUMNS: &str = "client_id, keep";

/// Stands for all clients that have no term of their own.
const ALL: &str = "";

/// Adds what a row of the [`COLUMNS`] says.
///
/// # Errors
/// When the columns hold no text.
pub fn read(retention: &mut Retention, row: &impl Row) -> Result<(), UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    // Nothing is removed by a term that cannot be read.
    let keep = Some(readable_or_log(columns.parse(1)).unwrap_or(Keep::Forever));
    if let Some(client_id) = readable_or_log(columns.parse_or_empty(0)) {
        retention.apply(&RetentionChange { client_id, keep });
    }
    Ok(())
}

/// Returns the `client_id` of a change, and what it sets `keep` to; where that is nothing, the row is
/// deleted.
pub fn values(change: &RetentionChange) -> (&str, Option<String>) {
    let client = change.client_id.as_ref().map_or(ALL, ClientId::as_str);
    (client, change.keep.as_ref().map(Keep::to_string))
}
