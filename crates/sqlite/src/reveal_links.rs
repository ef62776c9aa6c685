use crate::{
    error::FileError,
    keys::SqliteKeys,
    row::{SqliteRow, params, unix_ms},
};
use async_trait::async_trait;
use central_logger_key_store::{
    KeyStoreError,
    reveal_link::{LinkChange, RevealLink, RevealLinkStore, Seen},
};
use central_logger_keys::{ClientId, KeyId};
use central_logger_sql_rows::{
    UnreadableRow, Value, readable,
    reveal_links::{COLUMNS, can_reveal, read, values},
    signed, unsigned,
};
use rusqlite::{OptionalExtension, Transaction};
use time::OffsetDateTime;

impl SqliteKeys {
    async fn find_link_by(
        &self,
        condition: &str,
        value: Value<'static>,
    ) -> Result<Option<RevealLink>, KeyStoreError> {
        let sql = format!("SELECT {COLUMNS} FROM reveal_links WHERE {condition}");
        let found = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let link = select.query_row(params([value]), |row| Ok(read(&SqliteRow(row))));
            Ok(link.optional()?.transpose()?)
        });
        Ok(found.await?)
    }
}

#[async_trait]
impl RevealLinkStore for SqliteKeys {
    async fn find_reveal_link(
        &self,
        token_hash: &[u8; 32],
    ) -> Result<Option<RevealLink>, KeyStoreError> {
        let token_hash = Value::Bytes(Some(token_hash.to_vec()));
        self.find_link_by("token_hash = ?1", token_hash).await
    }

    async fn reveal_link(&self, id: &KeyId) -> Result<Option<RevealLink>, KeyStoreError> {
        self.find_link_by("id = ?1", id.to_string().into()).await
    }

    async fn reveal_links(
        &self,
        client: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<RevealLink>, KeyStoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM reveal_links WHERE (?1 IS NULL OR client_id = ?1)
             ORDER BY created_at DESC, id DESC LIMIT ?2"
        );
        let client = client.map(ClientId::to_string);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let links = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let rows = select.query_map((client, limit), |row| Ok(read(&SqliteRow(row))))?;
            Ok(readable(rows.collect::<Result<Vec<_>, _>>()?))
        });
        Ok(links.await?)
    }

    async fn open_reveal_links(
        &self,
        client: &ClientId,
        now: OffsetDateTime,
    ) -> Result<Vec<KeyId>, KeyStoreError> {
        let sql = format!(
            "SELECT id FROM reveal_links WHERE client_id = ?1 AND {}",
            can_reveal("?2")
        );
        let client = client.to_string();
        let ids = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let ids = select.query_map((client, unix_ms(now)), |row| row.get::<_, String>(0))?;
            let ids = ids.map(|id| link_id(&id?));
            ids.collect::<Result<_, FileError>>()
        });
        Ok(ids.await?)
    }

    async fn note_opened(&self, id: &KeyId, seen: &Seen) -> Result<(), KeyStoreError> {
        let (id, seen) = (id.to_string(), seen.clone());
        let noted = self.file.write(move |transaction| {
            let sql = "UPDATE reveal_links SET opened_at = ?2, opened_from = ?3
                       WHERE id = ?1 AND opened_at IS NULL";
            transaction.execute(sql, (id, unix_ms(seen.at), seen.network))?;
            Ok(())
        });
        Ok(noted.await?)
    }

    async fn count_try(
        &self,
        id: &KeyId,
        now: OffsetDateTime,
    ) -> Result<Option<u64>, KeyStoreError> {
        let sql = format!(
            "UPDATE reveal_links SET tries = tries + 1
             WHERE id = ?1 AND tries < ?3 AND {} RETURNING tries",
            can_reveal("?2")
        );
        let id = id.to_string();
        let counted = self.file.write(move |transaction| {
            let values = (id, unix_ms(now), signed(RevealLink::MOST_TRIES));
            let tries = transaction.query_row(&sql, values, |row| row.get::<_, i64>(0));
            Ok(tries.optional()?.map(unsigned))
        });
        Ok(counted.await?)
    }

    async fn purge_reveal_links(&self, before: OffsetDateTime) -> Result<(), KeyStoreError> {
        let purged = self.file.write(move |transaction| {
            let sql = "DELETE FROM reveal_links WHERE valid_until <= ?1";
            transaction.execute(sql, [unix_ms(before)])?;
            Ok(())
        });
        Ok(purged.await?)
    }
}

/// Changes links within a change of keys.
pub(crate) fn change(transaction: &Transaction<'_>, change: &LinkChange) -> Result<(), FileError> {
    match change {
        LinkChange::Add(link) => {
            let sql = format!(
                "INSERT INTO reveal_links ({COLUMNS})
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
                         ?19, ?20, ?21, ?22, ?23, ?24)"
            );
            transaction.execute(&sql, params(values(link)))?;
        }
        LinkChange::Reveal { id, revelation } => {
            let sql = format!(
                "UPDATE reveal_links SET revealed_at = ?2, revealed_from = ?3, key_id = ?4
                 WHERE id = ?1 AND {}",
                can_reveal("?2")
            );
            let (seen, key_id) = (&revelation.seen, revelation.key_id.as_str());
            let values = (id.as_str(), unix_ms(seen.at), &seen.network, key_id);
            if transaction.execute(&sql, values)? == 0 {
                return Err(FileError::Rejected(KeyStoreError::Stale));
            }
        }
        LinkChange::Withdraw { ids, at } => {
            let sql = "UPDATE reveal_links SET withdrawn_at = ?2
                       WHERE id = ?1 AND revealed_at IS NULL AND withdrawn_at IS NULL";
            let mut withdraw = transaction.prepare_cached(sql)?;
            for id in ids {
                withdraw.execute((id.as_str(), unix_ms(*at)))?;
            }
        }
    }
    Ok(())
}

fn link_id(id: &str) -> Result<KeyId, FileError> {
    Ok(id.parse().map_err(|error| UnreadableRow::new(id, error))?)
}
