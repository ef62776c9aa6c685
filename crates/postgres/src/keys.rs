use crate::{clients, key_change, retention};
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
use central_logger_postgres_database::{Database, PgRow, StatementError};
use central_logger_sql_rows::{
    audit,
    keys::{self, READ_COLUMNS, TABLES},
    leases, quotas, signed, state,
};
use std::sync::{Arc, OnceLock};
use tokio_postgres::{Row, types::ToSql};

/// Keys in PostgreSQL.
#[derive(Debug)]
pub struct PostgresKeys {
    pub(crate) database: Arc<Database>,
    /// It never changes once it is there.
    opaque_salt: OnceLock<StoreSalt>,
}

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
        let sql = format!("SELECT {READ_COLUMNS} FROM {TABLES} WHERE {condition}");
        let found = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let row = connection.query_opt(&select, &[&value]).await?;
            let unreadable = |key| StatementError::Rejected(KeyStoreError::from(key));
            let key = row.map(|row| keys::read(&PgRow(&row)).map_err(unreadable));
            key.transpose()
        });
        Ok(found.await?)
    }

    async fn select(&self, owners: Owners<'_>, order: &str) -> Result<Vec<Row>, KeyStoreError> {
        let (condition, owner) = keys::condition(owners, "$1");
        let sql = format!("SELECT {READ_COLUMNS} FROM {TABLES} WHERE {condition} ORDER BY {order}");
        let rows = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let values = owner.iter().map(|owner| owner as &(dyn ToSql + Sync));
            let values: Vec<_> = values.collect();
            Ok(connection.query(&select, &values).await?)
        });
        Ok(rows.await?)
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
            Ok(state::read_salt(&PgRow(&row), 0)?)
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

    async fn list(&self, owners: Owners<'_>) -> Result<KeyList, KeyStoreError> {
        let rows = self.select(owners, "created_at, id COLLATE \"C\"").await?;
        let records = rows.iter().map(|row| Ok(keys::read(&PgRow(row))?.record));
        Ok(records.collect())
    }

    async fn client_quota(&self, client: &ClientId) -> Result<Quota, KeyStoreError> {
        let sql = format!(
            "SELECT {} FROM client_quotas WHERE client_id = $1",
            quotas::COLUMNS
        );
        let quota = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let row = connection.query_opt(&select, &[&client.as_str()]).await?;
            let quota = row.map(|row| quotas::read_one(&PgRow(&row)));
            Ok(quota.transpose()?)
        });
        Ok(quota.await?.unwrap_or_default())
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
            let sql = format!("SELECT {} FROM {}", state::READ_COLUMNS, state::TABLES);
            let select = connection.prepare_cached(&sql).await?;
            let row = connection.query_one(&select, &[]).await?;
            Ok(state::read(&PgRow(&row))?)
        });
        Ok(state.await?)
    }

    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, KeyStoreError> {
        let (after, limit) = (signed(after), i64::try_from(limit).unwrap_or(i64::MAX));
        let sql = format!(
            "SELECT {} FROM audit_log WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            audit::COLUMNS
        );
        let entries = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let rows = connection.query(&select, &[&after, &limit]).await?;
            let entries = rows.iter().map(|row| audit::read(&PgRow(row)));
            Ok(entries.collect::<Result<_, _>>()?)
        });
        Ok(entries.await?)
    }

    async fn audit_of(
        &self,
        client: &ClientId,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, KeyStoreError> {
        let (skip, limit) = (signed(skip), i64::try_from(limit).unwrap_or(i64::MAX));
        let sql = format!(
            "SELECT {} FROM audit_log
             WHERE client_id = $1
               AND (key_id <> '' OR action IN ('link', 'sign_in', 'sign_out', 'monitor', 'silence', 'channel',
                                               'status_link'))
             ORDER BY sequence LIMIT $2 OFFSET $3",
            audit::COLUMNS
        );
        let entries = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let values: [&(dyn ToSql + Sync); 3] = [&client.as_str(), &limit, &skip];
            let rows = connection.query(&select, &values).await?;
            let entries = rows.iter().map(|row| audit::read(&PgRow(row)));
            Ok(entries.collect::<Result<_, _>>()?)
        });
        Ok(entries.await?)
    }

    async fn last_entry(&self, id: &KeyId) -> Result<Option<AuditEntry>, KeyStoreError> {
        let sql = format!(
            "SELECT {} FROM audit_log WHERE key_id = $1 ORDER BY sequence DESC LIMIT 1",
            audit::COLUMNS
        );
        let entry = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let row = connection.query_opt(&select, &[&id.as_str()]).await?;
            let entry = row.map(|row| audit::read(&PgRow(&row)));
            Ok(entry.transpose()?)
        });
        Ok(entry.await?)
    }
}

