use crate::receipts;
use async_trait::async_trait;
use central_logger_key_store::KeyStoreError;
use central_logger_keys::{KeyId, KeyOwner};
use central_logger_postgres_database::{Database, Params, PgRow, StatementError};
use central_logger_sessions::{
    Ended, Receipt, Redemption, Session, SessionStore, SessionStoreError, SignInLink, TokenHash,
};
use central_logger_sql_rows::{
    UnreadableRow, readable,
    receipts::{self as receipt_rows, kept},
    sessions::{self, COLUMNS, LINK_COLUMNS},
};
use std::sync::Arc;
use time::OffsetDateTime;
use tokio_postgres::types::ToSql;

/// Sessions of people who have signed in, in PostgreSQL.
#[derive(Debug)]
pub struct PostgresSessions {
    pub(crate) database: Arc<Database>,
}

impl PostgresSessions {
    async fn find_by(
        &self,
        condition: &str,
        value: &(dyn ToSql + Sync),
    ) -> Result<Option<Session>, SessionStoreError> {
        let sql = format!("SELECT {COLUMNS} FROM sessions WHERE {condition}");
        let found = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let row = connection.query_opt(&select, &[value]).await?;
            let session = row.map(|row| sessions::read(&PgRow(&row)));
            Ok(session.transpose()?)
        });
        Ok(found.await?)
    }

    /// Inserts a row where the owner has room for it, and keeps the receipt of the request for it.
    async fn insert(
        &self,
        sql: &str,
        owner: &KeyOwner,
        now: OffsetDateTime,
        values: Params<'_>,
        receipt: Option<&Receipt>,
    ) -> Result<(), SessionStoreError> {
        // Those of one owner are counted one after the other.
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended('sessions of ' || $1::text, 0))";
        let count = "SELECT (SELECT count(*) FROM sessions
                             WHERE client_id = $1 AND idle_ends_at > $2 AND ends_at > $2)
                          + (SELECT count(*) FROM sign_in_links
                             WHERE client_id = $1 AND used_at IS NULL AND valid_until > $2)";
        let (owner, receipt) = (owner.as_str(), receipt.map(kept));
        let inserted = self.database.run(async |connection| {
            let transaction = connection.transaction().await?;
            let lock = transaction.prepare_cached(lock).await?;
            transaction.execute(&lock, &[&owner]).await?;
            let count = transaction.prepare_cached(count).await?;
            let count: i64 = transaction
                .query_one(&count, &[&owner, &now])
                .await?
                .try_get(0)?;
            let has_room =
                usize::try_from(count).is_ok_and(|count| count < <dyn SessionStore>::MOST);
            if has_room {
                let insert = transaction.prepare_cached(sql).await?;
                transaction.execute(&insert, &values.values()).await?;
                if let Some(receipt) = &receipt {
                    receipts::keep(&transaction, receipt).await?;
                }
                transaction.commit().await?;
            }
            Ok(has_room)
        });
        match inserted.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(SessionStoreError::Full),
            Err(StatementError::Rejected(KeyStoreError::Stale)) => Err(SessionStoreError::Repeated),
            Err(error) => Err(error.into()),
        }
    }
}

