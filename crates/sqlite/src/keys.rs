use crate::{error::FileError, file::File, key_change, retention};
use async_trait::async_trait;
use central_logger_key_store::{
    AuditEntry, AuditTrail, Head, KeyAdmin, KeyList, KeyProof, KeyRecord, KeyStore, KeyStoreError,
    LeaseStore, StoredKey,
    audit::{EndSeal, StoreState},
    change::KeyChange,
    feed::{LeaseBehind, LeasePeppers},
    quota::{Quota, QuotaDimension},
    record::UnreadableKey,
    settings::ClientSettings,
};
use central_logger_keys::{ClientId, Fingerprint, KeyHash, KeyId, PepperId, StoreSalt};
use central_logger_times::{Clock, InvalidTimestamp, Timestamp};
use rusqlite::{OptionalExtension, Row, types::ValueRef};
use std::{
    fmt::Display,
    num::NonZeroU64,
    str::FromStr,
    sync::{Arc, OnceLock},
    time::Duration,
};
use time::OffsetDateTime;

/// Keys in SQLite.
#[derive(Debug)]
pub struct SqliteKeys {
    pub(crate) file: File,
    clock: Arc<dyn Clock>,
    /// It never changes once it is there.
    opaque_salt: OnceLock<StoreSalt>,
}

pub(crate) const COLUMNS: &str = "id, client_id, client_name, key_hash, fingerprint, scopes, environment, \
     is_active, created_at, last_used_at, last_used_from, expires_at, grace_ends_at, revoked_at, \
     revoked_reason, note, predecessor, allowed_from, is_weak, rate_limit";

/// What a key is read from, and what is read beyond its own columns.
const KEYS: &str = "api_keys LEFT JOIN client_quotas USING (client_id)";
const QUOTA_COLUMNS: &str = "requests_per_day, requests_per_month, entries_per_day, bytes_per_day";

pub(crate) const AUDIT_COLUMNS: &str =
    "sequence, at, actor, action, key_id, client_id, before, after, seal, key_seal";

impl SqliteKeys {
    pub(crate) fn new(file: File, clock: Arc<dyn Clock>) -> Self {
        Self {
            file,
            clock,
            opaque_salt: OnceLock::new(),
        }
    }

    async fn find_by(
        &self,
        condition: &'static str,
        value: String,
    ) -> Result<Option<StoredKey>, KeyStoreError> {
        let sql = format!("SELECT {COLUMNS}, {QUOTA_COLUMNS} FROM {KEYS} WHERE {condition}");
        let found = self.file.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let row = statement
                .query_row([value], |row| Ok(read_key(row)))
                .optional()?;
            let unreadable = |key| FileError::Rejected(KeyStoreError::from(key));
            row.transpose().map_err(unreadable)
        });
        Ok(found.await?)
    }
}

#[async_trait]
impl KeyStore for SqliteKeys {
    async fn find(&self, id: &KeyId) -> Result<Option<StoredKey>, KeyStoreError> {
        self.find_by("id = ?1", id.as_str().to_owned()).await
    }

    async fn opaque_salt(&self) -> Result<Option<StoreSalt>, KeyStoreError> {
        if let Some(salt) = self.opaque_salt.get() {
            return Ok(Some(*salt));
        }
        let salt = self.file.read(|connection| {
            let sql = "SELECT opaque_salt FROM key_store_state";
            Ok(connection.query_row(sql, [], |row| row.get::<_, Option<[u8; 16]>>(0))?)
        });
        let salt = salt.await?.map(StoreSalt::from_bytes);
        Ok(salt.map(|salt| *self.opaque_salt.get_or_init(|| salt)))
    }

    async fn find_opaque(&self, hash: &KeyHash) -> Result<Option<StoredKey>, KeyStoreError> {
        let condition = "key_hash = ?1 AND fingerprint IS NULL";
        self.find_by(condition, hash.as_phc().to_owned()).await
    }

