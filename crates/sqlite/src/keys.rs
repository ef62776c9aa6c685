use crate::{error::FileError, file::File};
use async_trait::async_trait;
use central_logger_key_store::{
    KeyAdmin, KeyProof, KeyRecord, KeySelection, KeyStore, KeyStoreError, KeyUse, StoredKey,
};
use central_logger_keys::{ClientId, Fingerprint, KeyHash, KeyId, StoreSalt};
use rusqlite::{OptionalExtension, Row, Transaction};
use std::{fmt::Display, sync::OnceLock};
use time::OffsetDateTime;

/// Keys in SQLite.
#[derive(Debug)]
pub struct SqliteKeys {
    file: File,
    /// It never changes once it is there.
    opaque_salt: OnceLock<StoreSalt>,
}

const COLUMNS: &str = "id, client_id, client_name, key_hash, fingerprint, scopes, environment, \
     is_active, created_at, last_used_at, expires_at, revoked_at, revoked_reason, note, predecessor";

impl SqliteKeys {
    pub(crate) fn new(file: File) -> Self {
        Self {
            file,
            opaque_salt: OnceLock::new(),
        }
    }

    async fn find_by(
        &self,
        condition: &'static str,
        value: String,
    ) -> Result<Option<StoredKey>, KeyStoreError> {
        let sql = format!("SELECT {COLUMNS} FROM api_keys WHERE {condition}");
        let found = self.file.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let row = statement
                .query_row([value], |row| Ok(read(row)))
                .optional()?;
            row.transpose()
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

    async fn list(&self, client: Option<&ClientId>) -> Result<Vec<KeyRecord>, KeyStoreError> {
        let client = client.map(|client| client.as_str().to_owned());
        let sql = format!(
            "SELECT {COLUMNS} FROM api_keys WHERE ?1 IS NULL OR client_id = ?1
             ORDER BY created_at, id"
        );
        let records = self.file.read(move |connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([client], |row| Ok(read(row)))?;
            rows.map(|row| Ok(row??.record)).collect()
        });
        Ok(records.await?)
    }

    async fn ready(&self) -> Result<(), KeyStoreError> {
        let sql = "SELECT 1 FROM key_store_state";
        let done = self
            .file
            .read(move |connection| Ok(connection.query_row(sql, [], |_| Ok(()))?));
        Ok(done.await?)
    }
}

#[async_trait]
impl KeyAdmin for SqliteKeys {
    async fn settle_opaque_salt(&self, proposed: StoreSalt) -> Result<StoreSalt, KeyStoreError> {
        let salt = self.file.write(move |transaction| {
            let sql = "UPDATE key_store_state SET opaque_salt = coalesce(opaque_salt, ?1)
                       RETURNING opaque_salt";
            Ok(transaction.query_row(sql, [proposed.to_bytes()], |row| row.get(0))?)
        });
        Ok(StoreSalt::from_bytes(salt.await?))
    }

    async fn insert(&self, key: &StoredKey) -> Result<(), KeyStoreError> {
        let id = key.record.id.clone();
        let key = key.clone();
        let outcome = self
            .file
            .write(move |transaction| insert(transaction, &key));
        match outcome.await? {
            Insertion::Done => Ok(()),
            Insertion::IdExists => Err(KeyStoreError::IdExists(id)),
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
            KeySelection::Id(id) => ("id = ?1", id.as_str().to_owned()),
            KeySelection::Client(client) => ("client_id = ?1", client.as_str().to_owned()),
        };
        let sql = format!(
            "UPDATE api_keys SET revoked_at = ?2, revoked_reason = ?3
             WHERE {condition} AND revoked_at IS NULL RETURNING id"
        );
        let reason = reason.map(str::to_owned);
        let revoked = self.file.write(move |transaction| {
            let mut statement = transaction.prepare_cached(&sql)?;
            let ids = statement.query_map((value, unix_ms(at), reason), |row| row.get(0))?;
            ids.map(|id| key_id(id?)).collect()
        });
        Ok(revoked.await?)
    }

