use crate::{
    error::FileError,
    file::File,
    row::{SqliteRow, unix_ms},
};
use central_logger_keys::ClientId;
use central_logger_log_store::{Append, Appended, IdempotencyKey, idempotency::Receipt};
use central_logger_sql_rows::logs::{self, RECEIPT_COLUMNS};
use rusqlite::{OptionalExtension, Transaction};
use time::OffsetDateTime;

/// How many rows are forgotten in one transaction.
const STEP: i64 = 1000;

/// Takes the idempotency key of an append, if it has one, and tells whether it must be left out
/// because the key is taken.
pub(super) fn claim(transaction: &Transaction<'_>, append: &Append) -> Result<Appended, FileError> {
    let (Some(claim), Some(receipt)) = (&append.claim, append.receipt()) else {
        return Ok(Appended::Stored);
    };
    let mut insert = transaction.prepare_cached(
        "INSERT INTO idempotency_keys (client_id, key, body, received_at, ids, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (client_id, key) DO UPDATE
         SET body = excluded.body, received_at = excluded.received_at, ids = excluded.ids,
             expires_at = excluded.expires_at
         WHERE idempotency_keys.expires_at <= excluded.received_at",
    )?;
    let changed = insert.execute((
        append.client.as_str(),
        claim.key.as_str(),
        receipt.body.as_bytes(),
        unix_ms(receipt.received_at),
        receipt.ids_as_bytes(),
        unix_ms(receipt.received_at + claim.remembered),
    ))?;
    Ok(match changed {
        0 => Appended::Repeated,
        _ => Appended::Stored,
    })
}

pub(super) async fn receipt(
    file: &File,
    client: &ClientId,
    key: &IdempotencyKey,
    now: OffsetDateTime,
) -> Result<Option<Receipt>, FileError> {
    let (client, key) = (client.clone(), key.clone());
    file.read(move |connection| {
        let sql = format!(
            "SELECT {RECEIPT_COLUMNS} FROM idempotency_keys
             WHERE client_id = ?1 AND key = ?2 AND expires_at > ?3"
        );
        let mut select = connection.prepare_cached(&sql)?;
        let parameters = (client.as_str(), key.as_str(), unix_ms(now));
        let receipt = select.query_row(parameters, |row| Ok(logs::read_receipt(&SqliteRow(row))));
        Ok(receipt.optional()?.transpose()?)
    })
    .await
}

/// In small steps, so that no writer waits for long.
pub(super) async fn forget(file: &File, now: OffsetDateTime) -> Result<usize, FileError> {
    file.write(move |transaction| {
        let mut delete = transaction.prepare_cached(
            "DELETE FROM idempotency_keys WHERE rowid IN (
                 SELECT rowid FROM idempotency_keys WHERE expires_at <= ?1 LIMIT ?2)",
        )?;
        Ok(delete.execute((unix_ms(now), STEP))?)
    })
    .await
}