    async fn has_opaque_beyond(&self, known: &[PepperId]) -> Result<bool, KeyStoreError> {
        let known: Vec<_> = known.iter().map(|pepper| pepper.in_phc()).collect();
        let found = self.file.read(move |connection| {
            let sql = "SELECT EXISTS (
                           SELECT 1 FROM api_keys WHERE fingerprint IS NULL AND revoked_at IS NULL
                             AND instr(key_hash, 'keyid=') > 0 AND NOT EXISTS (
                                 SELECT 1 FROM json_each(?1) AS known
                                 WHERE instr(key_hash, known.value) > 0))";
            let known = serde_json::json!(known).to_string();
            Ok(connection.query_row(sql, [known], |row| row.get(0))?)
        });
        Ok(found.await?)
    }

    async fn list(&self, client: Option<&ClientId>) -> Result<KeyList, KeyStoreError> {
        let client = client.map(|client| client.as_str().to_owned());
        let sql = format!(
            "SELECT {COLUMNS}, {QUOTA_COLUMNS} FROM {KEYS} WHERE ?1 IS NULL OR client_id = ?1
             ORDER BY created_at, id"
        );
        let records = self.file.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([client], |row| Ok(read_key(row)))?;
            rows.map(|row| Ok(row?.map(|key| key.record))).collect()
        });
        Ok(records.await?)
    }

    async fn ready(&self) -> Result<(), KeyStoreError> {
        self.file.ready_to_write().await?;
        let sql = "SELECT 1 FROM key_store_state";
        let done = self
            .file
            .read(move |connection| Ok(connection.query_row(sql, [], |_| Ok(()))?));
        Ok(done.await?)
    }
}

#[async_trait]
impl AuditTrail for SqliteKeys {
    async fn state(&self) -> Result<StoreState, KeyStoreError> {
        let state = self.file.read(|connection| {
            let sql = "SELECT sequence, head, store_identity.id, pepper, is_taken_up, end_sequence,
                              end_seal
                       FROM key_store_state, store_identity";
            let mut select = connection.prepare_cached(sql)?;
            select.query_row([], |row| Ok(read_state(row)))?
        });
        Ok(state.await?)
    }

    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, KeyStoreError> {
        let (after, limit) = (signed(after), i64::try_from(limit).unwrap_or(i64::MAX));
        let sql = format!(
            "SELECT {AUDIT_COLUMNS} FROM audit_log WHERE sequence > ?1 ORDER BY sequence LIMIT ?2"
        );
        let entries = self.file.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([after, limit], |row| Ok(read_entry(row)))?;
            rows.map(|row| row?).collect()
        });
        Ok(entries.await?)
    }

    async fn last_entry(&self, id: &KeyId) -> Result<Option<AuditEntry>, KeyStoreError> {
        let id = id.as_str().to_owned();
        let sql = format!(
            "SELECT {AUDIT_COLUMNS} FROM audit_log WHERE key_id = ?1 ORDER BY sequence DESC LIMIT 1"
        );
        let entry = self.file.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let entry = statement.query_row([id], |row| Ok(read_entry(row)));
            entry.optional()?.transpose()
        });
        Ok(entry.await?)
    }
}

#[async_trait]
impl LeaseStore for SqliteKeys {
    async fn leases_behind(&self, head: &Head) -> Result<Vec<LeaseBehind>, KeyStoreError> {
        let sequence = signed(head.sequence);
        let behind = self.file.read(move |connection| {
            let sql = "SELECT holder, length_ms, renewals FROM server_lease AS lease
                       WHERE NOT EXISTS (
                           SELECT 1 FROM audit_log AS known
                           WHERE known.sequence = lease.sequence AND known.seal = lease.head
                             AND known.sequence >= ?1)";
            let mut select = connection.prepare_cached(sql)?;
            let leases = select.query_map([sequence], |row| {
                Ok(LeaseBehind {
                    holder: row.get::<_, String>(0)?.into(),
                    length: Duration::from_millis(unsigned(row.get(1)?)),
                    renewals: unsigned(row.get(2)?),
                })
            })?;
            Ok(leases.collect::<Result<_, _>>()?)
        });
        Ok(behind.await?)
    }

    async fn remove_lease(&self, lease: &LeaseBehind) -> Result<(), KeyStoreError> {
        let lease = lease.clone();
        let removed = self.file.write(move |transaction| {
            let sql = "DELETE FROM server_lease WHERE holder = ?1 AND renewals = ?2";
            transaction.execute(sql, (lease.holder.as_str(), signed(lease.renewals)))?;
            Ok(())
        });
        Ok(removed.await?)
    }

