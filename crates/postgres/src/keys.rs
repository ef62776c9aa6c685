use crate::{database::Database, error::StatementError, key_change, retention};
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
use central_logger_times::{InvalidTimestamp, Timestamp};
use std::{
    fmt::Display,
    num::NonZeroU64,
    str::FromStr,
    sync::{Arc, OnceLock},
    time::Duration,
};
use time::OffsetDateTime;
use tokio_postgres::Row;

/// Keys in PostgreSQL.
#[derive(Debug)]
pub struct PostgresKeys {
    pub(crate) database: Arc<Database>,
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

impl PostgresKeys {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self {
            database,
            opaque_salt: OnceLock::new(),
        }
    }

    async fn find_by(
        &self,
        condition: &str,
        value: &str,
    ) -> Result<Option<StoredKey>, KeyStoreError> {
        let sql = format!("SELECT {COLUMNS}, {QUOTA_COLUMNS} FROM {KEYS} WHERE {condition}");
        let found = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let row = connection.query_opt(&select, &[&value]).await?;
            let unreadable = |key| StatementError::Rejected(KeyStoreError::from(key));
            let key = row.map(|row| read_key(&row).map_err(unreadable));
            key.transpose()
        });
        Ok(found.await?)
    }
}

#[async_trait]
impl KeyStore for PostgresKeys {
    async fn find(&self, id: &KeyId) -> Result<Option<StoredKey>, KeyStoreError> {
        self.find_by("id = $1", id.as_str()).await
    }

    async fn opaque_salt(&self) -> Result<Option<StoreSalt>, KeyStoreError> {
        if let Some(salt) = self.opaque_salt.get() {
            return Ok(Some(*salt));
        }
        let salt = self.database.run(async |connection| {
            let sql = "SELECT opaque_salt FROM key_store_state";
            let select = connection.prepare_cached(sql).await?;
            let row = connection.query_one(&select, &[]).await?;
            row.try_get::<_, Option<Vec<u8>>>(0)?.map(salt).transpose()
        });
        let salt = salt.await?;
        Ok(salt.map(|salt| *self.opaque_salt.get_or_init(|| salt)))
    }

    async fn find_opaque(&self, hash: &KeyHash) -> Result<Option<StoredKey>, KeyStoreError> {
        let condition = "key_hash = $1 AND fingerprint IS NULL";
        self.find_by(condition, hash.as_phc()).await
    }

    async fn has_opaque_beyond(&self, known: &[PepperId]) -> Result<bool, KeyStoreError> {
        let known: Vec<_> = known.iter().map(|pepper| pepper.in_phc()).collect();
        let found = self.database.run(async |connection| {
            let sql = "SELECT EXISTS (
                           SELECT FROM api_keys WHERE fingerprint IS NULL AND revoked_at IS NULL
                             AND key_hash LIKE '%keyid=%' AND NOT EXISTS (
                                 SELECT FROM unnest($1::text[]) AS known
                                 WHERE position(known IN key_hash) > 0))";
            let select = connection.prepare_cached(sql).await?;
            Ok(connection.query_one(&select, &[&known]).await?.try_get(0)?)
        });
        Ok(found.await?)
    }

    async fn list(&self, client: Option<&ClientId>) -> Result<KeyList, KeyStoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, {QUOTA_COLUMNS} FROM {KEYS} WHERE $1::text IS NULL OR client_id = $1
             ORDER BY created_at, id COLLATE \"C\""
        );
        let records = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let client = client.map(ClientId::as_str);
            let rows = connection.query(&select, &[&client]).await?;
            let records = rows.iter().map(|row| Ok(read_key(row)?.record));
            Ok(records.collect())
        });
        Ok(records.await?)
    }

    async fn ready(&self) -> Result<(), KeyStoreError> {
        self.database.need_room()?;
        let answer = self.database.run(async |connection| {
            connection
                .query_one("SELECT 1 FROM key_store_state", &[])
                .await?;
            Ok(())
        });
        Ok(answer.await?)
    }
}

