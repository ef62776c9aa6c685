use crate::{
    error::{StatementError, or_log},
    keys::parse_named,
};
use central_logger_key_store::settings::{ClientSettings, SettingChange};
use central_logger_keys::ClientId;
use deadpool_postgres::Transaction;
use tokio_postgres::{
    Client,
    types::{ToSql, Type},
};

/// Stands for all clients that have no term of their own.
const ALL: &str = "";

/// In one round trip.
pub(crate) async fn read(client: &Client) -> Result<ClientSettings, StatementError> {
    let sql = "SELECT client_id, keep FROM retention";
    let mut retention = ClientSettings::default();
    for row in client.query_typed(sql, &[]).await? {
        let (id, keep): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        let Some(client_id) = or_log(parse_named(id, id)) else {
            continue;
        };
        let value = Some(keep.to_owned());
        retention.apply(&SettingChange { client_id, value });
    }
    Ok(retention)
}

pub(crate) async fn set(
    transaction: &Transaction<'_>,
    SettingChange { client_id, value }: &SettingChange,
) -> Result<(), StatementError> {
    let client = client_id.as_ref().map_or(ALL, ClientId::as_str);
    let Some(keep) = value else {
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
