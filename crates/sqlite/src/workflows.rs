use crate::{error::FileError, file::File, row::unix_ms};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_sql_rows::UnreadableRow;
use central_logger_workflows::{
    Document, DocumentKind, Listing, WorkflowStore, WorkflowStoreError, Write,
};
use rusqlite::{OptionalExtension, Row, Transaction};
use time::OffsetDateTime;

/// Workflows of clients, in the SQLite file of their logs.
#[derive(Debug)]
pub struct SqliteWorkflows {
    pub(crate) file: File,
}

#[async_trait]
impl WorkflowStore for SqliteWorkflows {
    async fn find(
        &self,
        client: &ClientId,
        kind: DocumentKind,
        key: &str,
    ) -> Result<Option<Document>, WorkflowStoreError> {
        let (client, key) = (client.clone(), key.to_owned());
        let found = self.file.read(move |connection| {
            let sql = "SELECT key, revision, body FROM workflow_documents
                       WHERE client_id = ?1 AND kind = ?2 AND key = ?3";
            let mut select = connection.prepare_cached(sql)?;
            let parameters = (client.as_str(), kind.as_str(), key);
            Ok(select.query_row(parameters, document).optional()?)
        });
        Ok(found.await?)
    }

    async fn list(
        &self,
        client: &ClientId,
        kind: DocumentKind,
        listing: &Listing,
    ) -> Result<Vec<Document>, WorkflowStoreError> {
        let (behind, order) = match listing.is_descending {
            true => ("<", "DESC"),
            false => (">", "ASC"),
        };
        let sql = format!(
            "SELECT key, revision, body FROM workflow_documents
             WHERE client_id = ?1 AND kind = ?2 AND (?3 IS NULL OR key {behind} ?3)
             ORDER BY key {order} LIMIT ?4"
        );
        let (client, listing) = (client.clone(), listing.clone());
        let found = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let limit = i64::try_from(listing.limit).unwrap_or(i64::MAX);
            let parameters = (client.as_str(), kind.as_str(), listing.after, limit);
            let rows = select.query_map(parameters, document)?;
            Ok(rows.collect::<Result<_, _>>()?)
        });
        Ok(found.await?)
    }

    async fn count(
        &self,
        client: &ClientId,
        kind: DocumentKind,
    ) -> Result<u64, WorkflowStoreError> {
        let client = client.clone();
        let counted = self.file.read(move |connection| {
            let sql = "SELECT count(*) FROM workflow_documents WHERE client_id = ?1 AND kind = ?2";
            let mut select = connection.prepare_cached(sql)?;
            let count: i64 =
                select.query_row((client.as_str(), kind.as_str()), |row| row.get(0))?;
            Ok(u64::try_from(count).unwrap_or(0))
        });
        Ok(counted.await?)
    }

    async fn due(
        &self,
        kind: DocumentKind,
        until: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<(ClientId, String)>, WorkflowStoreError> {
        let found = self.file.read(move |connection| {
            let sql = "SELECT client_id, key FROM workflow_documents
                       WHERE kind = ?1 AND due_at <= ?2 ORDER BY due_at, client_id, key LIMIT ?3";
            let mut select = connection.prepare_cached(sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut rows = select.query((kind.as_str(), unix_ms(until), limit))?;
            let mut due = Vec::new();
            while let Some(row) = rows.next()? {
                due.push((client(row)?, row.get(1)?));
            }
            Ok(due)
        });
        Ok(found.await?)
    }

    async fn clients(
        &self,
        kind: DocumentKind,
        after: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<ClientId>, WorkflowStoreError> {
        let after = after.map_or_else(String::new, ToString::to_string);
        let found = self.file.read(move |connection| {
            let sql = "SELECT DISTINCT client_id FROM workflow_documents
                       WHERE kind = ?1 AND client_id > ?2 ORDER BY client_id LIMIT ?3";
            let mut select = connection.prepare_cached(sql)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut rows = select.query((kind.as_str(), after, limit))?;
            let mut clients = Vec::new();
            while let Some(row) = rows.next()? {
                clients.push(client(row)?);
            }
            Ok(clients)
        });
        Ok(found.await?)
    }

    async fn owner_of_link(&self, key: &str) -> Result<Option<ClientId>, WorkflowStoreError> {
        let key = key.to_owned();
        let found = self.file.read(move |connection| {
            let sql = "SELECT client_id FROM workflow_documents
                       WHERE kind = 'status_link' AND key = ?1";
            let mut select = connection.prepare_cached(sql)?;
            let mut rows = select.query([key])?;
            rows.next()?.map(client).transpose()
        });
        Ok(found.await?)
    }

    async fn commit(
        &self,
        client: &ClientId,
        writes: &[Write],
    ) -> Result<bool, WorkflowStoreError> {
        let (client, writes) = (client.clone(), writes.to_vec());
        let committed = self.file.write(move |transaction| {
            for write in &writes {
                if revision(transaction, &client, write)? != write.expected {
                    return Ok(false);
                }
            }
            for change in &writes {
                write(transaction, &client, change)?;
            }
            Ok(true)
        });
        Ok(committed.await?)
    }

    async fn forget(&self, client: &ClientId) -> Result<(), WorkflowStoreError> {
        let client = client.clone();
        let forgotten = self
            .file
            .write_in_need(move |transaction| forget(transaction, &client));
        Ok(forgotten.await?)
    }

    async fn follower(&self) -> Result<Option<Document>, WorkflowStoreError> {
        let found = self.file.read(|connection| {
            let sql = "SELECT '', revision, body FROM workflow_follower";
            let mut select = connection.prepare_cached(sql)?;
            Ok(select.query_row([], document).optional()?)
        });
        Ok(found.await?)
    }

    async fn set_follower(
        &self,
        expected: Option<i64>,
        body: &str,
    ) -> Result<bool, WorkflowStoreError> {
        let body = body.to_owned();
        let noted = self.file.write(move |transaction| {
            let noted = match expected {
                None => {
                    let sql = "INSERT OR IGNORE INTO workflow_follower VALUES (1, 1, ?1)";
                    transaction.execute(sql, [body])?
                }
                Some(revision) => {
                    let sql = "UPDATE workflow_follower SET revision = revision + 1, body = ?2
                               WHERE revision = ?1";
                    transaction.execute(sql, (revision, body))?
                }
            };
            Ok(noted > 0)
        });
        Ok(noted.await?)
    }
}

/// Deletes all that is kept of the workflows of a client.
pub(crate) fn forget(transaction: &Transaction<'_>, client: &ClientId) -> Result<(), FileError> {
    let sql = "DELETE FROM workflow_documents WHERE client_id = ?1 AND kind <> 'mapping'";
    transaction.execute(sql, [client.as_str()])?;
    Ok(())
}

fn revision(
    transaction: &Transaction<'_>,
    client: &ClientId,
    write: &Write,
) -> Result<Option<i64>, FileError> {
    let sql = "SELECT revision FROM workflow_documents
               WHERE client_id = ?1 AND kind = ?2 AND key = ?3";
    let mut select = transaction.prepare_cached(sql)?;
    let parameters = (client.as_str(), write.kind.as_str(), &write.key);
    Ok(select.query_row(parameters, |row| row.get(0)).optional()?)
}

/// A document that is made anew has another revision than one that was deleted.
fn write(transaction: &Transaction<'_>, client: &ClientId, write: &Write) -> Result<(), FileError> {
    let (client, kind, key) = (client.as_str(), write.kind.as_str(), &write.key);
    let Some(content) = &write.content else {
        let sql = "DELETE FROM workflow_documents WHERE client_id = ?1 AND kind = ?2 AND key = ?3";
        transaction
            .prepare_cached(sql)?
            .execute((client, kind, key))?;
        return Ok(());
    };
    let sql = "INSERT INTO workflow_documents (client_id, kind, key, body, due_at, revision)
               VALUES (?1, ?2, ?3, ?4, ?5, abs(random() % 1000000000000))
               ON CONFLICT DO UPDATE SET
                   body = excluded.body, due_at = excluded.due_at, revision = revision + 1";
    let due_at = content.due_at.map(unix_ms);
    transaction
        .prepare_cached(sql)?
        .execute((client, kind, key, &content.body, due_at))?;
    Ok(())
}

fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document {
        key: row.get(0)?,
        revision: row.get(1)?,
        body: row.get(2)?,
    })
}

fn client(row: &Row<'_>) -> Result<ClientId, FileError> {
    let text: String = row.get(0)?;
    let client = text.parse();
    Ok(client.map_err(|error| UnreadableRow::new("a workflow", error))?)
}