#[async_trait]
impl AuditTrail for PostgresKeys {
    async fn state(&self) -> Result<StoreState, KeyStoreError> {
        let state = self.database.run(async |connection| {
            let sql = "SELECT sequence, head, store_identity.id, pepper, is_taken_up, end_sequence,
                              end_seal
                       FROM key_store_state, store_identity";
            let select = connection.prepare_cached(sql).await?;
            read_state(&connection.query_one(&select, &[]).await?)
        });
        Ok(state.await?)
    }

    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, KeyStoreError> {
        let (after, limit) = (signed(after), i64::try_from(limit).unwrap_or(i64::MAX));
        let sql = format!(
            "SELECT {AUDIT_COLUMNS} FROM audit_log WHERE sequence > $1 ORDER BY sequence LIMIT $2"
        );
        let entries = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let rows = connection.query(&select, &[&after, &limit]).await?;
            rows.iter().map(read_entry).collect()
        });
        Ok(entries.await?)
    }

    async fn last_entry(&self, id: &KeyId) -> Result<Option<AuditEntry>, KeyStoreError> {
        let sql = format!(
            "SELECT {AUDIT_COLUMNS} FROM audit_log WHERE key_id = $1 ORDER BY sequence DESC LIMIT 1"
        );
        let entry = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let row = connection.query_opt(&select, &[&id.as_str()]).await?;
            row.as_ref().map(read_entry).transpose()
        });
        Ok(entry.await?)
    }
}

#[async_trait]
impl LeaseStore for PostgresKeys {
    async fn leases_behind(&self, head: &Head) -> Result<Vec<LeaseBehind>, KeyStoreError> {
        let behind = self.database.run(async |connection| {
            let sql = "SELECT holder, length_ms, renewals FROM server_lease AS lease
                       WHERE NOT EXISTS (
                           SELECT FROM audit_log AS known
                           WHERE known.sequence = lease.sequence AND known.seal = lease.head
                             AND known.sequence >= $1)";
            let select = connection.prepare_cached(sql).await?;
            let rows = connection.query(&select, &[&signed(head.sequence)]).await?;
            let lease = |row: &Row| {
                Ok(LeaseBehind {
                    holder: row.try_get::<_, String>(0)?.into(),
                    length: Duration::from_millis(unsigned(row.try_get(1)?)),
                    renewals: unsigned(row.try_get(2)?),
                })
            };
            rows.iter().map(lease).collect()
        });
        Ok(behind.await?)
    }

    async fn remove_lease(&self, lease: &LeaseBehind) -> Result<(), KeyStoreError> {
        let removed = self.database.run(async |connection| {
            let sql = "DELETE FROM server_lease WHERE holder = $1 AND renewals = $2";
            let delete = connection.prepare_cached(sql).await?;
            let (holder, renewals) = (lease.holder.as_str(), signed(lease.renewals));
            connection.execute(&delete, &[&holder, &renewals]).await?;
            Ok(())
        });
        Ok(removed.await?)
    }

    async fn lease_peppers(&self) -> Result<Vec<LeasePeppers>, KeyStoreError> {
        let leases = self.database.run(async |connection| {
            let sql =
                "SELECT holder, peppers FROM server_lease WHERE expires_at > clock_timestamp()";
            let select = connection.prepare_cached(sql).await?;
            let rows = connection.query(&select, &[]).await?;
            rows.iter().map(read_peppers).collect()
        });
        Ok(leases.await?)
    }
}

#[async_trait]
impl KeyAdmin for PostgresKeys {
    async fn settle_opaque_salt(&self, proposed: StoreSalt) -> Result<StoreSalt, KeyStoreError> {
        let settled = self.database.run(async |connection| {
            let sql = "UPDATE key_store_state SET opaque_salt = coalesce(opaque_salt, $1)
                       RETURNING opaque_salt";
            let row = connection
                .query_one(sql, &[&proposed.to_bytes().as_slice()])
                .await?;
            salt(row.try_get(0)?)
        });
        Ok(settled.await?)
    }