    async fn lease_peppers(&self) -> Result<Vec<LeasePeppers>, KeyStoreError> {
        let now = unix_ms(self.clock.now());
        let leases = self.file.read(move |connection| {
            let sql = "SELECT holder, peppers FROM server_lease WHERE expires_at > ?1";
            let mut select = connection.prepare_cached(sql)?;
            let rows = select.query_map([now], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let leases = rows.map(|row| {
                let (holder, peppers) = row?;
                read_peppers(holder, peppers)
            });
            leases.collect()
        });
        Ok(leases.await?)
    }
}

#[async_trait]
impl KeyAdmin for SqliteKeys {
    async fn settle_opaque_salt(&self, proposed: StoreSalt) -> Result<StoreSalt, KeyStoreError> {
        let salt = self.file.write_in_need(move |transaction| {
            let sql = "UPDATE key_store_state SET opaque_salt = coalesce(opaque_salt, ?1)
                       RETURNING opaque_salt";
            Ok(transaction.query_row(sql, [proposed.to_bytes()], |row| row.get(0))?)
        });
        Ok(StoreSalt::from_bytes(salt.await?))
    }

    async fn stored(&self, client: Option<&ClientId>) -> Result<KeyList<StoredKey>, KeyStoreError> {
        let client = client.map(|client| client.as_str().to_owned());
        let sql = format!(
            "SELECT {COLUMNS}, {QUOTA_COLUMNS} FROM {KEYS} WHERE ?1 IS NULL OR client_id = ?1
             ORDER BY id"
        );
        let keys = self.file.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([client], |row| Ok(read_key(row)))?;
            rows.collect::<Result<_, _>>().map_err(FileError::from)
        });
        Ok(keys.await?)
    }

    async fn retention(&self) -> Result<ClientSettings, KeyStoreError> {
        let read = self.file.read(|connection| retention::read(connection));
        Ok(read.await?)
    }

    async fn commit(&self, change: &KeyChange) -> Result<(), KeyStoreError> {
        let (change, clock) = (change.clone(), Arc::clone(&self.clock));
        let done = self.file.write_in_need(move |transaction| {
            key_change::commit(transaction, &change, clock.now())
        });
        Ok(done.await?)
    }
}

/// One row that cannot be read says nothing of the others.
fn read_key(row: &Row<'_>) -> Result<StoredKey, UnreadableKey> {
    read(row).map_err(|error| {
        let text = |column| row.get::<_, String>(column).ok();
        let is_null = |column| matches!(row.get_ref(column), Ok(ValueRef::Null));
        UnreadableKey {
            id: text(0).unwrap_or_default(),
            client_id: text(1).and_then(|client| client.parse().ok()),
            is_revoked: !is_null(13),
            reason: match error {
                FileError::Unreadable { reason, .. } => reason,
                error => error.to_string(),
            },
        }
    })
}

fn read(row: &Row<'_>) -> Result<StoredKey, FileError> {
    let id: String = row.get(0)?;
    let text = |column| row.get::<_, String>(column);
    let time = |column: usize| {
        let stored: Option<i64> = row.get(column)?;
        let named = |error| unreadable(&id, format!("{} {error}", name_of(row, column)));
        let time = stored.map(|stored| from_unix_ms(stored).map_err(named));
        time.transpose()
    };
    // The schema lets only positive numbers in.
    let limit = |column| {
        let stored: Option<i64> = row.get(column)?;
        Ok::<_, FileError>(stored.and_then(|stored| NonZeroU64::new(unsigned(stored))))
    };
    let hash: KeyHash = parse(&id, &text(3)?)?;
    let proof = match row.get::<_, Option<[u8; 8]>>(4)? {
        Some(fingerprint) => KeyProof::Generated {
            hash,
            fingerprint: Fingerprint::from_bytes(fingerprint),
        },
        None => KeyProof::Opaque { hash },
    };
    let predecessor: Option<String> = row.get(16)?;
    let rate_limit: Option<String> = row.get(19)?;
    let record = KeyRecord {
        id: parse(&id, &id)?,
        client_id: parse(&id, &text(1)?)?,
        client_name: row.get(2)?,
        scopes: parse(&id, &text(5)?)?,
        environment: parse(&id, &text(6)?)?,
        allowed_from: parse(&id, &text(17)?)?,
        rate_limit: rate_limit.map(|rate| parse(&id, &rate)).transpose()?,
        quota: Quota::default()
            .with(QuotaDimension::RequestsPerDay, limit(20)?)
            .with(QuotaDimension::RequestsPerMonth, limit(21)?)
            .with(QuotaDimension::EntriesPerDay, limit(22)?)
            .with(QuotaDimension::BytesPerDay, limit(23)?),
        is_active: row.get(7)?,
        is_weak: row.get(18)?,
        created_at: time(8)?.ok_or_else(|| unreadable(&id, "created_at is missing"))?,
        last_used_at: time(9)?,
        last_used_from: row.get(10)?,
        expires_at: time(11)?,
        grace_ends_at: time(12)?,
        revoked_at: time(13)?,
        revoked_reason: row.get(14)?,
        note: row.get(15)?,
        predecessor: predecessor.map(|other| parse(&id, &other)).transpose()?,
    };
    Ok(StoredKey { record, proof })
}

