//! Events that are sent again when the first is in a block.
//!
//! An event is stored as a row first, which waits for anyone who is sealing a row of it. Only then, in a later
//! statement and so in a later state of the database, the blocks are looked at, and the row is taken out again
//! when one of them has the event.

use crate::blocks::Seen;
use central_logger_block_store::{self as block_store, OpenBlocks};
use central_logger_keys::ClientId;
use central_logger_log_store::LogId;
use central_logger_postgres_database::{Database, IN_INDEX_ORDER, Roles, StatementError};
use deadpool_postgres::Transaction;
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// Ids of events by client.
pub(crate) type Events<'a> = BTreeMap<&'a ClientId, BTreeSet<LogId>>;

/// Returns those of `events` that are stored already, while nobody else stores any. Rows are looked at before blocks,
/// lest one is missed that moves from there to here. The transaction has another role afterwards.
pub(crate) async fn find<'a>(
    database: &Database,
    opened: &OpenBlocks,
    transaction: &Transaction<'_>,
    events: &Events<'a>,
) -> Result<Events<'a>, StatementError> {
    let mut known = Events::new();
    for (client, ids) in events {
        let narrow = narrow(database, client);
        // Sent in this order, before anything is waited for.
        let (narrowed, in_rows, in_blocks) = tokio::join!(
            biased;
            transaction.batch_execute(&narrow),
            find_rows(transaction, client, ids),
            async {
                let seen = Seen {
                    transaction,
                    client,
                    opened,
                };
                block_store::events(&seen, client, ids).await
            },
        );
        narrowed?;
        let mut found = in_rows?;
        found.extend(in_blocks?);
        known.insert(client, found);
    }
    Ok(known)
}

async fn find_rows(
    transaction: &Transaction<'_>,
    client: &ClientId,
    ids: &BTreeSet<LogId>,
) -> Result<BTreeSet<LogId>, StatementError> {
    let ids: Vec<_> = ids.iter().map(|id| *id.as_uuid()).collect();
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
        return Ok(BTreeSet::new());
    };
    let sql = "SELECT id FROM workflow_logs
               WHERE client_id = $1 AND id = ANY ($2) AND id >= $3 AND id <= $4";
    let select = transaction.prepare_cached(sql).await?;
    let parameters: [&(dyn ToSql + Sync); 4] = [&client.as_str(), &ids, first, last];
    let rows = transaction.query(&select, &parameters).await?;
    let found = rows.iter().map(|row| Ok(row.try_get::<_, Uuid>(0)?.into()));
    found.collect()
}

/// Returns the statements that take the role that sees this client's logs and no others, and that keep to the indexes:
/// tables of rows and blocks grow and are emptied faster than their statistics follow.
fn narrow(database: &Database, client: &ClientId) -> String {
    let role = database.take(Roles::reader);
    // A client id has no character that would end the literal.
    format!("{role}{IN_INDEX_ORDER} SET LOCAL app.client_id = '{client}'")
}

/// Takes out those of `events` that the transaction has stored and a block has already. The transaction has
/// another role afterwards.
pub(crate) async fn take_out(
    database: &Database,
    opened: &OpenBlocks,
    transaction: &Transaction<'_>,
    events: &Events<'_>,
) -> Result<(), StatementError> {
    for (client, ids) in events {
        let narrow = narrow(database, client);
        let seen = Seen {
            transaction,
            client,
            opened,
        };
        // Sent in this order, before anything is waited for.
        let (narrowed, sealed) = tokio::join!(
            biased;
            transaction.batch_execute(&narrow),
            block_store::events(&seen, client, ids),
        );
        narrowed?;
        let sealed = sealed?;
        if !sealed.is_empty() {
            take_out_rows(database, transaction, client, &sealed).await?;
        }
    }
    Ok(())
}

async fn take_out_rows(
    database: &Database,
    transaction: &Transaction<'_>,
    client: &ClientId,
    sealed: &BTreeSet<LogId>,
) -> Result<(), StatementError> {
    let ids: Vec<_> = sealed.iter().map(|id| *id.as_uuid()).collect();
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
        return Ok(());
    };
    transaction
        .batch_execute(&database.take(Roles::keeper))
        .await?;
    // What another transaction has stored is not this one's to take out.
    let sql = "DELETE FROM workflow_logs
               WHERE client_id = $1 AND id = ANY ($2) AND id >= $3 AND id <= $4
                 AND stored_by = pg_current_xact_id()";
    let delete = transaction.prepare_cached(sql).await?;
    let parameters: [&(dyn ToSql + Sync); 4] = [&client.as_str(), &ids, first, last];
    transaction.execute(&delete, &parameters).await?;
    Ok(())
}
