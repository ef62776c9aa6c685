//! The table `change_receipts`.

use crate::{Row, UnreadableRow, Value, columns::Columns};
use central_logger_key_store::Receipt;
use central_logger_keys::KeyId;
use central_logger_sessions as sessions;

/// The columns, in the order of [`values`].
pub const COLUMNS: &str = "id, seal, keys, at";

/// Reads a receipt from the [`COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read(row: &impl Row) -> Result<Receipt, UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    let ids = columns.text(2)?.split_ascii_whitespace();
    Ok(Receipt {
        id: columns.string(0)?,
        seal: columns.parse(1)?,
        keys: ids
            .map(|id| columns.parse_text(id))
            .collect::<Result<_, _>>()?,
        at: columns.time(3)?,
    })
}

/// Returns a receipt of a session or a link as it is kept, with those of changes of keys.
pub fn kept(receipt: &sessions::Receipt) -> Receipt {
    Receipt {
        id: receipt.id.clone(),
        seal: receipt.seal,
        keys: vec![receipt.made.clone()],
        at: receipt.at,
    }
}

/// Reads a receipt of a session or a link from the [`COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read_of_session(row: &impl Row) -> Result<sessions::Receipt, UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    Ok(sessions::Receipt {
        id: columns.string(0)?,
        seal: columns.parse(1)?,
        made: columns.parse(2)?,
        at: columns.time(3)?,
    })
}

/// Returns the values of a receipt, in the order of the [`COLUMNS`], and the time up to which another is not
/// remembered any more.
pub fn values(receipt: &Receipt) -> [Value<'_>; 5] {
    let ids: Vec<_> = receipt.keys.iter().map(KeyId::as_str).collect();
    [
        receipt.id.as_str().into(),
        receipt.seal.to_string().into(),
        ids.join(" ").into(),
        receipt.at.into(),
        (receipt.at - Receipt::REMEMBERED).into(),
    ]
}