    async fn stored(&self, client: Option<&ClientId>) -> Result<KeyList<StoredKey>, KeyStoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, {QUOTA_COLUMNS} FROM {KEYS} WHERE $1::text IS NULL OR client_id = $1
             ORDER BY id COLLATE \"C\""
        );
        let keys = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let client = client.map(ClientId::as_str);
            let rows = connection.query(&select, &[&client]).await?;
            Ok(rows.iter().map(read_key).collect())
        });
        Ok(keys.await?)
    }

    async fn retention(&self) -> Result<ClientSettings, KeyStoreError> {
        let read = self
            .database
            .run(async |connection| retention::read(connection).await);
        Ok(read.await?)
    }

    async fn commit(&self, change: &KeyChange) -> Result<(), KeyStoreError> {
        let done = self.database.run_change(async |connection, committing| {
            key_change::commit(connection, change, committing).await
        });
        Ok(done.await?)
    }
}

/// One row that cannot be read says nothing of the others.
fn read_key(row: &Row) -> Result<StoredKey, UnreadableKey> {
    read(row).map_err(|error| {
        let client = row.try_get::<_, &str>(1).ok();
        UnreadableKey {
            id: row.try_get(0).unwrap_or_default(),
            client_id: client.and_then(|client| client.parse().ok()),
            // What is there and no time is no null.
            is_revoked: !matches!(row.try_get::<_, Option<OffsetDateTime>>(13), Ok(None)),
            reason: match error {
                StatementError::Unreadable { reason, .. } => reason,
                error => error.to_string(),
            },
        }
    })
}

fn read(row: &Row) -> Result<StoredKey, StatementError> {
    let id: &str = row.try_get(0)?;
    let time = |column: usize| {
        let name = || row.columns().get(column).map_or("", |column| column.name());
        let named = |reason: String| unreadable(id, format!("{} {reason}", name()));
        let stored: Option<OffsetDateTime> = row
            .try_get(column)
            .map_err(|_| named(InvalidTimestamp::TooLate.to_string()))?;
        let time = stored.map(|stored| Timestamp::try_from(stored).map(Timestamp::get));
        time.transpose().map_err(|error| named(error.to_string()))
    };
    let hash: KeyHash = parse(id, row.try_get(3)?)?;
    let proof = match row.try_get::<_, Option<&[u8]>>(4)? {
        Some(bytes) => KeyProof::Generated {
            hash,
            fingerprint: bytes
                .try_into()
                .map(Fingerprint::from_bytes)
                .map_err(|_| unreadable(id, "its fingerprint has not 8 bytes"))?,
        },
        None => KeyProof::Opaque { hash },
    };
    let predecessor: Option<&str> = row.try_get(16)?;
    let rate_limit: Option<&str> = row.try_get(19)?;
    let record = KeyRecord {
        id: parse(id, id)?,
        client_id: parse(id, row.try_get(1)?)?,
        client_name: row.try_get(2)?,
        scopes: parse(id, row.try_get(5)?)?,
        environment: parse(id, row.try_get(6)?)?,
        allowed_from: parse(id, row.try_get(17)?)?,
        rate_limit: rate_limit.map(|rate| parse(id, rate)).transpose()?,
        quota: Quota::default()
            .with(QuotaDimension::RequestsPerDay, limit(id, row.try_get(20)?)?)
            .with(
                QuotaDimension::RequestsPerMonth,
                limit(id, row.try_get(21)?)?,
            )
            .with(QuotaDimension::EntriesPerDay, limit(id, row.try_get(22)?)?)
            .with(QuotaDimension::BytesPerDay, limit(id, row.try_get(23)?)?),
        is_active: row.try_get(7)?,
        is_weak: row.try_get(18)?,
        created_at: time(8)?.ok_or_else(|| unreadable(id, "created_at is missing"))?,
        last_used_at: time(9)?,
        last_used_from: row.try_get(10)?,
        expires_at: time(11)?,
        grace_ends_at: time(12)?,
        revoked_at: time(13)?,
        revoked_reason: row.try_get(14)?,
        note: row.try_get(15)?,
        predecessor: predecessor.map(|other| parse(id, other)).transpose()?,
    };
    Ok(StoredKey { record, proof })
}

