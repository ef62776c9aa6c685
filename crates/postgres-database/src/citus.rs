//! Logs distributed over several machines by the extension Citus, by client.
//!
//! Keys are few and stay where they are, on the coordinator.

use crate::{
    error::StatementError,
    schema_change::{Attempts, Patience},
};
use deadpool_postgres::{GenericClient, Object, Transaction};

/// The tables of logs. Those of one client lie together, on one machine.
const TABLES: [(&str, &str); 6] = [
    ("workflow_logs", "none"),
    ("idempotency_keys", "workflow_logs"),
    ("log_arrivals", "workflow_logs"),
    ("log_blocks", "workflow_logs"),
    ("log_block_contents", "workflow_logs"),
    ("workflow_documents", "workflow_logs"),
];

/// Distributes the tables that are not distributed yet, where there is Citus, and returns their names.
pub(crate) async fn distribute(
    client: &mut Object,
) -> Result<Option<Vec<&'static str>>, StatementError> {
    let mut attempts = Attempts::new(Patience::LONG);
    loop {
        let transaction = attempts.begin(client).await?;
        let tables = distribute_missing(&transaction).await;
        if let Some(tables) = attempts.end(transaction, tables).await? {
            return Ok(tables);
        }
    }
}

/// Rows that are there already are moved, which takes its time.
async fn distribute_missing(
    transaction: &Transaction<'_>,
) -> Result<Option<Vec<&'static str>>, StatementError> {
    let Some(held) = distributed(transaction).await? else {
        return Ok(None);
    };
    let missing = TABLES
        .iter()
        .filter(|(table, _)| !held.contains(&(*table).to_owned()));
    let mut tables = Vec::new();
    for (table, beside) in missing {
        let distribute =
            "SELECT create_distributed_table($1::text::regclass, 'client_id', colocate_with => $2)";
        transaction.execute(distribute, &[table, beside]).await?;
        tables.push(*table);
    }
    Ok(Some(tables))
}

/// The tables of this schema that Citus has distributed, where there is Citus.
pub(crate) async fn distributed(
    client: &impl GenericClient,
) -> Result<Option<Vec<String>>, StatementError> {
    let has_citus = "SELECT to_regclass('pg_dist_partition') IS NOT NULL
                        AND to_regproc('create_distributed_table') IS NOT NULL";
    if !client
        .query_one(has_citus, &[])
        .await?
        .try_get::<_, bool>(0)?
    {
        return Ok(None);
    }
    let held = "SELECT relname::text FROM pg_dist_partition
                JOIN pg_catalog.pg_class ON pg_class.oid = logicalrelid
                WHERE pg_catalog.pg_table_is_visible(pg_class.oid)";
    let rows = client.query(held, &[]).await?;
    let names: Result<_, _> = rows.iter().map(|row| row.try_get(0)).collect();
    Ok(Some(names?))
}
