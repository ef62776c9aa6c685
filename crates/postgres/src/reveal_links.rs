use crate::keys::PostgresKeys;
use async_trait::async_trait;
use central_logger_key_store::{
    KeyStoreError,
    reveal_link::{LinkChange, RevealLink, RevealLinkStore, Seen},
};
use central_logger_keys::{ClientId, KeyId};
use central_logger_postgres_database::{Params, PgRow, StatementError};
use central_logger_sql_rows::{
    UnreadableRow, readable,
    reveal_links::{COLUMNS, can_reveal, read, values},
    signed, unsigned,
};
use deadpool_postgres::Transaction;
use time::OffsetDateTime;
use tokio_postgres::types::ToSql;

impl PostgresKeys {
    async fn find_link_by(
        &self,
        condition: &str,
        value: &(dyn ToSql + Sync),
    ) -> Result<Option<RevealLink>, KeyStoreError> {
        let sql = format!("SELECT {COLUMNS} FROM reveal_links WHERE {condition}");
        let found = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let row = connection.query_opt(&select, &[value]).await?;
            Ok(row.map(|row| read(&PgRow(&row))).transpose()?)
        });
        Ok(found.await?)
    }
}

#[async_trait]
impl RevealLinkStore for PostgresKeys {
    async fn find_reveal_link(
        &self,
        token_hash: &[u8; 32],
    ) -> Result<Option<RevealLink>, KeyStoreError> {
        self.find_link_by("token_hash = $1", &token_hash.as_slice())
            .await
    }

    async fn reveal_link(&self, id: &KeyId) -> Result<Option<RevealLink>, KeyStoreError> {
        self.find_link_by("id = $1", &id.as_str()).await
    }

    async fn reveal_links(
        &self,
        client: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<RevealLink>, KeyStoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM reveal_links WHERE ($1::text IS NULL OR client_id = $1)
             ORDER BY created_at DESC, id COLLATE \"C\" DESC LIMIT $2"
        );
        let client = client.map(ClientId::as_str);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let links = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let rows = connection.query(&select, &[&client, &limit]).await?;
            Ok(readable(rows.iter().map(|row| read(&PgRow(row)))))
        });
        Ok(links.await?)
    }

    async fn open_reveal_links(
        &self,
        client: &ClientId,
        now: OffsetDateTime,
    ) -> Result<Vec<KeyId>, KeyStoreError> {
        let sql = format!(
            "SELECT id FROM reveal_links WHERE client_id = $1 AND {}",
            can_reveal("$2")
        );
        let ids = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let rows = connection.query(&select, &[&client.as_str(), &now]).await?;
            let ids = rows.iter().map(|row| link_id(row.try_get(0)?));
            ids.collect::<Result<_, StatementError>>()
        });
        Ok(ids.await?)
    }

    async fn note_opened(&self, id: &KeyId, seen: &Seen) -> Result<(), KeyStoreError> {
        let noted = self.database.run(async |connection| {
            let sql = "UPDATE reveal_links SET opened_at = $2, opened_from = $3
                       WHERE id = $1 AND opened_at IS NULL";
            let update = connection.prepare_cached(sql).await?;
            let values: [&(dyn ToSql + Sync); 3] = [&id.as_str(), &seen.at, &seen.network];
            connection.execute(&update, &values).await?;
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
             WHERE id = $1 AND tries < $3 AND {} RETURNING tries",
            can_reveal("$2")
        );
        let counted = self.database.run(async |connection| {
            let update = connection.prepare_cached(&sql).await?;
            let most = signed(RevealLink::MOST_TRIES);
            let row = connection
                .query_opt(&update, &[&id.as_str(), &now, &most])
                .await?;
            let tries = row.map(|row| row.try_get::<_, i64>(0)).transpose()?;
            Ok(tries.map(unsigned))
        });
        Ok(counted.await?)
    }

    async fn purge_reveal_links(&self, before: OffsetDateTime) -> Result<(), KeyStoreError> {
        let purged = self.database.run(async |connection| {
            let sql = "DELETE FROM reveal_links WHERE valid_until <= $1";
            connection.execute(sql, &[&before]).await?;
            Ok(())
        });
        Ok(purged.await?)
    }
}

/// Changes links within a change of keys.
pub(crate) async fn change(
    transaction: &Transaction<'_>,
    change: &LinkChange,
) -> Result<(), StatementError> {
    match change {
        LinkChange::Add(link) => {
            let sql = format!(
                "INSERT INTO reveal_links ({COLUMNS})
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                         $19, $20, $21, $22, $23, $24)"
            );
            let values = Params::new(values(link));
            transaction.execute(&sql, &values.values()).await?;
        }
        LinkChange::Reveal { id, revelation } => {
            let sql = format!(
                "UPDATE reveal_links SET revealed_at = $2, revealed_from = $3, key_id = $4
                 WHERE id = $1 AND {}",
                can_reveal("$2")
            );
            let (seen, key_id) = (&revelation.seen, revelation.key_id.as_str());
            let values: [&(dyn ToSql + Sync); 4] = [&id.as_str(), &seen.at, &seen.network, &key_id];
            if transaction.execute(&sql, &values).await? == 0 {
                return Err(StatementError::Rejected(KeyStoreError::Stale));
            }
        }
        LinkChange::Withdraw { ids, at } => {
            let sql = "UPDATE reveal_links SET withdrawn_at = $2
                       WHERE id = ANY($1) AND revealed_at IS NULL AND withdrawn_at IS NULL";
            let ids: Vec<_> = ids.iter().map(KeyId::as_str).collect();
            transaction.execute(sql, &[&ids, at]).await?;
        }
    }
    Ok(())
}

fn link_id(id: &str) -> Result<KeyId, StatementError> {
    Ok(id.parse().map_err(|error| UnreadableRow::new(id, error))?)
}
