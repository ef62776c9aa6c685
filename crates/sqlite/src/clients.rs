use crate::{
    error::FileError,
    row::{SqliteRow, params},
};
use central_logger_client_records::{ClientBook, ClientChange, ClientRecord};
use central_logger_key_store::KeyStoreError;
use central_logger_keys::ClientId;
use central_logger_sql_rows::{
    clients::{self, Unreadable},
    quotas,
};
use rusqlite::{Connection, OptionalExtension, Transaction};

pub(crate) fn read(
    connection: &Connection,
    one: Option<&ClientId>,
) -> Result<ClientBook, FileError> {
    let (mut book, unreadable) = (ClientBook::default(), Unreadable::of(one));
    let one = one.map(ClientId::as_str);
    let condition = "?1 IS NULL OR client_id IN ('', ?1)";
    let sql = format!("SELECT {} FROM clients WHERE {condition}", clients::COLUMNS);
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query([one])?;
    while let Some(row) = rows.next()? {
        clients::read(&mut book, &SqliteRow(row), unreadable)?;
    }
    let columns = quotas::COLUMNS;
    let sql = format!("SELECT {columns} FROM client_quotas WHERE {condition}");
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query([one])?;
    while let Some(row) = rows.next()? {
        clients::read_quota(&mut book, &SqliteRow(row), unreadable)?;
    }
    Ok(book)
}

pub(crate) fn change(
    transaction: &Transaction<'_>,
    change: &ClientChange,
) -> Result<(), FileError> {
    match change {
        ClientChange::Put(record) => put(transaction, record)?,
        ClientChange::PolicyOfAll(policy) => {
            let sql = "UPDATE clients SET policy = ?1 WHERE client_id = ''";
            transaction.execute(sql, [policy.to_string()])?;
        }
        ClientChange::Remove(client) => {
            for table in ["clients", "client_quotas"] {
                let sql = format!("DELETE FROM {table} WHERE client_id = ?1");
                transaction.execute(&sql, [client.as_str()])?;
            }
        }
    }
    Ok(())
}

fn put(transaction: &Transaction<'_>, record: &ClientRecord) -> Result<(), FileError> {
    let sql = "SELECT client_id FROM clients WHERE external_id = ?1 AND client_id <> ?2";
    let values = (record.external_id.as_deref(), record.id.as_str());
    let other = transaction.query_row(sql, values, |row| row.get::<_, String>(0));
    if let Some(other) = other.optional()? {
        let other = other.parse().unwrap_or_else(|_| record.id.clone());
        return Err(FileError::Rejected(KeyStoreError::ExternalIdExists(other)));
    }
    let sql = format!(
        "INSERT OR REPLACE INTO clients ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        clients::COLUMNS
    );
    transaction.execute(&sql, params(clients::values(record)))?;
    Ok(())
}
