use crate::{
    clients,
    error::FileError,
    file::File,
    key_change, retention,
    row::{SqliteRow, unix_ms},
};
use async_trait::async_trait;
use central_logger_client_records::ClientBook;
use central_logger_key_store::{
    AuditEntry, AuditTrail, Head, KeyAdmin, KeyList, KeyStore, KeyStoreError, LeaseStore, Owners,
    StoredKey,
    audit::StoreState,
    change::KeyChange,
    feed::{LeaseBehind, LiveLease},
    quota::Quota,
    settings::ClientSettings,
};
use central_logger_keys::{ClientId, KeyHash, KeyId, PepperId, StoreSalt};
use central_logger_sql_rows::{
    audit,
    keys::{self, READ_COLUMNS, TABLES},
    leases, quotas, signed, state,
};
use central_logger_times::Clock;
use rusqlite::{OptionalExtension, params, params_from_iter};
use std::sync::{Arc, OnceLock};

/// Keys in SQLite.
#[derive(Debug)]
pub struct SqliteKeys {
    pub(crate) file: File,
    clock: Arc<dyn Clock>,
    /// It never changes once it is there.
    opaque_salt: OnceLock<StoreSalt>,
}

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
        let sql = format!("SELECT {READ_COLUMNS} FROM {TABLES} WHERE {condition}");
        let found = self.file.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let row = statement
                .query_row([value], |row| Ok(keys::read(&SqliteRow(row))))
                .optional()?;
            let unreadable = |key| FileError::Rejected(KeyStoreError::from(key));
            row.transpose().map_err(unreadable)
        });
        Ok(found.await?)
    }

    async fn select<K: Send + 'static>(
        &self,
        owners: Owners<'_>,
        order: &str,
        of: fn(StoredKey) -> K,
    ) -> Result<KeyList<K>, KeyStoreError> {
        let (condition, owner) = keys::condition(owners, "?1");
        let owner = owner.map(str::to_owned);
        let sql = format!("SELECT {READ_COLUMNS} FROM {TABLES} WHERE {condition} ORDER BY {order}");
        let keys = self.file.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(owner), |row| {
                Ok(keys::read(&SqliteRow(row)).map(of))
            })?;
            rows.collect::<Result<_, _>>().map_err(FileError::from)
        });
        Ok(keys.await?)
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
            let salt =
                connection.query_row(sql, [], |row| Ok(state::read_salt(&SqliteRow(row), 0)))?;
            Ok(salt?)
        });
        let salt = salt.await?;
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

    async fn list(&self, owners: Owners<'_>) -> Result<KeyList, KeyStoreError> {
        self.select(owners, "created_at, id", |key| key.record)
            .await
    }

    async fn client_quota(&self, client: &ClientId) -> Result<Quota, KeyStoreError> {
        let sql = format!(
            "SELECT {} FROM client_quotas WHERE client_id = ?1",
            quotas::COLUMNS
        );
        let client = client.as_str().to_owned();
        let quota = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let quota = select.query_row([client], |row| Ok(quotas::read_one(&SqliteRow(row))));
            Ok(quota.optional()?.transpose()?)
        });
        Ok(quota.await?.unwrap_or_default())
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
            let sql = format!("SELECT {} FROM {}", state::READ_COLUMNS, state::TABLES);
            let mut select = connection.prepare_cached(&sql)?;
            Ok(select.query_row([], |row| Ok(state::read(&SqliteRow(row))))??)
        });
        Ok(state.await?)
    }

    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, KeyStoreError> {
        let (after, limit) = (signed(after), i64::try_from(limit).unwrap_or(i64::MAX));
        let sql = format!(
            "SELECT {} FROM audit_log WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
            audit::COLUMNS
        );
        let entries = self.file.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows =
                statement.query_map([after, limit], |row| Ok(audit::read(&SqliteRow(row))))?;
            rows.map(|row| Ok(row??)).collect()
        });
        Ok(entries.await?)
    }

    async fn audit_of(
        &self,
        client: &ClientId,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, KeyStoreError> {
        let client = client.as_str().to_owned();
        let (skip, limit) = (signed(skip), i64::try_from(limit).unwrap_or(i64::MAX));
        let sql = format!(
            "SELECT {} FROM audit_log
             WHERE client_id = ?1
               AND (key_id <> '' OR action IN ('link', 'sign_in', 'sign_out', 'monitor', 'silence', 'channel',
                                               'status_link'))
             ORDER BY sequence LIMIT ?2 OFFSET ?3",
            audit::COLUMNS
        );
        let entries = self.file.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![client, limit, skip], |row| {
                Ok(audit::read(&SqliteRow(row)))
            })?;
            rows.map(|row| Ok(row??)).collect()
        });
        Ok(entries.await?)
    }

    async fn last_entry(&self, id: &KeyId) -> Result<Option<AuditEntry>, KeyStoreError> {
        let id = id.as_str().to_owned();
        let sql = format!(
            "SELECT {} FROM audit_log WHERE key_id = ?1 ORDER BY sequence DESC LIMIT 1",
            audit::COLUMNS
        );
        let entry = self.file.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let entry = statement.query_row([id], |row| Ok(audit::read(&SqliteRow(row))));
            Ok(entry.optional()?.transpose()?)
        });
        Ok(entry.await?)
    }
}

#[async_trait]
impl LeaseStore for SqliteKeys {
    async fn leases_behind(&self, head: &Head) -> Result<Vec<LeaseBehind>, KeyStoreError> {
        let sequence = signed(head.sequence);
        let behind = self.file.read(move |connection| {
            let sql = format!(
                "SELECT {} FROM server_lease AS lease
                 WHERE NOT EXISTS (
                     SELECT 1 FROM audit_log AS known
                     WHERE known.sequence = lease.sequence AND known.seal = lease.head
                       AND known.sequence >= ?1)",
                leases::BEHIND_COLUMNS
            );
            let mut select = connection.prepare_cached(&sql)?;
            let leases =
                select.query_map([sequence], |row| Ok(leases::read_behind(&SqliteRow(row))))?;
            leases.map(|lease| Ok(lease??)).collect()
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

    async fn live_leases(&self) -> Result<Vec<LiveLease>, KeyStoreError> {
        let now = unix_ms(self.clock.now());
        let leases = self.file.read(move |connection| {
            let sql = format!(
                "SELECT {} FROM server_lease WHERE expires_at > ?1",
                leases::LIVE_COLUMNS
            );
            let mut select = connection.prepare_cached(&sql)?;
            let leases = select.query_map([now], |row| Ok(leases::read_live(&SqliteRow(row))))?;
            leases.map(|lease| Ok(lease??)).collect()
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
            let salt = transaction.query_row(sql, [proposed.to_bytes()], |row| {
                Ok(state::read_salt(&SqliteRow(row), 0))
            })?;
            Ok(salt?)
        });
        Ok(salt.await?.unwrap_or(proposed))
    }

    async fn stored(&self, owners: Owners<'_>) -> Result<KeyList<StoredKey>, KeyStoreError> {
        self.select(owners, "id", |key| key).await
    }

    async fn retention(&self) -> Result<ClientSettings, KeyStoreError> {
        let read = self.file.read(|connection| retention::read(connection));
        Ok(read.await?)
    }

    async fn clients(&self, one: Option<&ClientId>) -> Result<ClientBook, KeyStoreError> {
        let one = one.cloned();
        let read = self
            .file
            .read(move |connection| clients::read(connection, one.as_ref()));
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
