//! The tables `key_store_state` and `store_identity`, of one row each.

use crate::{Row, UnreadableRow, Value, columns::Columns};
use central_logger_key_store::{
    Head,
    audit::{EndSeal, StoreState},
    change::KeyChange,
};
use central_logger_keys::StoreSalt;

const ROW: &str = "key_store_state";

/// The tables that [`READ_COLUMNS`] are of.
pub const TABLES: &str = "key_store_state, store_identity";

/// The columns that [`read`] reads.
pub const READ_COLUMNS: &str =
    "sequence, head, store_identity.id, pepper, is_taken_up, end_sequence, end_seal";

/// Reads the state of the store from the [`READ_COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read(row: &impl Row) -> Result<StoreState, UnreadableRow> {
    let columns = Columns::of(row, ROW);
    let end = match (columns.integer_or_null(5)?, columns.parse_or_null(6)?) {
        (Some(sequence), Some(seal)) => Some(EndSeal {
            sequence: crate::unsigned(sequence),
            seal,
        }),
        _ => None,
    };
    Ok(StoreState {
        identity: columns.string(2)?,
        head: read_head(row)?,
        end,
        pepper: columns.parse_or_empty(3)?,
        is_taken_up: columns.flag(4)?,
    })
}

/// Reads the end of the audit trail from the columns `sequence` and `head`, the first two.
///
/// # Errors
/// When it cannot be read.
pub fn read_head(row: &impl Row) -> Result<Head, UnreadableRow> {
    let columns = Columns::of(row, "head");
    Ok(Head {
        sequence: columns.number(0)?,
        seal: columns.parse_or_null(1)?,
    })
}

/// Reads the salt of opaque keys from a column, if there is one.
///
/// # Errors
/// When it cannot be read.
pub fn read_salt(row: &impl Row, column: usize) -> Result<Option<StoreSalt>, UnreadableRow> {
    let columns = Columns::of(row, ROW);
    let salt = columns.bytes_or_null(column)?.map(|bytes| {
        let bytes = bytes.try_into();
        let bytes = bytes.map_err(|_| columns.unreadable("the salt has not 16 bytes"))?;
        Ok(StoreSalt::from_bytes(bytes))
    });
    salt.transpose()
}

/// Returns what a change sets: `sequence`, `head`, `pepper`, `is_taken_up`, `end_sequence` and `end_seal`,
/// of which the last two stay as they are where they are null; then `sequence` and `head` as they must
/// have been before.
pub fn values(change: &KeyChange) -> [Value<'static>; 8] {
    let (from, to) = (change.base, change.head());
    let pepper = change.pepper.map(|pepper| pepper.to_string());
    [
        to.sequence.into(),
        Value::shown(to.seal),
        pepper.unwrap_or_default().into(),
        change.is_taken_up.into(),
        Value::number(change.end.map(|end| end.sequence)),
        Value::shown(change.end.map(|end| end.seal)),
        from.sequence.into(),
        Value::shown(from.seal),
    ]
}
