//! A change of keys within one transaction, which is rolled back when this fails.

use crate::{
    clients,
    error::FileError,
    receipts, retention, reveal_links,
    row::{params, unix_ms},
};
use central_logger_key_store::{
    KeyStoreError, StoredKey,
    change::{KeyChange, Withdrawal},
};
use central_logger_sql_rows::{Value, audit, keys, quotas, state};
use rusqlite::{OptionalExtension, Transaction};
use time::OffsetDateTime;

pub(crate) fn commit(
    transaction: &Transaction<'_>,
    change: &KeyChange,
    now: OffsetDateTime,
) -> Result<(), FileError> {
    change.check_times().map_err(FileError::Rejected)?;
    move_head(transaction, change, now)?;
    for key in &change.inserts {
        insert(transaction, key)?;
    }
    for record in &change.updates {
        let columns = keys::CHANGED_COLUMNS.into_iter().zip(2..);
        let set: Vec<_> = columns
            .map(|(column, n)| format!("{column} = ?{n}"))
            .collect();
        let sql = format!("UPDATE api_keys SET {} WHERE id = ?1", set.join(", "));
        let mut update = transaction.prepare_cached(&sql)?;
        update.execute(params(keys::changed_values(record)))?;
    }
    for rehash in &change.rehashes {
        let sql = "UPDATE api_keys SET key_hash = ?2 WHERE id = ?1";
        let mut update = transaction.prepare_cached(sql)?;
        update.execute((rehash.id.as_str(), rehash.new.as_phc()))?;
    }
    for Withdrawal { id, at, reason } in &change.withdrawals {
        let sql = "UPDATE api_keys SET revoked_at = ?2, revoked_reason = ?3 WHERE id = ?1";
        transaction.execute(sql, (id, unix_ms(*at), reason))?;
    }
    if let Some(quota) = &change.quota {
        let sql = format!(
            "INSERT OR REPLACE INTO client_quotas ({}) VALUES (?1, ?2, ?3, ?4, ?5)",
            quotas::COLUMNS
        );
        transaction.execute(&sql, params(quotas::values(quota)))?;
    }
    if let Some(change) = &change.client {
        clients::change(transaction, change)?;
    }
    if let Some(change) = &change.links {
        reveal_links::change(transaction, change)?;
    }
    if let Some(receipt) = &change.receipt {
        receipts::keep(transaction, receipt)?;
    }
    if let Some(change) = &change.retention {
        retention::set(transaction, change)?;
    }
    let sql = format!(
        "INSERT INTO audit_log ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        audit::COLUMNS
    );
    let mut append = transaction.prepare_cached(&sql)?;
    for entry in &change.audit {
        append.execute(params(audit::values(entry)))?;
    }
    transaction.execute("UPDATE key_store_state SET is_change = 0", [])?;
    Ok(())
}

/// Until the end of the change, nothing is taken for a change by hand.
fn move_head(
    transaction: &Transaction<'_>,
    change: &KeyChange,
    now: OffsetDateTime,
) -> Result<(), FileError> {
    let sql = "UPDATE key_store_state SET sequence = ?1, head = ?2, changed_at = ?9, is_change = 1,
                   pepper = ?3, is_taken_up = ?4, end_sequence = coalesce(?5, end_sequence),
                   end_seal = coalesce(?6, end_seal),
                   restore_accepted_at = coalesce(?10, restore_accepted_at)
               WHERE sequence = ?7 AND head IS ?8";
    let accepted_at = change.accepts_restore.then_some(now);
    let times = [Value::from(now), Value::from(accepted_at)];
    let values = state::values(change).into_iter().chain(times);
    match transaction.execute(sql, params(values))? {
        0 => Err(FileError::Rejected(KeyStoreError::Stale)),
        _ => Ok(()),
    }
}

fn insert(transaction: &Transaction<'_>, key: &StoredKey) -> Result<(), FileError> {
    let sql = format!(
        "INSERT INTO api_keys ({})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                 ?21, ?22, ?23, ?24)
         ON CONFLICT DO NOTHING",
        keys::COLUMNS
    );
    if transaction.execute(&sql, params(keys::values(key)?))? == 1 {
        return Ok(());
    }
    let id = &key.record.id;
    let sql = "SELECT 1 FROM api_keys WHERE id = ?1";
    let same_id = transaction
        .query_row(sql, [id.as_str()], |_| Ok(()))
        .optional()?;
    Err(FileError::Rejected(match same_id {
        Some(()) => KeyStoreError::IdExists(id.clone()),
        None => KeyStoreError::KeyExists,
    }))
}