#[async_trait]
impl SessionStore for PostgresSessions {
    async fn add_link(
        &self,
        link: &SignInLink,
        token: &TokenHash,
        receipt: Option<&Receipt>,
    ) -> Result<(), SessionStoreError> {
        let sql = format!(
            "INSERT INTO sign_in_links ({LINK_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        );
        let values = Params::new(sessions::link_values(link, token));
        self.insert(&sql, &link.owner, link.created_at, values, receipt)
            .await
    }

    async fn receipt(&self, id: &str) -> Result<Option<Receipt>, SessionStoreError> {
        let columns = receipt_rows::COLUMNS;
        let sql = format!("SELECT {columns} FROM change_receipts WHERE id = $1");
        let found = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let row = connection.query_opt(&select, &[&id]).await?;
            let receipt = row.map(|row| receipt_rows::read_of_session(&PgRow(&row)));
            Ok(receipt.transpose()?)
        });
        Ok(found.await?)
    }

    async fn find_link(&self, token: &TokenHash) -> Result<Option<SignInLink>, SessionStoreError> {
        let sql = format!("SELECT {LINK_COLUMNS} FROM sign_in_links WHERE token_hash = $1");
        let found = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let row = connection
                .query_opt(&select, &[&token.to_bytes().as_slice()])
                .await?;
            let link = row.map(|row| sessions::read_link(&PgRow(&row)));
            Ok(link.transpose()?)
        });
        Ok(found.await?)
    }

    async fn redeem(&self, redemption: &Redemption) -> Result<Option<Session>, SessionStoreError> {
        // Of those that come at once, all but one find the link used when they get to its row.
        let sql = format!(
            "WITH link AS (
                 UPDATE sign_in_links SET used_at = $1
                 WHERE token_hash = $2 AND used_at IS NULL AND valid_until > $1
                 RETURNING client_id, name, scopes, key_id, by_provider
             )
             INSERT INTO sessions ({COLUMNS})
             SELECT $3::text, client_id, name, scopes, key_id, $1, $1, $4::timestamptz,
                    $5::timestamptz, $6::bytea, by_provider
             FROM link RETURNING {COLUMNS}"
        );
        let Redemption {
            link,
            session,
            session_id,
            at,
            idle_ends_at,
            ends_at,
        } = redemption;
        let (link, session) = (link.to_bytes(), session.to_bytes());
        let redeemed = self.database.run(async |connection| {
            let redeem = connection.prepare_cached(&sql).await?;
            let values: [&(dyn ToSql + Sync); 6] = [
                at,
                &link.as_slice(),
                &session_id.as_str(),
                idle_ends_at,
                ends_at,
                &session.as_slice(),
            ];
            let row = connection.query_opt(&redeem, &values).await?;
            let session = row.map(|row| sessions::read(&PgRow(&row)));
            Ok(session.transpose()?)
        });
        Ok(redeemed.await?)
    }

    async fn add(
        &self,
        session: &Session,
        token: &TokenHash,
        receipt: Option<&Receipt>,
    ) -> Result<(), SessionStoreError> {
        let sql = format!(
            "INSERT INTO sessions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        );
        let values = Params::new(sessions::values(session, token));
        self.insert(&sql, &session.owner, session.created_at, values, receipt)
            .await
    }

    async fn find(&self, token: &TokenHash) -> Result<Option<Session>, SessionStoreError> {
        self.find_by("token_hash = $1", &token.to_bytes().as_slice())
            .await
    }

    async fn find_by_id(&self, id: &KeyId) -> Result<Option<Session>, SessionStoreError> {
        self.find_by("id = $1", &id.as_str()).await
    }

    async fn touch(
        &self,
        id: &KeyId,
        at: OffsetDateTime,
        idle_ends_at: OffsetDateTime,
    ) -> Result<(), SessionStoreError> {
        let sql = "UPDATE sessions SET last_used_at = $2, idle_ends_at = $3
                   WHERE id = $1 AND last_used_at < $2";
        let touched = self.database.run(async |connection| {
            let update = connection.prepare_cached(sql).await?;
            connection
                .execute(&update, &[&id.as_str(), &at, &idle_ends_at])
                .await?;
            Ok(())
        });
        Ok(touched.await?)
    }

    async fn list(
        &self,
        owner: Option<&KeyOwner>,
        now: OffsetDateTime,
    ) -> Result<Vec<Session>, SessionStoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM sessions
             WHERE ($1::text IS NULL OR client_id = $1) AND idle_ends_at > $2 AND ends_at > $2
             ORDER BY created_at, id COLLATE \"C\""
        );
        let owner = owner.map(KeyOwner::as_str);
        let sessions = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let rows = connection.query(&select, &[&owner, &now]).await?;
            Ok(readable(rows.iter().map(|row| sessions::read(&PgRow(row)))))
        });
        Ok(sessions.await?)
    }

    async fn end(&self, id: &KeyId) -> Result<Option<Session>, SessionStoreError> {
        let sql = format!("DELETE FROM sessions WHERE id = $1 RETURNING {COLUMNS}");
        let ended = self.database.run(async |connection| {
            let delete = connection.prepare_cached(&sql).await?;
            let row = connection.query_opt(&delete, &[&id.as_str()]).await?;
            let session = row.map(|row| sessions::read(&PgRow(&row)));
            Ok(session.transpose()?)
        });
        Ok(ended.await?)
    }

    async fn end_all(&self, owner: &KeyOwner) -> Result<Ended, SessionStoreError> {
        let owner = owner.as_str();
        let ended = self.database.run(async |connection| {
            let transaction = connection.transaction().await?;
            // The links first: who is using one up at the moment is waited for, and the statement after it
            // sees the session.
            let links = "DELETE FROM sign_in_links WHERE client_id = $1 AND used_at IS NULL";
            let links = transaction.execute(links, &[&owner]).await?;
            let sessions = "DELETE FROM sessions WHERE client_id = $1 RETURNING id";
            let rows = transaction.query(sessions, &[&owner]).await?;
            let sessions = rows.iter().map(|row| session_id(row.try_get(0)?));
            let sessions = sessions.collect::<Result<_, StatementError>>()?;
            transaction.commit().await?;
            let links = usize::try_from(links).unwrap_or(usize::MAX);
            Ok(Ended { sessions, links })
        });
        Ok(ended.await?)
    }

    async fn purge(&self, before: OffsetDateTime) -> Result<(), SessionStoreError> {
        let purged = self.database.run(async |connection| {
            let links = "DELETE FROM sign_in_links WHERE valid_until <= $1";
            connection.execute(links, &[&before]).await?;
            let sessions = "DELETE FROM sessions WHERE idle_ends_at <= $1 OR ends_at <= $1";
            connection.execute(sessions, &[&before]).await?;
            Ok(())
        });
        Ok(purged.await?)
    }
}

fn session_id(id: &str) -> Result<KeyId, StatementError> {
    Ok(id.parse().map_err(|error| UnreadableRow::new(id, error))?)
}
