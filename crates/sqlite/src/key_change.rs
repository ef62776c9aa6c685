//! A change of keys within one transaction, which is rolled back when this fails.

use crate::{
    error::FileError,
    keys::{AUDIT_COLUMNS, COLUMNS, signed, unix_ms, unreadable},
    retention,
};
use central_logger_key_store::{
    Head, KeyStoreError, StoredKey,
    change::{KeyChange, Withdrawal},
    quota::{ClientQuota, QuotaDimension},
};
use central_logger_keys::{ClientId, Fingerprint, KeyId};
use rusqlite::{OptionalExtension, Transaction, params};
use time::OffsetDateTime;

pub(crate) fn commit(
    transaction: &Transaction<'_>,
    change: &KeyChange,
    now: OffsetDateTime,
) -> Result<(), FileError> {
    change.check_times().map_err(FileError::Rejected)?;
    let (base, head) = (change.base, change.head());
    let seal = |head: Head| head.seal.map(|seal| seal.to_string());
    let now = unix_ms(now);
    // Until its end, what is changed is not changed by hand.
    let moved = transaction.execute(
        "UPDATE key_store_state SET sequence = ?1, head = ?2, changed_at = ?5, is_change = 1,
             pepper = ?6, is_taken_up = ?7, end_sequence = coalesce(?8, end_sequence),
             end_seal = coalesce(?9, end_seal),
             restore_accepted_at = coalesce(?10, restore_accepted_at)
         WHERE sequence = ?3 AND head IS ?4",
        (
            signed(head.sequence),
            seal(head),
            signed(base.sequence),
            seal(base),
            now,
            change
                .pepper
                .map(|pepper| pepper.to_string())
                .unwrap_or_default(),
            change.is_taken_up,
            change.end.map(|end| signed(end.sequence)),
            change.end.map(|end| end.seal.to_string()),
            change.accepts_restore.then_some(now),
        ),
    )?;
    if moved == 0 {
        return Err(FileError::Rejected(KeyStoreError::Stale));
    }
    for key in &change.inserts {
        insert(transaction, key)?;
    }
    for record in &change.updates {
        let sql = "UPDATE api_keys SET is_active = ?2, grace_ends_at = ?3, revoked_at = ?4,
                   revoked_reason = ?5 WHERE id = ?1";
        transaction.prepare_cached(sql)?.execute((
            record.id.as_str(),
            record.is_active,
            record.grace_ends_at.map(unix_ms),
            record.revoked_at.map(unix_ms),
            record.revoked_reason.as_deref(),
        ))?;
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
    if let Some(ClientQuota { client_id, quota }) = &change.quota {
        let sql = "INSERT OR REPLACE INTO client_quotas
                       (client_id, requests_per_day, requests_per_month, entries_per_day,
                        bytes_per_day)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let limit = |dimension| quota.limit(dimension).map(|limit| signed(limit.get()));
        transaction.execute(
            sql,
            (
                client_id.as_str(),
                limit(QuotaDimension::RequestsPerDay),
                limit(QuotaDimension::RequestsPerMonth),
                limit(QuotaDimension::EntriesPerDay),
                limit(QuotaDimension::BytesPerDay),
            ),
        )?;
    }
    if let Some(change) = &change.retention {
        retention::set(transaction, change)?;
    }
    let sql = format!(
        "INSERT INTO audit_log ({AUDIT_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    );
    let mut append = transaction.prepare_cached(&sql)?;
    for entry in &change.audit {
        append.execute((
            signed(entry.sequence),
            unix_ms(entry.at),
            &entry.actor,
            entry.action.as_str(),
            entry.key_id.as_ref().map_or("", KeyId::as_str),
            entry.client_id.as_ref().map_or("", ClientId::as_str),
            &entry.before,
            &entry.after,
            entry.seal.to_string(),
            entry.key_seal.map(|seal| seal.to_string()),
        ))?;
    }
    transaction.execute("UPDATE key_store_state SET is_change = 0", [])?;
    Ok(())
}

fn insert(transaction: &Transaction<'_>, key: &StoredKey) -> Result<(), FileError> {
    let StoredKey { record, proof } = key;
    let Some(hash) = proof.hash() else {
        return Err(unreadable(
            record.id.as_str(),
            "a static key cannot be stored",
        ));
    };
    let sql = format!(
        "INSERT INTO api_keys ({COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
         ON CONFLICT DO NOTHING"
    );
    let inserted = transaction.execute(
        &sql,
        params![
            record.id.as_str(),
            record.client_id.as_str(),
            record.client_name,
            hash.as_phc(),
            proof.fingerprint().map(Fingerprint::to_bytes),
            record.scopes.to_string(),
            record.environment.as_str(),
            record.is_active,
            unix_ms(record.created_at),
            record.last_used_at.map(unix_ms),
            record.last_used_from,
            record.expires_at.map(unix_ms),
            record.grace_ends_at.map(unix_ms),
            record.revoked_at.map(unix_ms),
            record.revoked_reason,
            record.note,
            record.predecessor.as_ref().map(KeyId::as_str),
            record.allowed_from.to_string(),
            record.is_weak,
            record.rate_limit.map(|rate| rate.to_string()),
        ],
    )?;
    if inserted == 1 {
        return Ok(());
    }
    let sql = "SELECT 1 FROM api_keys WHERE id = ?1";
    let same_id = transaction
        .query_row(sql, [record.id.as_str()], |_| Ok(()))
        .optional()?;
    Err(FileError::Rejected(match same_id {
        Some(()) => KeyStoreError::IdExists(record.id.clone()),
        None => KeyStoreError::KeyExists,
    }))
}