    async fn record_use(&self, uses: &[KeyUse]) -> Result<(), KeyStoreError> {
        if uses.is_empty() {
            return Ok(());
        }
        let uses = uses.to_vec();
        let done = self.file.write(move |transaction| {
            let sql = "UPDATE api_keys SET last_used_at = max(coalesce(last_used_at, ?2), ?2)
                       WHERE id = ?1";
            let mut statement = transaction.prepare_cached(sql)?;
            for KeyUse { id, at } in uses {
                statement.execute((id.as_str(), unix_ms(at)))?;
            }
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

fn insert(transaction: &Transaction<'_>, key: &StoredKey) -> Result<Insertion, FileError> {
    let StoredKey { record, proof } = key;
    let Some(hash) = proof.hash() else {
        return Err(FileError::Unreadable {
            id: record.id.to_string(),
            reason: "a static key cannot be stored".to_owned(),
        });
    };
    let sql = format!(
        "INSERT INTO api_keys ({COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT DO NOTHING"
    );
    let inserted = transaction.execute(
        &sql,
        (
            record.id.as_str(),
            record.client_id.as_str(),
            record.client_name.as_deref(),
            hash.as_phc(),
            proof.fingerprint().map(Fingerprint::to_bytes),
            record.scopes.to_string(),
            record.environment.as_str(),
            record.is_active,
            unix_ms(record.created_at),
            record.last_used_at.map(unix_ms),
            record.expires_at.map(unix_ms),
            record.revoked_at.map(unix_ms),
            record.revoked_reason.as_deref(),
            record.note.as_deref(),
            record.predecessor.as_ref().map(KeyId::as_str),
        ),
    )?;
    if inserted == 1 {
        return Ok(Insertion::Done);
    }
    let sql = "SELECT 1 FROM api_keys WHERE id = ?1";
    let same_id = transaction
        .query_row(sql, [record.id.as_str()], |_| Ok(()))
        .optional()?;
    Ok(match same_id {
        Some(()) => Insertion::IdExists,
        None => Insertion::KeyExists,
    })
}

fn read(row: &Row<'_>) -> Result<StoredKey, FileError> {
    let id: String = row.get(0)?;
    let unreadable = |reason: &dyn Display| FileError::Unreadable {
        id: id.clone(),
        reason: reason.to_string(),
    };
    let text = |column| row.get::<_, String>(column);
    let time = |column| {
        let stored: Option<i64> = row.get(column)?;
        stored
            .map(|stored| from_unix_ms(stored).map_err(|error| unreadable(&error)))
            .transpose()
    };
    let hash: KeyHash = text(3)?.parse().map_err(|error| unreadable(&error))?;
    let proof = match row.get::<_, Option<[u8; 8]>>(4)? {
        Some(fingerprint) => KeyProof::Generated {
            hash,
            fingerprint: Fingerprint::from_bytes(fingerprint),
        },
        None => KeyProof::Opaque { hash },
    };
    let record = KeyRecord {
        id: key_id(id.clone())?,
        client_id: text(1)?.parse().map_err(|error| unreadable(&error))?,
        client_name: row.get(2)?,
        scopes: text(5)?.parse().map_err(|error| unreadable(&error))?,
        environment: text(6)?.parse().map_err(|error| unreadable(&error))?,
        is_active: row.get(7)?,
        created_at: time(8)?.ok_or_else(|| unreadable(&"created_at is missing"))?,
        last_used_at: time(9)?,
        expires_at: time(10)?,
        revoked_at: time(11)?,
        revoked_reason: row.get(12)?,
        note: row.get(13)?,
        predecessor: row.get::<_, Option<String>>(14)?.map(key_id).transpose()?,
    };
    Ok(StoredKey { record, proof })
}

fn key_id(id: String) -> Result<KeyId, FileError> {
    id.parse().map_err(
        |error: central_logger_keys::InvalidKeyId| FileError::Unreadable {
            id,
            reason: error.to_string(),
        },
    )
}

pub(crate) fn unix_ms(time: OffsetDateTime) -> i64 {
    // A time of this type, of the years ±9999, fits by far.
    (time.unix_timestamp_nanos() / 1_000_000) as i64
}

pub(crate) fn from_unix_ms(ms: i64) -> Result<OffsetDateTime, time::error::ComponentRange> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
}
