use crate::{database::Database, error::StatementError};
use async_trait::async_trait;
use central_logger_key_store::{
    KeyAdmin, KeyProof, KeyRecord, KeySelection, KeyStore, KeyStoreError, KeyUse, StoredKey,
};
use central_logger_keys::{ClientId, Fingerprint, KeyHash, KeyId, StoreSalt};
use std::{
    fmt::Display,
    str::FromStr,
    sync::{Arc, OnceLock},
};
use time::OffsetDateTime;
use tokio_postgres::Row;

/// Keys in PostgreSQL.
#[derive(Debug)]
pub struct PostgresKeys {
    database: Arc<Database>,
    /// It never changes once it is there.
    opaque_salt: OnceLock<StoreSalt>,
}

const COLUMNS: &str = "id, client_id, client_name, key_hash, fingerprint, scopes, environment, \
     is_active, created_at, last_used_at, expires_at, revoked_at, revoked_reason, note, predecessor";

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
        let sql = format!("SELECT {COLUMNS} FROM api_keys WHERE {condition}");
        let found = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let row = connection.query_opt(&select, &[&value]).await?;
            row.map(|row| read(&row)).transpose()
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

    async fn list(&self, client: Option<&ClientId>) -> Result<Vec<KeyRecord>, KeyStoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM api_keys WHERE $1::text IS NULL OR client_id = $1
             ORDER BY created_at, id COLLATE \"C\""
        );
        let records = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let client = client.map(ClientId::as_str);
            let rows = connection.query(&select, &[&client]).await?;
            rows.iter().map(|row| Ok(read(row)?.record)).collect()
        });
        Ok(records.await?)
    }

    async fn ready(&self) -> Result<(), KeyStoreError> {
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

    async fn insert(&self, key: &StoredKey) -> Result<(), KeyStoreError> {
        let outcome = self
            .database
            .run(async |connection| insert(connection, key).await);
        match outcome.await? {
            Insertion::Done => Ok(()),
            Insertion::IdExists => Err(KeyStoreError::IdExists(key.record.id.clone())),
            Insertion::KeyExists => Err(KeyStoreError::KeyExists),
        }
    }

    async fn revoke(
        &self,
        selection: &KeySelection,
        at: OffsetDateTime,
        reason: Option<&str>,
    ) -> Result<Vec<KeyId>, KeyStoreError> {
        let (condition, value) = match selection {
            KeySelection::Id(id) => ("id = $1", id.as_str()),
            KeySelection::Client(client) => ("client_id = $1", client.as_str()),
        };
        let sql = format!(
            "UPDATE api_keys SET revoked_at = $2, revoked_reason = $3
             WHERE {condition} AND revoked_at IS NULL RETURNING id"
        );
        let revoked = self.database.run(async |connection| {
            let rows = connection.query(&sql, &[&value, &at, &reason]).await?;
            rows.iter()
                .map(|row| parse(row.try_get(0)?, row.try_get(0)?))
                .collect()
        });
        Ok(revoked.await?)
    }

    async fn record_use(&self, uses: &[KeyUse]) -> Result<(), KeyStoreError> {
        // In order, so that servers doing this at the same time never wait for each other in turn.
        let mut uses: Vec<_> = uses.iter().collect();
        uses.sort_by(|a, b| a.id.cmp(&b.id));
        let ids: Vec<_> = uses.iter().map(|used| used.id.as_str()).collect();
        let times: Vec<_> = uses.iter().map(|used| used.at).collect();
        let done = self.database.run(async |connection| {
            let sql = "WITH used AS (
                           SELECT id, max(at) AS at
                           FROM unnest($1::text[], $2::timestamptz[]) AS u (id, at)
                           GROUP BY id
                       ), locked AS (
                           SELECT id, used.at FROM api_keys JOIN used USING (id)
                           ORDER BY id FOR UPDATE OF api_keys
                       )
                       UPDATE api_keys SET last_used_at = greatest(last_used_at, locked.at)
                       FROM locked WHERE api_keys.id = locked.id";
            connection.execute(sql, &[&ids, &times]).await?;
            Ok(())
        });
        Ok(done.await?)
    }
}

enum Insertion {
    Done,
    IdExists,
    KeyExists,
}

async fn insert(
    connection: &deadpool_postgres::Object,
    key: &StoredKey,
) -> Result<Insertion, StatementError> {
    let StoredKey { record, proof } = key;
    let Some(hash) = proof.hash() else {
        return Err(StatementError::Unreadable {
            id: record.id.to_string(),
            reason: "a static key cannot be stored".to_owned(),
        });
    };
    let sql = format!(
        "INSERT INTO api_keys ({COLUMNS})
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         ON CONFLICT DO NOTHING"
    );
    let fingerprint = proof.fingerprint().map(Fingerprint::to_bytes);
    let inserted = connection
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
                &record.expires_at,
                &record.revoked_at,
                &record.revoked_reason,
                &record.note,
                &record.predecessor.as_ref().map(KeyId::as_str),
            ],
        )
        .await?;
    if inserted == 1 {
        return Ok(Insertion::Done);
    }
    let sql = "SELECT FROM api_keys WHERE id = $1";
    let same_id = connection.query_opt(sql, &[&record.id.as_str()]).await?;
    Ok(match same_id {
        Some(_) => Insertion::IdExists,
        None => Insertion::KeyExists,
    })
}

fn read(row: &Row) -> Result<StoredKey, StatementError> {
    let id: &str = row.try_get(0)?;
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
    let predecessor: Option<&str> = row.try_get(14)?;
    let record = KeyRecord {
        id: parse(id, id)?,
        client_id: parse(id, row.try_get(1)?)?,
        client_name: row.try_get(2)?,
        scopes: parse(id, row.try_get(5)?)?,
        environment: parse(id, row.try_get(6)?)?,
        is_active: row.try_get(7)?,
        created_at: row.try_get(8)?,
        last_used_at: row.try_get(9)?,
        expires_at: row.try_get(10)?,
        revoked_at: row.try_get(11)?,
        revoked_reason: row.try_get(12)?,
        note: row.try_get(13)?,
        predecessor: predecessor.map(|other| parse(id, other)).transpose()?,
    };
    Ok(StoredKey { record, proof })
}

/// A value of the row of the key `id`.
fn parse<T: FromStr<Err: Display>>(id: &str, text: &str) -> Result<T, StatementError> {
    text.parse().map_err(|error| unreadable(id, error))
}

fn unreadable(id: &str, reason: impl Display) -> StatementError {
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
