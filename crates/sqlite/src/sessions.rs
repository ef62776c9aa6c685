use crate::{
    error::FileError,
    file::File,
    receipts,
    row::{SqliteRow, params, unix_ms},
};
use async_trait::async_trait;
use central_logger_key_store::KeyStoreError;
use central_logger_keys::{KeyId, KeyOwner};
use central_logger_sessions::{
    Ended, Receipt, Redemption, Session, SessionStore, SessionStoreError, SignInLink, TokenHash,
};
use central_logger_sql_rows::{
    UnreadableRow, Value, readable,
    receipts::{self as receipt_rows, kept},
    sessions::{self, COLUMNS, LINK_COLUMNS},
};
use rusqlite::{OptionalExtension, Transaction};
use time::OffsetDateTime;

/// Sessions of people who have signed in, in a SQLite file.
#[derive(Debug)]
pub struct SqliteSessions {
    pub(crate) file: File,
}

impl SqliteSessions {
    async fn find_by(
        &self,
        condition: &str,
        value: Value<'static>,
    ) -> Result<Option<Session>, SessionStoreError> {
        let sql = format!("SELECT {COLUMNS} FROM sessions WHERE {condition}");
        let found = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let row = select.query_row(params([value]), |row| Ok(sessions::read(&SqliteRow(row))));
            Ok(row.optional()?.transpose()?)
        });
        Ok(found.await?)
    }

    /// Inserts a row where the owner has room for it, and keeps the receipt of the request for it.
    async fn insert(
        &self,
        owner: &KeyOwner,
        now: OffsetDateTime,
        receipt: Option<&Receipt>,
        insert: impl FnOnce(&Transaction<'_>) -> Result<usize, rusqlite::Error> + Send + 'static,
    ) -> Result<(), SessionStoreError> {
        let (owner, receipt) = (owner.as_str().to_owned(), receipt.map(kept));
        let inserted = self.file.write(move |transaction| {
            let has_room = count(transaction, &owner, now)? < <dyn SessionStore>::MOST;
            if has_room {
                insert(transaction)?;
                if let Some(receipt) = &receipt {
                    receipts::keep(transaction, receipt)?;
                }
            }
            Ok(has_room)
        });
        match inserted.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(SessionStoreError::Full),
            Err(FileError::Rejected(KeyStoreError::Stale)) => Err(SessionStoreError::Repeated),
            Err(error) => Err(error.into()),
        }
    }
}

