use crate::{error::FileError, row::SqliteRow};
use central_logger_key_store::settings::{ClientSettings, SettingChange};
use central_logger_sql_rows::retention;
use rusqlite::{Connection, Transaction};

pub(crate) fn read(connection: &Connection) -> Result<ClientSettings, FileError> {
    let sql = format!("SELECT {} FROM retention", retention::COLUMNS);
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query([])?;
    let mut all = ClientSettings::default();
    while let Some(row) = rows.next()? {
        retention::read(&mut all, &SqliteRow(row))?;
    }
    Ok(all)
}

pub(crate) fn set(transaction: &Transaction<'_>, change: &SettingChange) -> Result<(), FileError> {
    let (client, keep) = retention::values(change);
    match keep {
        Some(keep) => {
            let sql = "INSERT OR REPLACE INTO retention (client_id, keep) VALUES (?1, ?2)";
            transaction.execute(sql, (client, keep))?
        }
        None => transaction.execute("DELETE FROM retention WHERE client_id = ?1", [client])?,
    };
    Ok(())
}
