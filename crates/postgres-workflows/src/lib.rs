#![doc = include_str!("../README.md")]

mod writing;

use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_postgres_database::{Database, READ_LIMIT, Roles, StatementError};
use central_logger_sql_rows::UnreadableRow;
use central_logger_workflows::{
    Document, DocumentKind, Listing, WorkflowStore, WorkflowStoreError, Write,
};
use deadpool_postgres::Transaction;
use std::sync::Arc;
use time::OffsetDateTime;
use tokio_postgres::Row;

/// Workflows in PostgreSQL.
#[derive(Debug)]
pub struct PostgresWorkflows {
    database: Arc<Database>,
}

impl PostgresWorkflows {
    /// The workflows of `database`.
    pub fn new(database: Arc<Database>) -> Self {
        Self { database }
    }

    /// Does `work` in the role that sees the documents of all clients, and commits it when it is true.
    async fn as_writer<T>(
        &self,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<(bool, T), StatementError>,
    ) -> Result<T, StatementError> {
        self.database
            .run(async |connection| {
                let transaction = connection.transaction().await?;
                let role = self.database.take(Roles::writer);
                let begin = format!(
                    "SET LOCAL citus.propagate_set_commands = 'local'; {role}
                     SET LOCAL synchronous_commit = on"
                );
                // Sent in this order, before anything is waited for.
                let (begun, done) = tokio::join!(
                    biased;
                    transaction.batch_execute(&begin),
                    work(&transaction),
                );
                begun?;
                let (is_kept, done) = done?;
                if is_kept {
                    transaction.commit().await?;
                }
                Ok(done)
            })
            .await
    }
}

#[async_trait]
impl WorkflowStore for PostgresWorkflows {
    async fn find(
        &self,
        client: &ClientId,
        kind: DocumentKind,
        key: &str,
    ) -> Result<Option<Document>, WorkflowStoreError> {
        let sql = "SELECT key, revision, body FROM workflow_documents
                   WHERE client_id = $1 AND kind = $2 AND key = $3";
        let found = self
            .database
            .read_logs(client, READ_LIMIT, async |transaction| {
                let select = transaction.prepare_cached(sql).await?;
                let row = transaction
                    .query_opt(&select, &[&client.as_str(), &kind.as_str(), &key])
                    .await?;
                row.as_ref().map(document).transpose()
            });
        Ok(found.await?)
    }

