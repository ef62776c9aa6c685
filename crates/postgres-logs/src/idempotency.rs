use crate::rows::Statements;
use central_logger_keys::ClientId;
use central_logger_log_store::{Append, Appended, IdempotencyKey, idempotency::Receipt};
use central_logger_postgres_database::{
    Database, IN_INDEX_ORDER, PgRow, READ_LIMIT, Roles, StatementError,
};
use central_logger_sql_rows::logs::{self, RECEIPT_COLUMNS};
use deadpool_postgres::Transaction;
use std::collections::{BTreeMap, HashSet};
use time::OffsetDateTime;

/// How many rows are forgotten in one transaction.
const STEP: i64 = 1000;

pub(crate) const CLAIM: &str = "
    INSERT INTO idempotency_keys AS held (client_id, key, body, received_at, ids, expires_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::timestamptz[], $5::bytea[],
                         $6::timestamptz[])
    ON CONFLICT (client_id, key) DO UPDATE
    SET body = excluded.body, received_at = excluded.received_at, ids = excluded.ids,
        expires_at = excluded.expires_at
    WHERE held.expires_at <= excluded.received_at
    RETURNING client_id, key";

/// Takes the idempotency keys of a group, and tells who must be left out because its key is taken.
/// Where another transaction is taking the same key, this waits for its end.
pub(crate) async fn claim(
    transaction: &Transaction<'_>,
    statements: &Statements,
    group: &[Append],
) -> Result<Vec<Appended>, StatementError> {
    // In order and each once, so that transactions never wait for each other in turn.
    let mut first = BTreeMap::new();
    for (index, append) in group.iter().enumerate() {
        if let (Some(claim), Some(receipt)) = (&append.claim, append.receipt()) {
            let name = (append.client.as_str(), claim.key.as_str());
            let expires_at = receipt.received_at + claim.remembered;
            first.entry(name).or_insert((index, receipt, expires_at));
        }
    }
    let (names, receipts): (Vec<_>, Vec<_>) = first.into_iter().unzip();
    let (clients, keys): (Vec<_>, Vec<_>) = names.iter().copied().unzip();
    let mut indices = Vec::with_capacity(receipts.len());
    let mut expiries = Vec::with_capacity(receipts.len());
    let receipts = receipts.into_iter().map(|(index, receipt, expires_at)| {
        indices.push(index);
        expiries.push(expires_at);
        receipt
    });
    let receipts: Vec<_> = receipts.collect();
    let bodies: Vec<&[u8]> = receipts
        .iter()
        .map(|receipt| &receipt.body.as_bytes()[..])
        .collect();
    let times: Vec<_> = receipts.iter().map(|receipt| receipt.received_at).collect();
    let ids: Vec<_> = receipts.iter().map(Receipt::ids_as_bytes).collect();
    let rows = transaction
        .query(
            &statements.claim,
            &[&clients, &keys, &bodies, &times, &ids, &expiries],
        )
        .await?;
    let mut taken = HashSet::new();
    for row in &rows {
        taken.insert((row.try_get::<_, &str>(0)?, row.try_get::<_, &str>(1)?));
    }
    let stored: HashSet<_> = names
        .iter()
        .zip(indices)
        .filter(|(name, _)| taken.contains(*name))
        .map(|(_, index)| index)
        .collect();
    let appended = group.iter().enumerate().map(|(index, append)| {
        match append.claim.is_none() || stored.contains(&index) {
            true => Appended::Stored,
            false => Appended::Repeated,
        }
    });
    Ok(appended.collect())
}

pub(crate) async fn receipt(
    database: &Database,
    client: &ClientId,
    key: &IdempotencyKey,
    now: OffsetDateTime,
) -> Result<Option<Receipt>, StatementError> {
    let sql = format!(
        "SELECT {RECEIPT_COLUMNS} FROM idempotency_keys
         WHERE client_id = $1 AND key = $2 AND expires_at > $3"
    );
    let found = database.read_logs(client, READ_LIMIT, async |transaction| {
        let select = transaction.prepare_cached(&sql).await?;
        let row = transaction
            .query_opt(&select, &[&client.as_str(), &key.as_str(), &now])
            .await?;
        let receipt = row.map(|row| logs::read_receipt(&PgRow(&row)));
        Ok(receipt.transpose()?)
    });
    found.await
}

/// In small steps, so that nobody waits for it.
pub(crate) async fn forget(
    database: &Database,
    now: OffsetDateTime,
) -> Result<usize, StatementError> {
    let expired = "SELECT client_id, key FROM idempotency_keys WHERE expires_at <= $1
                   ORDER BY expires_at LIMIT $2";
    let delete = "DELETE FROM idempotency_keys
                  WHERE client_id = ANY ($1) AND key = ANY ($2) AND expires_at <= $3";
    let forgotten = database.run(async |connection| {
        let transaction = connection.transaction().await?;
        transaction
            .batch_execute(&format!("{}{IN_INDEX_ORDER}", database.take(Roles::keeper)))
            .await?;
        let rows = transaction.query(expired, &[&now, &STEP]).await?;
        let clients: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
        let keys: Vec<&str> = rows.iter().map(|row| row.get(1)).collect();
        let count = transaction
            .execute(delete, &[&clients, &keys, &now])
            .await?;
        transaction.commit().await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    });
    forgotten.await
}
