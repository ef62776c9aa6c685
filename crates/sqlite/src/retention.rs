use crate::{
    error::{FileError, or_log},
    keys::parse_named,
};
use central_logger_key_store::settings::{ClientSettings, SettingChange};
use central_logger_keys::ClientId;
use rusqlite::{Connection, Transaction};

/// Stands for all clients that have no term of their own.
const ALL: &str = "";

pub(crate) fn read(connection: &Connection) -> Result<ClientSettings, FileError> {
    let mut select = connection.prepare_cached("SELECT client_id, keep FROM retention")?;
    let mut rows = select.query([])?;
    let mut retention = ClientSettings::default();
    while let Some(row) = rows.next()? {
        let (id, keep): (String, String) = (row.get(0)?, row.get(1)?);
        let Some(client_id) = or_log(parse_named(&id, &id)) else {
            continue;
        };
        let value = Some(keep);
        retention.apply(&SettingChange { client_id, value });
    }
    Ok(retention)
}

pub(crate) fn set(
    transaction: &Transaction<'_>,
    SettingChange { client_id, value }: &SettingChange,
) -> Result<(), FileError> {
    let client = client_id.as_ref().map_or(ALL, ClientId::as_str);
    match value {
        Some(keep) => {
            let sql = "INSERT OR REPLACE INTO retention (client_id, keep) VALUES (?1, ?2)";
            transaction.execute(sql, (client, keep))?
        }
        None => transaction.execute("DELETE FROM retention WHERE client_id = ?1", [client])?,
    };
    Ok(())
}
