//! Changes of documents, each when the document is as it was read.

use central_logger_keys::ClientId;
use central_logger_postgres_database::StatementError;
use central_logger_workflows::Write;
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;

/// A document that is made anew has another revision than one that was deleted.
const INSERT: &str = "
    INSERT INTO workflow_documents (client_id, kind, key, body, due_at, revision)
    VALUES ($1, $2, $3, $4, $5, (random() * 1e15)::bigint) ON CONFLICT DO NOTHING";

const UPDATE: &str = "
    UPDATE workflow_documents SET body = $4, due_at = $5, revision = revision + 1
    WHERE client_id = $1 AND kind = $2 AND key = $3 AND revision = $6";

const DELETE: &str = "
    DELETE FROM workflow_documents WHERE client_id = $1 AND kind = $2 AND key = $3 AND revision = $4";

/// Returns whether the document was as it was read.
pub(super) async fn write(
    transaction: &Transaction<'_>,
    client: &ClientId,
    write: &Write,
) -> Result<bool, StatementError> {
    let (client, kind, key) = (client.as_str(), write.kind.as_str(), write.key.as_str());
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&client, &kind, &key];
    let sql = match (&write.content, &write.expected) {
        (Some(content), None) => {
            parameters.extend([&content.body as &(dyn ToSql + Sync), &content.due_at]);
            INSERT
        }
        (Some(content), Some(expected)) => {
            parameters.extend([&content.body as &(dyn ToSql + Sync), &content.due_at]);
            parameters.push(expected);
            UPDATE
        }
        (None, Some(expected)) => {
            parameters.push(expected);
            DELETE
        }
        // What nobody has read cannot be taken away.
        (None, None) => return Ok(false),
    };
    let statement = transaction.prepare_cached(sql).await?;
    Ok(transaction.execute(&statement, &parameters).await? > 0)
}