/// A limit of the quota in the row of the key `id`.
fn limit(id: &str, stored: Option<i64>) -> Result<Option<NonZeroU64>, StatementError> {
    let limit = stored.map(|limit| u64::try_from(limit).and_then(NonZeroU64::try_from));
    limit.transpose().map_err(|error| unreadable(id, error))
}

pub(crate) fn read_head(row: &Row) -> Result<Head, StatementError> {
    let seal: Option<&str> = row.try_get(1)?;
    Ok(Head {
        sequence: unsigned(row.try_get(0)?),
        seal: seal.map(|seal| parse("head", seal)).transpose()?,
    })
}

fn read_state(row: &Row) -> Result<StoreState, StatementError> {
    const ROW: &str = "key_store_state";
    let seal: Option<&str> = row.try_get(6)?;
    let end = match (row.try_get(5)?, seal) {
        (Some(sequence), Some(seal)) => Some(EndSeal {
            sequence: unsigned(sequence),
            seal: parse(ROW, seal)?,
        }),
        _ => None,
    };
    Ok(StoreState {
        identity: row.try_get(2)?,
        head: read_head(row)?,
        end,
        pepper: parse_named(ROW, row.try_get(3)?)?,
        is_taken_up: row.try_get(4)?,
    })
}

fn read_peppers(row: &Row) -> Result<LeasePeppers, StatementError> {
    let (holder, peppers): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
    let peppers = peppers.split_whitespace().map(|id| parse(holder, id));
    Ok(LeasePeppers {
        peppers: peppers.collect::<Result<_, _>>()?,
        holder: holder.to_owned().into(),
    })
}

fn read_entry(row: &Row) -> Result<AuditEntry, StatementError> {
    let id: &str = row.try_get(4)?;
    let key_seal: Option<&str> = row.try_get(9)?;
    Ok(AuditEntry {
        sequence: unsigned(row.try_get(0)?),
        at: row.try_get(1)?,
        actor: row.try_get(2)?,
        action: parse(id, row.try_get(3)?)?,
        key_id: parse_named(id, id)?,
        client_id: parse_named(id, row.try_get(5)?)?,
        before: row.try_get(6)?,
        after: row.try_get(7)?,
        seal: parse(id, row.try_get(8)?)?,
        key_seal: key_seal.map(|seal| parse(id, seal)).transpose()?,
    })
}

/// No trail is so long that it would not fit.
pub(crate) fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(sequence: i64) -> u64 {
    u64::try_from(sequence).unwrap_or(0)
}

/// A name in the row of the key `id`, which is empty where there is none.
pub(crate) fn parse_named<T: FromStr<Err: Display>>(
    id: &str,
    text: &str,
) -> Result<Option<T>, StatementError> {
    let name = Some(text).filter(|text| !text.is_empty());
    name.map(|text| parse(id, text)).transpose()
}

/// A value of the row of the key `id`.
pub(crate) fn parse<T: FromStr<Err: Display>>(id: &str, text: &str) -> Result<T, StatementError> {
    text.parse().map_err(|error| unreadable(id, error))
}

pub(crate) fn unreadable(id: &str, reason: impl Display) -> StatementError {
    StatementError::Unreadable {
        id: id.to_owned(),
        reason: reason.to_string(),
    }
}

fn salt(bytes: Vec<u8>) -> Result<StoreSalt, StatementError> {
    let bytes = bytes
        .try_into()
        .map_err(|_| unreadable("key_store_state", "the salt has not 16 bytes"))?;
    Ok(StoreSalt::from_bytes(bytes))
}
