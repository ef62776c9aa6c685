use crate::{
    error::{StatementError, or_log},
    keys::{parse, parse_named},
};
use central_logger_key_store::retention::{Keep, Retention, RetentionChange};
use central_logger_keys::ClientId;
use deadpool_postgres::Transaction;
use tokio_postgres::{
    Client,
    types::{ToSql, Type},
};

/// Stands for all clients that have no term of their own.
const ALL: &str = "";

/// In one round trip.
pub(crate) async fn read(client: &Client) -> Result<Retention, StatementError> {
    let sql = "SELECT client_id, keep FROM retention";
    let mut retention = Retention::default();
    for row in client.query_typed(sql, &[]).await? {
        let (id, keep): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        // Nothing is removed by a term that cannot be read.
        let keep = or_log(parse(id, keep)).unwrap_or(Keep::Forever);
        let Some(client_id) = or_log(parse_named(id, id)) else {
            continue;
        };
        let keep = Some(keep);
        retention.apply(&RetentionChange { client_id, keep });
    }
    Ok(retention)
}

pub(crate) async fn set(
    transaction: &Transaction<'_>,
    RetentionChange { client_id, keep }: &RetentionChange,
) -> Result<(), StatementError> {
    let client = client_id.as_ref().map_or(ALL, ClientId::as_str);
    let Some(keep) = keep.as_ref().map(Keep::to_string) else {
        let sql = "DELETE FROM retention WHERE client_id = $1";
        transaction
            .query_typed(sql, &[(&client, Type::TEXT)])
            .await?;
        return Ok(());
    };
    let sql = "INSERT INTO retention (client_id, keep) VALUES ($1, $2)
               ON CONFLICT (client_id) DO UPDATE SET keep = excluded.keep";
    let values: [(&(dyn ToSql + Sync), Type); 2] = [(&client, Type::TEXT), (&keep, Type::TEXT)];
    transaction.query_typed(sql, &values).await?;
    Ok(())
}
