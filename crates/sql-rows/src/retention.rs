//! The table `retention`.

use crate::{Row, UnreadableRow, columns::Columns, readable_or_log};
use central_logger_key_store::settings::{ClientSettings, SettingChange};
use central_logger_keys::ClientId;

/// The columns that [`read`] reads.
pub const COLUMNS: &str = "client_id, keep";

/// Stands for all clients that have no term of their own.
const ALL: &str = "";

/// Adds what a row of the [`COLUMNS`] says.
///
/// # Errors
/// When the columns hold no text.
pub fn read(retention: &mut ClientSettings, row: &impl Row) -> Result<(), UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    let value = Some(columns.string(1)?);
    if let Some(client_id) = readable_or_log(columns.parse_or_empty(0)) {
        retention.apply(&SettingChange { client_id, value });
    }
    Ok(())
}

/// Returns the `client_id` of a change, and what it sets `keep` to; where that is nothing, the row is
/// deleted.
pub fn values(change: &SettingChange) -> (&str, Option<&str>) {
    let client = change.client_id.as_ref().map_or(ALL, ClientId::as_str);
    (client, change.value.as_deref())
}
