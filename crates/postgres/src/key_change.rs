//! A change of keys as one transaction: all of it or nothing.

use crate::{
    error::StatementError,
    feed::CHANNEL,
    keys::{AUDIT_COLUMNS, COLUMNS, signed, unreadable},
    retention,
};
use central_logger_key_store::{
    AuditEntry, Head, KeyRecord, KeyStoreError, StoredKey,
    change::{KeyChange, Withdrawal},
    quota::{ClientQuota, QuotaDimension},
};
use central_logger_keys::{ClientId, Fingerprint, KeyId};
use deadpool_postgres::{Object, Transaction};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_postgres::types::{ToSql, Type};

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
                   pepper = $5, is_taken_up = $6, end_sequence = coalesce($7, end_sequence),
                   end_seal = coalesce($8, end_seal),
                   restore_accepted_at = CASE WHEN $9 THEN clock_timestamp()
                                              ELSE restore_accepted_at END
               WHERE sequence = $3 AND head IS NOT DISTINCT FROM $4
               RETURNING set_config('central_logger.is_change', 'yes', true)";
    let (from, to) = (change.base, change.head());
    let seal = |head: Head| head.seal.map(|seal| seal.to_string());
    let pepper = change.pepper.map(|pepper| pepper.to_string());
    let values: Values<'_, 9> = [
        (&signed(to.sequence), Type::INT8),
        (&seal(to), Type::TEXT),
        (&signed(from.sequence), Type::INT8),
        (&seal(from), Type::TEXT),
        (&pepper.unwrap_or_default(), Type::TEXT),
        (&change.is_taken_up, Type::BOOL),
        (&change.end.map(|end| signed(end.sequence)), Type::INT8),
        (&change.end.map(|end| end.seal.to_string()), Type::TEXT),
        (&change.accepts_restore, Type::BOOL),
    ];
    match transaction.query_typed_opt(sql, &values).await? {
        Some(_) => Ok(()),
        None => Err(StatementError::Rejected(KeyStoreError::Stale)),
    }
}

async fn update(transaction: &Transaction<'_>, record: &KeyRecord) -> Result<(), StatementError> {
    let sql = "UPDATE api_keys SET is_active = $2, grace_ends_at = $3, revoked_at = $4,
               revoked_reason = $5 WHERE id = $1";
    let values: Values<'_, 5> = [
        (&record.id.as_str(), Type::TEXT),
        (&record.is_active, Type::BOOL),
        (&record.grace_ends_at, Type::TIMESTAMPTZ),
        (&record.revoked_at, Type::TIMESTAMPTZ),
        (&record.revoked_reason, Type::TEXT),
    ];
    transaction.query_typed(sql, &values).await?;
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
    ClientQuota { client_id, quota }: &ClientQuota,
) -> Result<(), StatementError> {
    let sql = "INSERT INTO client_quotas (client_id, requests_per_day, requests_per_month,
                                          entries_per_day, bytes_per_day)
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (client_id) DO UPDATE
               SET requests_per_day = excluded.requests_per_day,
                   requests_per_month = excluded.requests_per_month,
                   entries_per_day = excluded.entries_per_day,
                   bytes_per_day = excluded.bytes_per_day";
    let limit = |dimension| quota.limit(dimension).map(|limit| signed(limit.get()));
    let values: Values<'_, 5> = [
        (&client_id.as_str(), Type::TEXT),
        (&limit(QuotaDimension::RequestsPerDay), Type::INT8),
        (&limit(QuotaDimension::RequestsPerMonth), Type::INT8),
        (&limit(QuotaDimension::EntriesPerDay), Type::INT8),
        (&limit(QuotaDimension::BytesPerDay), Type::INT8),
    ];
    transaction.query_typed(sql, &values).await?;
    Ok(())
}

async fn append(transaction: &Transaction<'_>, entry: &AuditEntry) -> Result<(), StatementError> {
    let sql = format!(
        "INSERT INTO audit_log ({AUDIT_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    let key_id = entry.key_id.as_ref().map_or("", KeyId::as_str);
    let client_id = entry.client_id.as_ref().map_or("", ClientId::as_str);
    let values: Values<'_, 10> = [
        (&signed(entry.sequence), Type::INT8),
        (&entry.at, Type::TIMESTAMPTZ),
        (&entry.actor, Type::TEXT),
        (&entry.action.as_str(), Type::TEXT),
        (&key_id, Type::TEXT),
        (&client_id, Type::TEXT),
        (&entry.before, Type::TEXT),
        (&entry.after, Type::TEXT),
        (&entry.seal.to_string(), Type::TEXT),
        (&entry.key_seal.map(|seal| seal.to_string()), Type::TEXT),
    ];
    transaction.query_typed(&sql, &values).await?;
    Ok(())
}

async fn insert(transaction: &Transaction<'_>, key: &StoredKey) -> Result<(), StatementError> {
    let StoredKey { record, proof } = key;
    let Some(hash) = proof.hash() else {
        return Err(unreadable(
            record.id.as_str(),
            "a static key cannot be stored",
        ));
    };
    let sql = format!(
        "INSERT INTO api_keys ({COLUMNS})
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
         ON CONFLICT DO NOTHING"
    );
    let fingerprint = proof.fingerprint().map(Fingerprint::to_bytes);
    let inserted = transaction
        .execute(
            &sql,
            &[
                &record.id.as_str(),
                &record.client_id.as_str(),
                &record.client_name,
                &hash.as_phc(),
                &fingerprint.as_ref().map(<[u8; 8]>::as_slice),
                &record.scopes.to_string(),
                &record.environment.as_str(),
                &record.is_active,
                &record.created_at,
                &record.last_used_at,
                &record.last_used_from,
                &record.expires_at,
                &record.grace_ends_at,
                &record.revoked_at,
                &record.revoked_reason,
                &record.note,
                &record.predecessor.as_ref().map(KeyId::as_str),
                &record.allowed_from.to_string(),
                &record.is_weak,
                &record.rate_limit.map(|rate| rate.to_string()),
            ],
        )
        .await?;
    if inserted == 1 {
        return Ok(());
    }
    let sql = "SELECT FROM api_keys WHERE id = $1";
    let same_id = transaction.query_opt(sql, &[&record.id.as_str()]).await?;
    Err(StatementError::Rejected(match same_id {
        Some(_) => KeyStoreError::IdExists(record.id.clone()),
        None => KeyStoreError::KeyExists,
    }))
}