#[async_trait]
impl SessionStore for SqliteSessions {
    async fn add_link(
        &self,
        link: &SignInLink,
        token: &TokenHash,
        receipt: Option<&Receipt>,
    ) -> Result<(), SessionStoreError> {
        let sql = format!(
            "INSERT INTO sign_in_links ({LINK_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        );
        let (new, token) = (link.clone(), *token);
        self.insert(&link.owner, link.created_at, receipt, move |transaction| {
            let values = params(sessions::link_values(&new, &token));
            transaction.prepare_cached(&sql)?.execute(values)
        })
        .await
    }

    async fn receipt(&self, id: &str) -> Result<Option<Receipt>, SessionStoreError> {
        let columns = receipt_rows::COLUMNS;
        let sql = format!("SELECT {columns} FROM change_receipts WHERE id = ?1");
        let id = id.to_owned();
        let found = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let row = select.query_row([id], |row| {
                Ok(receipt_rows::read_of_session(&SqliteRow(row)))
            });
            Ok(row.optional()?.transpose()?)
        });
        Ok(found.await?)
    }

    async fn find_link(&self, token: &TokenHash) -> Result<Option<SignInLink>, SessionStoreError> {
        let sql = format!("SELECT {LINK_COLUMNS} FROM sign_in_links WHERE token_hash = ?1");
        let token = token.to_bytes();
        let found = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let row = select.query_row([token], |row| Ok(sessions::read_link(&SqliteRow(row))));
            Ok(row.optional()?.transpose()?)
        });
        Ok(found.await?)
    }

    async fn redeem(&self, redemption: &Redemption) -> Result<Option<Session>, SessionStoreError> {
        let redemption = redemption.clone();
        let redeemed = self.file.write(move |transaction| {
            let sql = "UPDATE sign_in_links SET used_at = ?1
                       WHERE token_hash = ?2 AND used_at IS NULL AND valid_until > ?1 RETURNING id";
            let now = unix_ms(redemption.at);
            let link: Option<String> = transaction
                .query_row(sql, (now, redemption.link.to_bytes()), |row| row.get(0))
                .optional()?;
            let Some(link) = link else {
                return Ok(None);
            };
            let sql = format!(
                "INSERT INTO sessions ({COLUMNS})
                 SELECT ?1, client_id, name, scopes, key_id, ?2, ?2, ?3, ?4, ?5, by_provider
                 FROM sign_in_links WHERE id = ?6 RETURNING {COLUMNS}"
            );
            let values = [
                redemption.session_id.as_str().into(),
                redemption.at.into(),
                redemption.idle_ends_at.into(),
                redemption.ends_at.into(),
                Value::Bytes(Some(redemption.session.to_bytes().to_vec())),
                link.into(),
            ];
            let session = transaction.query_row(&sql, params(values), |row| {
                Ok(sessions::read(&SqliteRow(row)))
            });
            Ok(Some(session??))
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
            "INSERT INTO sessions ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        );
        let (new, token) = (session.clone(), *token);
        self.insert(
            &session.owner,
            session.created_at,
            receipt,
            move |transaction| {
                let values = params(sessions::values(&new, &token));
                transaction.prepare_cached(&sql)?.execute(values)
            },
        )
        .await
    }

    async fn find(&self, token: &TokenHash) -> Result<Option<Session>, SessionStoreError> {
        let token = Value::Bytes(Some(token.to_bytes().to_vec()));
        self.find_by("token_hash = ?1", token).await
    }

    async fn find_by_id(&self, id: &KeyId) -> Result<Option<Session>, SessionStoreError> {
        self.find_by("id = ?1", id.to_string().into()).await
    }

    async fn touch(
        &self,
        id: &KeyId,
        at: OffsetDateTime,
        idle_ends_at: OffsetDateTime,
    ) -> Result<(), SessionStoreError> {
        let id = id.to_string();
        let touched = self.file.write(move |transaction| {
            let sql = "UPDATE sessions SET last_used_at = ?2, idle_ends_at = ?3
                       WHERE id = ?1 AND last_used_at < ?2";
            transaction.execute(sql, (id, unix_ms(at), unix_ms(idle_ends_at)))?;
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
             WHERE (?1 IS NULL OR client_id = ?1) AND idle_ends_at > ?2 AND ends_at > ?2
             ORDER BY created_at, id"
        );
        let owner = owner.map(|owner| owner.as_str().to_owned());
        let sessions = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let rows = select.query_map((owner, unix_ms(now)), |row| {
                Ok(sessions::read(&SqliteRow(row)))
            })?;
            Ok(readable(rows.collect::<Result<Vec<_>, _>>()?))
        });
        Ok(sessions.await?)
    }

    async fn end(&self, id: &KeyId) -> Result<Option<Session>, SessionStoreError> {
        let id = id.to_string();
        let ended = self.file.write_in_need(move |transaction| {
            let sql = format!("DELETE FROM sessions WHERE id = ?1 RETURNING {COLUMNS}");
            let row = transaction.query_row(&sql, [&id], |row| Ok(sessions::read(&SqliteRow(row))));
            Ok(row.optional()?.transpose()?)
        });
        Ok(ended.await?)
    }

    async fn end_all(&self, owner: &KeyOwner) -> Result<Ended, SessionStoreError> {
        let owner = owner.as_str().to_owned();
        let ended = self.file.write_in_need(move |transaction| {
            let sql = "DELETE FROM sign_in_links WHERE client_id = ?1 AND used_at IS NULL";
            let links = transaction.execute(sql, [&owner])?;
            let sql = "DELETE FROM sessions WHERE client_id = ?1 RETURNING id";
            let mut delete = transaction.prepare(sql)?;
            let ids = delete.query_map([&owner], |row| row.get::<_, String>(0))?;
            let sessions = ids.map(|id| session_id(&id?));
            let sessions = sessions.collect::<Result<_, FileError>>()?;
            Ok(Ended { sessions, links })
        });
        Ok(ended.await?)
    }

    async fn purge(&self, before: OffsetDateTime) -> Result<(), SessionStoreError> {
        let purged = self.file.write(move |transaction| {
            let before = [unix_ms(before)];
            let sql = "DELETE FROM sign_in_links WHERE valid_until <= ?1";
            transaction.execute(sql, before)?;
            let sql = "DELETE FROM sessions WHERE idle_ends_at <= ?1 OR ends_at <= ?1";
            transaction.execute(sql, before)?;
            Ok(())
        });
        Ok(purged.await?)
    }
}

fn session_id(id: &str) -> Result<KeyId, FileError> {
    Ok(id.parse().map_err(|error| UnreadableRow::new(id, error))?)
}

/// How many live sessions and links an owner has.
fn count(
    transaction: &Transaction<'_>,
    owner: &str,
    now: OffsetDateTime,
) -> Result<usize, FileError> {
    let sql = "SELECT (SELECT count(*) FROM sessions
                       WHERE client_id = ?1 AND idle_ends_at > ?2 AND ends_at > ?2)
                    + (SELECT count(*) FROM sign_in_links
                       WHERE client_id = ?1 AND used_at IS NULL AND valid_until > ?2)";
    let mut select = transaction.prepare_cached(sql)?;
    let count: i64 = select.query_row((owner, unix_ms(now)), |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}
