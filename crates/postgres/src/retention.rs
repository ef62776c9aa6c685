use central_logger_key_store::settings::{ClientSettings, SettingChange};
use central_logger_postgres_database::{PgRow, StatementError};
use central_logger_sql_rows::retention;
use deadpool_postgres::Transaction;
use tokio_postgres::{
    Client,
    types::{ToSql, Type},
};

/// In one round trip.
pub(crate) async fn read(client: &Client) -> Result<ClientSettings, StatementError> {
    let sql = format!("SELECT {} FROM retention", retention::COLUMNS);
    let mut all = ClientSettings::default();
    for row in client.query_typed(&sql, &[]).await? {
        retention::read(&mut all, &PgRow(&row))?;
    }
    Ok(all)
}

pub(crate) async fn set(
    transaction: &Transaction<'_>,
    change: &SettingChange,
) -> Result<(), StatementError> {
    let (client, keep) = retention::values(change);
    let Some(keep) = keep else {
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