    async fn find_many(
        &self,
        client: &ClientId,
        kinds: &[DocumentKind],
        keys: &[String],
    ) -> Result<Vec<(DocumentKind, Document)>, WorkflowStoreError> {
        let sql = "SELECT key, revision, body, kind FROM workflow_documents
                   WHERE client_id = $1 AND kind = ANY($2) AND key = ANY($3)";
        let names: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
        let found = self
            .database
            .read_logs(client, READ_LIMIT, async |transaction| {
                let select = transaction.prepare_cached(sql).await?;
                let rows = transaction
                    .query(&select, &[&client.as_str(), &names, &keys])
                    .await?;
                let mut found = Vec::with_capacity(rows.len());
                for row in &rows {
                    let name: &str = row.try_get(3)?;
                    // There are no others than those that were asked for.
                    let kind = kinds.iter().find(|kind| kind.as_str() == name);
                    found.extend(kind.copied().zip(Some(document(row)?)));
                }
                Ok(found)
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
             WHERE client_id = $1 AND kind = $2 AND ($3::text IS NULL OR key {behind} $3)
             ORDER BY key {order} LIMIT $4"
        );
        let limit = i64::try_from(listing.limit).unwrap_or(i64::MAX);
        let found = self
            .database
            .read_logs(client, READ_LIMIT, async |transaction| {
                let select = transaction.prepare_cached(&sql).await?;
                let (client, kind) = (client.as_str(), kind.as_str());
                let rows = transaction
                    .query(&select, &[&client, &kind, &listing.after, &limit])
                    .await?;
                rows.iter().map(document).collect()
            });
        Ok(found.await?)
    }

    async fn count(
        &self,
        client: &ClientId,
        kind: DocumentKind,
    ) -> Result<u64, WorkflowStoreError> {
        let sql = "SELECT count(*) FROM workflow_documents WHERE client_id = $1 AND kind = $2";
        let counted = self
            .database
            .read_logs(client, READ_LIMIT, async |transaction| {
                let select = transaction.prepare_cached(sql).await?;
                let row = transaction
                    .query_one(&select, &[&client.as_str(), &kind.as_str()])
                    .await?;
                Ok(u64::try_from(row.try_get::<_, i64>(0)?).unwrap_or(0))
            });
        Ok(counted.await?)
    }

    async fn due(
        &self,
        kind: DocumentKind,
        until: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<(ClientId, String)>, WorkflowStoreError> {
        let sql = "SELECT client_id, key FROM workflow_documents
                   WHERE kind = $1 AND due_at <= $2 ORDER BY due_at, client_id, key LIMIT $3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.as_writer(async |transaction| {
            let select = transaction.prepare_cached(sql).await?;
            let rows = transaction
                .query(&select, &[&kind.as_str(), &until, &limit])
                .await?;
            let due = rows.iter().map(|row| Ok((client(row)?, row.try_get(1)?)));
            Ok((false, due.collect::<Result<_, StatementError>>()?))
        });
        Ok(found.await?)
    }

    async fn clients(
        &self,
        kind: DocumentKind,
        after: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<ClientId>, WorkflowStoreError> {
        let sql = "SELECT DISTINCT client_id COLLATE \"C\" FROM workflow_documents
                   WHERE kind = $1 AND client_id COLLATE \"C\" > $2 ORDER BY 1 LIMIT $3";
        let after = after.map_or("", ClientId::as_str);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.as_writer(async |transaction| {
            let select = transaction.prepare_cached(sql).await?;
            let rows = transaction
                .query(&select, &[&kind.as_str(), &after, &limit])
                .await?;
            let clients = rows.iter().map(client);
            Ok((false, clients.collect::<Result<_, StatementError>>()?))
        });
        Ok(found.await?)
    }

    async fn owner_of_link(&self, key: &str) -> Result<Option<ClientId>, WorkflowStoreError> {
        let sql = "SELECT client_id FROM workflow_documents
                   WHERE kind = 'status_link' AND key = $1";
        let found = self.as_writer(async |transaction| {
            let select = transaction.prepare_cached(sql).await?;
            let row = transaction.query_opt(&select, &[&key]).await?;
            Ok((false, row.as_ref().map(client).transpose()?))
        });
        Ok(found.await?)
    }

    async fn commit(
        &self,
        client: &ClientId,
        writes: &[Write],
    ) -> Result<bool, WorkflowStoreError> {
        // In one order, so that servers never wait for each other in turn.
        let mut writes: Vec<_> = writes.iter().collect();
        writes.sort_by_key(|write| (write.kind, &write.key));
        let committed = self.as_writer(async |transaction| {
            let are_made = writing::write_all(transaction, client, &writes).await?;
            Ok((are_made, are_made))
        });
        Ok(committed.await?)
    }

    async fn forget(&self, client: &ClientId) -> Result<(), WorkflowStoreError> {
        let sql = "DELETE FROM workflow_documents WHERE client_id = $1 AND kind <> 'mapping'";
        let forgotten = self.as_writer(async |transaction| {
            transaction.execute(sql, &[&client.as_str()]).await?;
            Ok((true, ()))
        });
        Ok(forgotten.await?)
    }

    async fn follower(&self) -> Result<Option<Document>, WorkflowStoreError> {
        let found = self.database.run(async |connection| {
            let sql = "SELECT '', revision, body FROM workflow_follower";
            let select = connection.prepare_cached(sql).await?;
            let row = connection.query_opt(&select, &[]).await?;
            row.as_ref().map(document).transpose()
        });
        Ok(found.await?)
    }

    async fn set_follower(
        &self,
        expected: Option<i64>,
        body: &str,
    ) -> Result<bool, WorkflowStoreError> {
        let noted = self.database.run(async |connection| {
            let noted = match expected {
                None => {
                    let sql = "INSERT INTO workflow_follower VALUES (1, 1, $1)
                               ON CONFLICT DO NOTHING";
                    connection.execute(sql, &[&body]).await?
                }
                Some(revision) => {
                    let sql = "UPDATE workflow_follower SET revision = revision + 1, body = $2
                               WHERE revision = $1";
                    let update = connection.prepare_cached(sql).await?;
                    connection.execute(&update, &[&revision, &body]).await?
                }
            };
            Ok(noted > 0)
        });
        Ok(noted.await?)
    }
}

fn document(row: &Row) -> Result<Document, StatementError> {
    Ok(Document {
        key: row.try_get(0)?,
        revision: row.try_get(1)?,
        body: row.try_get(2)?,
    })
}

fn client(row: &Row) -> Result<ClientId, StatementError> {
    let text: &str = row.try_get(0)?;
    let client = text.parse();
    client.map_err(|error| UnreadableRow::new("a workflow", error).into())
}