#[async_trait]
impl LeaseStore for PostgresKeys {
    async fn leases_behind(&self, head: &Head) -> Result<Vec<LeaseBehind>, KeyStoreError> {
        let behind = self.database.run(async |connection| {
            let sql = format!(
                "SELECT {} FROM server_lease AS lease
                 WHERE NOT EXISTS (
                     SELECT FROM audit_log AS known
                     WHERE known.sequence = lease.sequence AND known.seal = lease.head
                       AND known.sequence >= $1)",
                leases::BEHIND_COLUMNS
            );
            let select = connection.prepare_cached(&sql).await?;
            let rows = connection.query(&select, &[&signed(head.sequence)]).await?;
            let leases = rows.iter().map(|row| leases::read_behind(&PgRow(row)));
            Ok(leases.collect::<Result<_, _>>()?)
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

    async fn live_leases(&self) -> Result<Vec<LiveLease>, KeyStoreError> {
        let leases = self.database.run(async |connection| {
            let sql = format!(
                "SELECT {} FROM server_lease WHERE expires_at > clock_timestamp()",
                leases::LIVE_COLUMNS
            );
            let select = connection.prepare_cached(&sql).await?;
            let rows = connection.query(&select, &[]).await?;
            let leases = rows.iter().map(|row| leases::read_live(&PgRow(row)));
            Ok(leases.collect::<Result<_, _>>()?)
        });
        Ok(leases.await?)
    }
}

#[async_trait]
impl KeyAdmin for PostgresKeys {
    async fn settle_opaque_salt(&self, proposed: StoreSalt) -> Result<StoreSalt, KeyStoreError> {
        let salt = self.database.run(async |connection| {
            let sql = "UPDATE key_store_state SET opaque_salt = coalesce(opaque_salt, $1)
                       RETURNING opaque_salt";
            let row = connection
                .query_one(sql, &[&proposed.to_bytes().as_slice()])
                .await?;
            Ok(state::read_salt(&PgRow(&row), 0)?)
        });
        Ok(salt.await?.unwrap_or(proposed))
    }

    async fn stored(&self, owners: Owners<'_>) -> Result<KeyList<StoredKey>, KeyStoreError> {
        let rows = self.select(owners, "id COLLATE \"C\"").await?;
        Ok(rows.iter().map(|row| keys::read(&PgRow(row))).collect())
    }

    async fn retention(&self) -> Result<ClientSettings, KeyStoreError> {
        let read = self
            .database
            .run(async |connection| retention::read(connection).await);
        Ok(read.await?)
    }

    async fn clients(&self, one: Option<&ClientId>) -> Result<ClientBook, KeyStoreError> {
        let read = self
            .database
            .run(async |connection| clients::read(connection, one).await);
        Ok(read.await?)
    }

    async fn commit(&self, change: &KeyChange) -> Result<(), KeyStoreError> {
        let done = self.database.run_change(async |connection, committing| {
            key_change::commit(connection, change, committing).await
        });
        Ok(done.await?)
    }
}
