//! The tables `workflow_logs`, `idempotency_keys` and `log_writers`.

use crate::{Row, UnreadableRow, columns::Columns};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    BodyDigest, StoredLog, entries::Place, idempotency::Receipt, store::WriterNumber,
};

/// The columns of `workflow_logs` that [`read`] reads.
pub const COLUMNS: &str = "id, received_at, environment, executed_at, status, workflow, message, \
     event_id, extra";

/// The columns of `idempotency_keys` that [`read_receipt`] reads.
pub const RECEIPT_COLUMNS: &str = "received_at, ids, body";

/// The columns of `log_writers` that [`read_writer`] reads.
pub const WRITER_COLUMNS: &str = "number, holder, bound, held_until";

/// Reads an entry of `client` from the [`COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read(client: &ClientId, row: &impl Row) -> Result<StoredLog, UnreadableRow> {
    let columns = Columns::of(row, "an entry");
    Ok(StoredLog {
        id: columns.uuid(0)?.into(),
        client_id: client.clone(),
        received_at: columns.time(1)?,
        environment: columns.string(2)?,
        executed_at: columns.string(3)?,
        status: columns.string(4)?,
        workflow: columns.string_or_null(5)?,
        message: columns.string_or_null(6)?,
        event_id: columns.string_or_null(7)?,
        extra: columns.string_or_null(8)?,
    })
}

/// Reads what a request was answered from the [`RECEIPT_COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read_receipt(row: &impl Row) -> Result<Receipt, UnreadableRow> {
    let columns = Columns::of(row, "an idempotency key");
    let body = columns.bytes(2)?.try_into();
    let body = body.map_err(|_| columns.unreadable("the digest of a body has not 32 bytes"))?;
    Ok(Receipt {
        received_at: columns.time(0)?,
        ids: Receipt::ids_from_bytes(columns.bytes(1)?),
        body: BodyDigest::from_bytes(body),
    })
}

/// Reads the number of a writer from the [`WRITER_COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read_writer(row: &impl Row) -> Result<WriterNumber, UnreadableRow> {
    let columns = Columns::of(row, "a writer");
    let number = u16::try_from(columns.number(0)?).ok();
    let number = number.filter(|number| *number < Place::WRITERS);
    Ok(WriterNumber {
        number: number.ok_or_else(|| columns.unreadable("its number is too large"))?,
        holder: columns.uuid(1)?.into(),
        bound: columns.number(2)?,
        held_until: columns.time(3)?,
    })
}
