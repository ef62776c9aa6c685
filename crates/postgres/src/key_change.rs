//! A change of keys as one transaction: all of it or nothing.

use crate::{clients, receipts, retention, reveal_links};
use central_logger_key_store::{
    AuditEntry, KeyRecord, KeyStoreError, StoredKey,
    change::{KeyChange, Withdrawal},
    quota::ClientQuota,
};
use central_logger_postgres_database::{Params, StatementError};
use central_logger_sql_rows::{audit, keys, quotas, state};
use deadpool_postgres::{Object, Transaction};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_postgres::types::{ToSql, Type};

/// Where changes are announced.
pub(crate) const CHANNEL: &str = "central_logger_keys";

type Values<'a, const N: usize> = [(&'a (dyn ToSql + Sync), Type); N];

pub(crate) async fn commit(
    connection: &mut Object,
    change: &KeyChange,
    committing: &AtomicBool,
) -> Result<(), StatementError> {
    change.check_times().map_err(StatementError::Rejected)?;
    let transaction = connection.transaction().await?;
    move_head(&transaction, change).await?;
    for key in &change.inserts {
        insert(&transaction, key).await?;
    }
    for record in &change.updates {
        update(&transaction, record).await?;
    }
    for rehash in &change.rehashes {
        let sql = "UPDATE api_keys SET key_hash = $2 WHERE id = $1";
        let values: Values<'_, 2> = [
            (&rehash.id.as_str(), Type::TEXT),
            (&rehash.new.as_phc(), Type::TEXT),
        ];
        transaction.query_typed(sql, &values).await?;
    }
    for withdrawal in &change.withdrawals {
        withdraw(&transaction, withdrawal).await?;
    }
    if let Some(quota) = &change.quota {
        set_quota(&transaction, quota).await?;
    }
    if let Some(change) = &change.client {
        clients::change(&transaction, change).await?;
    }
    if let Some(change) = &change.links {
        reveal_links::change(&transaction, change).await?;
    }
    if let Some(receipt) = &change.receipt {
        receipts::keep(&transaction, receipt).await?;
    }
    if let Some(change) = &change.retention {
        retention::set(&transaction, change).await?;
    }
    for entry in &change.audit {
        append(&transaction, entry).await?;
    }
    // What is said to be done must not be undone by a crash.
    let last = format!("NOTIFY {CHANNEL}; SET LOCAL synchronous_commit = on");
    transaction.batch_execute(&last).await?;
    committing.store(true, Ordering::Relaxed);
    Ok(transaction.commit().await?)
}

/// Locks the row that every change locks, and says that what follows is not done by hand.
async fn move_head(
    transaction: &Transaction<'_>,
    change: &KeyChange,
) -> Result<(), StatementError> {
    let sql = "UPDATE key_store_state SET sequence = $1, head = $2, changed_at = clock_timestamp(),
                   pepper = $3, is_taken_up = $4, end_sequence = coalesce($5, end_sequence),
                   end_seal = coalesce($6, end_seal),
                   restore_accepted_at = CASE WHEN $9 THEN clock_timestamp()
                                              ELSE restore_accepted_at END
               WHERE sequence = $7 AND head IS NOT DISTINCT FROM $8
               RETURNING set_config('central_logger.is_change', 'yes', true)";
    let values = Params::new(state::values(change));
    let mut values = values.typed();
    values.push((&change.accepts_restore, Type::BOOL));
    match transaction.query_typed_opt(sql, &values).await? {
        Some(_) => Ok(()),
        None => Err(StatementError::Rejected(KeyStoreError::Stale)),
    }
}

async fn update(transaction: &Transaction<'_>, record: &KeyRecord) -> Result<(), StatementError> {
    let columns = keys::CHANGED_COLUMNS.into_iter().zip(2..);
    let set: Vec<_> = columns
        .map(|(column, n)| format!("{column} = ${n}"))
        .collect();
    let sql = format!("UPDATE api_keys SET {} WHERE id = $1", set.join(", "));
    let values = Params::new(keys::changed_values(record));
    transaction.query_typed(&sql, &values.typed()).await?;
    Ok(())
}

async fn withdraw(
    transaction: &Transaction<'_>,
    Withdrawal { id, at, reason }: &Withdrawal,
) -> Result<(), StatementError> {
    let sql = "UPDATE api_keys SET revoked_at = $2, revoked_reason = $3 WHERE id = $1";
    let values: Values<'_, 3> = [
        (id, Type::TEXT),
        (at, Type::TIMESTAMPTZ),
        (reason, Type::TEXT),
    ];
    transaction.query_typed(sql, &values).await?;
    Ok(())
}

async fn set_quota(
    transaction: &Transaction<'_>,
    quota: &ClientQuota,
) -> Result<(), StatementError> {
    let sql = format!(
        "INSERT INTO client_quotas ({}) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (client_id) DO UPDATE
         SET requests_per_day = excluded.requests_per_day,
             requests_per_month = excluded.requests_per_month,
             entries_per_day = excluded.entries_per_day,
             bytes_per_day = excluded.bytes_per_day",
        quotas::COLUMNS
    );
    let values = Params::new(quotas::values(quota));
    transaction.query_typed(&sql, &values.typed()).await?;
    Ok(())
}

async fn append(transaction: &Transaction<'_>, entry: &AuditEntry) -> Result<(), StatementError> {
    let sql = format!(
        "INSERT INTO audit_log ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        audit::COLUMNS
    );
    let values = Params::new(audit::values(entry));
    transaction.query_typed(&sql, &values.typed()).await?;
    Ok(())
}

async fn insert(transaction: &Transaction<'_>, key: &StoredKey) -> Result<(), StatementError> {
    let sql = format!(
        "INSERT INTO api_keys ({})
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                 $21, $22, $23, $24)
         ON CONFLICT DO NOTHING",
        keys::COLUMNS
    );
    let values = Params::new(keys::values(key)?);
    if transaction.execute(&sql, &values.values()).await? == 1 {
        return Ok(());
    }
    let id = &key.record.id;
    let sql = "SELECT FROM api_keys WHERE id = $1";
    let same_id = transaction.query_opt(sql, &[&id.as_str()]).await?;
    Err(StatementError::Rejected(match same_id {
        Some(_) => KeyStoreError::IdExists(id.clone()),
        None => KeyStoreError::KeyExists,
    }))
}
