use crate::keys::PostgresKeys;
use async_trait::async_trait;
use central_logger_key_store::{KeyStoreError, Receipt, ReceiptStore};
use central_logger_postgres_database::{Params, PgRow, StatementError};
use central_logger_sql_rows::receipts;
use deadpool_postgres::Transaction;
use time::OffsetDateTime;

/// How many are deleted in one transaction.
const STEP: i64 = 1000;

#[async_trait]
impl ReceiptStore for PostgresKeys {
    async fn receipt(&self, id: &str) -> Result<Option<Receipt>, KeyStoreError> {
        let sql = format!(
            "SELECT {} FROM change_receipts WHERE id = $1",
            receipts::COLUMNS
        );
        let receipt = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let row = connection.query_opt(&select, &[&id]).await?;
            let receipt = row.map(|row| receipts::read(&PgRow(&row)));
            Ok(receipt.transpose()?)
        });
        Ok(receipt.await?)
    }

    async fn delete_receipts(&self, time: OffsetDateTime) -> Result<usize, KeyStoreError> {
        let deleted = self.database.run(async |connection| {
            let sql = "DELETE FROM change_receipts WHERE id IN (
                           SELECT id FROM change_receipts WHERE at < $1 LIMIT $2)";
            let delete = connection.prepare_cached(sql).await?;
            Ok(connection.execute(&delete, &[&time, &STEP]).await?)
        });
        Ok(usize::try_from(deleted.await?).unwrap_or(usize::MAX))
    }
}

/// Keeps a receipt, unless the request is remembered: then the change is decided upon anew.
pub(crate) async fn keep(
    transaction: &Transaction<'_>,
    receipt: &Receipt,
) -> Result<(), StatementError> {
    let sql = format!(
        "INSERT INTO change_receipts ({}) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET seal = excluded.seal, keys = excluded.keys, at = excluded.at
         WHERE change_receipts.at <= $5",
        receipts::COLUMNS
    );
    let values = Params::new(receipts::values(receipt));
    match transaction.execute(&sql, &values.values()).await? {
        0 => Err(StatementError::Rejected(KeyStoreError::Stale)),
        _ => Ok(()),
    }
}
