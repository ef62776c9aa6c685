//! Changes of documents, each when the document is as it was read.

use central_logger_keys::ClientId;
use central_logger_postgres_database::StatementError;
use central_logger_workflows::Write;
use deadpool_postgres::Transaction;
use futures_util::future::join_all;
use tokio_postgres::{Statement, types::ToSql};

/// A document that is made anew has another revision than one that was deleted.
const INSERT: &str = "
    INSERT INTO workflow_documents (client_id, kind, key, body, due_at, revision)
    VALUES ($1, $2, $3, $4, $5, (random() * 1e15)::bigint) ON CONFLICT DO NOTHING";

const UPDATE: &str = "
    UPDATE workflow_documents SET body = $4, due_at = $5, revision = revision + 1
    WHERE client_id = $1 AND kind = $2 AND key = $3 AND revision = $6";

const DELETE: &str = "
    DELETE FROM workflow_documents WHERE client_id = $1 AND kind = $2 AND key = $3 AND revision = $4";

/// Makes changes in this order, and returns whether each document was as it was read: otherwise what was made has to
/// be undone.
pub(super) async fn write_all(
    transaction: &Transaction<'_>,
    client: &ClientId,
    writes: &[&Write],
) -> Result<bool, StatementError> {
    let mut prepared = Vec::with_capacity(writes.len());
    for write in writes {
        let sql = match (&write.content, write.expected) {
            (Some(_), None) => INSERT,
            (Some(_), Some(_)) => UPDATE,
            (None, Some(_)) => DELETE,
            // What nobody has read cannot be taken away.
            (None, None) => return Ok(false),
        };
        prepared.push((*write, transaction.prepare_cached(sql).await?));
    }
    // All is sent before anything is waited for.
    let made = prepared.iter();
    let made = made.map(|(write, statement)| make(transaction, client, write, statement));
    let mut are_all_made = true;
    for is_made in join_all(made).await {
        are_all_made &= is_made?;
    }
    Ok(are_all_made)
}

async fn make(
    transaction: &Transaction<'_>,
    client: &ClientId,
    write: &Write,
    statement: &Statement,
) -> Result<bool, StatementError> {
    let (client, kind, key) = (client.as_str(), write.kind.as_str(), write.key.as_str());
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&client, &kind, &key];
    if let Some(content) = &write.content {
        parameters.push(&content.body);
        parameters.push(&content.due_at);
    }
    if let Some(expected) = &write.expected {
        parameters.push(expected);
    }
    Ok(transaction.execute(statement, &parameters).await? > 0)
}