/// The first two columns as the end of the trail.
pub(crate) fn read_head(row: &Row<'_>) -> Result<Head, FileError> {
    let seal: Option<String> = row.get(1)?;
    Ok(Head {
        sequence: unsigned(row.get(0)?),
        seal: seal.map(|seal| parse("head", &seal)).transpose()?,
    })
}

fn read_state(row: &Row<'_>) -> Result<StoreState, FileError> {
    const ROW: &str = "key_store_state";
    let seal: Option<String> = row.get(6)?;
    let end = match (row.get(5)?, seal) {
        (Some(sequence), Some(seal)) => Some(EndSeal {
            sequence: unsigned(sequence),
            seal: parse(ROW, &seal)?,
        }),
        _ => None,
    };
    Ok(StoreState {
        identity: row.get(2)?,
        head: read_head(row)?,
        end,
        pepper: parse_named(ROW, &row.get::<_, String>(3)?)?,
        is_taken_up: row.get(4)?,
    })
}

fn read_peppers(holder: String, peppers: String) -> Result<LeasePeppers, FileError> {
    let peppers = peppers.split_whitespace().map(|id| parse(&holder, id));
    Ok(LeasePeppers {
        peppers: peppers.collect::<Result<_, _>>()?,
        holder: holder.into(),
    })
}

fn read_entry(row: &Row<'_>) -> Result<AuditEntry, FileError> {
    let id: String = row.get(4)?;
    let text = |column| row.get::<_, String>(column);
    let key_seal: Option<String> = row.get(9)?;
    Ok(AuditEntry {
        sequence: unsigned(row.get(0)?),
        at: from_unix_ms(row.get(1)?).map_err(|error| unreadable(&id, error))?,
        actor: row.get(2)?,
        action: parse(&id, &text(3)?)?,
        key_id: parse_named(&id, &id)?,
        client_id: parse_named(&id, &text(5)?)?,
        before: row.get(6)?,
        after: row.get(7)?,
        seal: parse(&id, &text(8)?)?,
        key_seal: key_seal.map(|seal| parse(&id, &seal)).transpose()?,
    })
}

/// A name in the row of the key `id`, which is empty where there is none.
pub(crate) fn parse_named<T: FromStr<Err: Display>>(
    id: &str,
    text: &str,
) -> Result<Option<T>, FileError> {
    let name = Some(text).filter(|text| !text.is_empty());
    name.map(|text| parse(id, text)).transpose()
}

/// A value of the row of the key `id`.
pub(crate) fn parse<T: FromStr<Err: Display>>(id: &str, text: &str) -> Result<T, FileError> {
    text.parse().map_err(|error| unreadable(id, error))
}

pub(crate) fn unreadable(id: &str, reason: impl Display) -> FileError {
    FileError::Unreadable {
        id: id.to_owned(),
        reason: reason.to_string(),
    }
}

/// No trail is so long that it would not fit.
pub(crate) fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(sequence: i64) -> u64 {
    u64::try_from(sequence).unwrap_or(0)
}

pub(crate) fn unix_ms(time: OffsetDateTime) -> i64 {
    // A time of this type, of the years ±9999, fits by far.
    (time.unix_timestamp_nanos() / 1_000_000) as i64
}

pub(crate) fn from_unix_ms(ms: i64) -> Result<OffsetDateTime, InvalidTimestamp> {
    Timestamp::from_unix_ms(ms).map(Timestamp::get)
}

fn name_of<'a>(row: &'a Row<'_>, column: usize) -> &'a str {
    row.as_ref().column_name(column).unwrap_or_default()
}
