use central_logger_client_records::{ClientBook, ClientChange, ClientRecord};
use central_logger_key_store::KeyStoreError;
use central_logger_keys::ClientId;
use central_logger_postgres_database::{Params, PgRow, StatementError};
use central_logger_sql_rows::{
    clients::{self, Unreadable},
    quotas,
};
use deadpool_postgres::Transaction;
use tokio_postgres::{
    Client,
    types::{ToSql, Type},
};

pub(crate) async fn read(
    client: &Client,
    one: Option<&ClientId>,
) -> Result<ClientBook, StatementError> {
    let (mut book, unreadable) = (ClientBook::default(), Unreadable::of(one));
    let one = one.map(ClientId::as_str);
    let condition = "$1::text IS NULL OR client_id IN ('', $1)";
    let values: [(&(dyn ToSql + Sync), Type); 1] = [(&one, Type::TEXT)];
    let sql = format!("SELECT {} FROM clients WHERE {condition}", clients::COLUMNS);
    for row in client.query_typed(&sql, &values).await? {
        clients::read(&mut book, &PgRow(&row), unreadable)?;
    }
    let columns = quotas::COLUMNS;
    let sql = format!("SELECT {columns} FROM client_quotas WHERE {condition}");
    for row in client.query_typed(&sql, &values).await? {
        clients::read_quota(&mut book, &PgRow(&row), unreadable)?;
    }
    Ok(book)
}

pub(crate) async fn change(
    transaction: &Transaction<'_>,
    change: &ClientChange,
) -> Result<(), StatementError> {
    match change {
        ClientChange::Put(record) => put(transaction, record).await,
        ClientChange::PolicyOfAll(policy) => {
            let sql = "UPDATE clients SET policy = $1 WHERE client_id = ''";
            let values: [(&(dyn ToSql + Sync), Type); 1] = [(&policy.to_string(), Type::TEXT)];
            transaction.query_typed(sql, &values).await?;
            Ok(())
        }
        ClientChange::Remove(client) => {
            let client: [(&(dyn ToSql + Sync), Type); 1] = [(&client.as_str(), Type::TEXT)];
            for table in ["clients", "client_quotas"] {
                let sql = format!("DELETE FROM {table} WHERE client_id = $1");
                transaction.query_typed(&sql, &client).await?;
            }
            Ok(())
        }
    }
}

async fn put(transaction: &Transaction<'_>, record: &ClientRecord) -> Result<(), StatementError> {
    // No other change is under way: each one locks the end of the trail first.
    let sql = "SELECT client_id FROM clients WHERE external_id = $1 AND client_id <> $2";
    let (external_id, id) = (record.external_id.as_deref(), record.id.as_str());
    let other = transaction.query_opt(sql, &[&external_id, &id]).await?;
    if let Some(row) = other {
        let other: ClientId = row
            .try_get::<_, &str>(0)?
            .parse()
            .unwrap_or_else(|_| record.id.clone());
        let error = KeyStoreError::ExternalIdExists(other);
        return Err(StatementError::Rejected(error));
    }
    let sql = format!(
        "INSERT INTO clients ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (client_id) DO UPDATE
         SET name = excluded.name, external_id = excluded.external_id, mail = excluded.mail,
             policy = excluded.policy, created_at = excluded.created_at,
             deliver = excluded.deliver, mail_scopes = excluded.mail_scopes,
             deliver_template = excluded.deliver_template",
        clients::COLUMNS
    );
    let values = Params::new(clients::values(record));
    transaction.query_typed(&sql, &values.typed()).await?;
    Ok(())
}
