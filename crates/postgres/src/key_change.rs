//! A change of keys as one transaction: all of it or nothing.

use crate::{
    error::StatementError,
    keys::{AUDIT_COLUMNS, COLUMNS, signed, unreadable},
};
use central_logger_key_store::{Head, KeyChange, KeyStoreError, StoredKey};
use central_logger_keys::{Fingerprint, KeyId};
use deadpool_postgres::{Object, Transaction};

pub(crate) async fn commit(
    connection: &mut Object,
    change: &KeyChange,
) -> Result<(), StatementError> {
    let transaction = connection.transaction().await?;
    let (base, head) = (change.base, change.head());
    let seal = |head: Head| head.seal.map(|seal| seal.to_string());
    let sql = "UPDATE key_store_state SET sequence = $1, head = $2
               WHERE sequence = $3 AND head IS NOT DISTINCT FROM $4";
    let moved = transaction
        .execute(
            sql,
            &[
                &signed(head.sequence),
                &seal(head),
                &signed(base.sequence),
                &seal(base),
            ],
        )
        .await?;
    if moved == 0 {
        return Err(StatementError::Rejected(KeyStoreError::Stale));
    }
    for key in &change.inserts {
        insert(&transaction, key).await?;
    }
    for record in &change.updates {
        let sql = "UPDATE api_keys SET is_active = $2, grace_ends_at = $3, revoked_at = $4,
                   revoked_reason = $5 WHERE id = $1";
        let update = transaction.prepare_cached(sql).await?;
        transaction
            .execute(
                &update,
                &[
                    &record.id.as_str(),
                    &record.is_active,
                    &record.grace_ends_at,
                    &record.revoked_at,
                    &record.revoked_reason,
                ],
            )
            .await?;
    }
    let sql = format!(
        "INSERT INTO audit_log ({AUDIT_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    );
    let append = transaction.prepare_cached(&sql).await?;
    for entry in &change.audit {
        transaction
            .execute(
                &append,
                &[
                    &signed(entry.sequence),
                    &entry.at,
                    &entry.actor,
                    &entry.action.as_str(),
                    &entry.key_id.as_str(),
                    &entry.client_id.as_str(),
                    &entry.before,
                    &entry.after,
                    &entry.seal.to_string(),
                ],
            )
            .await?;
    }
    Ok(transaction.commit().await?)
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
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
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
