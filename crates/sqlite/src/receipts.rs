use crate::{
    error::FileError,
    keys::SqliteKeys,
    row::{SqliteRow, params, unix_ms},
};
use async_trait::async_trait;
use central_logger_key_store::{KeyStoreError, Receipt, ReceiptStore};
use central_logger_sql_rows::receipts;
use rusqlite::{OptionalExtension, Transaction};
use time::OffsetDateTime;

/// How many are deleted in one transaction.
const STEP: i64 = 1000;

#[async_trait]
impl ReceiptStore for SqliteKeys {
    async fn receipt(&self, id: &str) -> Result<Option<Receipt>, KeyStoreError> {
        let id = id.to_owned();
        let sql = format!(
            "SELECT {} FROM change_receipts WHERE id = ?1",
            receipts::COLUMNS
        );
        let receipt = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let receipt = select.query_row([id], |row| Ok(receipts::read(&SqliteRow(row))));
            Ok(receipt.optional()?.transpose()?)
        });
        Ok(receipt.await?)
    }

    async fn delete_receipts(&self, time: OffsetDateTime) -> Result<usize, KeyStoreError> {
        let deleted = self.file.write_in_need(move |transaction| {
            let sql = "DELETE FROM change_receipts WHERE id IN (
                           SELECT id FROM change_receipts WHERE at < ?1 LIMIT ?2)";
            let mut delete = transaction.prepare_cached(sql)?;
            Ok(delete.execute((unix_ms(time), STEP))?)
        });
        Ok(deleted.await?)
    }
}

/// Keeps a receipt, unless the request is remembered: then the change is decided upon anew.
pub(crate) fn keep(transaction: &Transaction<'_>, receipt: &Receipt) -> Result<(), FileError> {
    let sql = format!(
        "INSERT INTO change_receipts ({}) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET seal = excluded.seal, keys = excluded.keys, at = excluded.at
         WHERE change_receipts.at <= ?5",
        receipts::COLUMNS
    );
    match transaction.execute(&sql, params(receipts::values(receipt)))? {
        0 => Err(FileError::Rejected(KeyStoreError::Stale)),
        _ => Ok(()),
    }
}
