//! The tables in files of SQLite.

mod sql;
mod values;

use crate::{
    Cell, Column, Ending, Home, Look, Part, RawError, RawTables, Record, Table, tables::PLACES,
};
use async_trait::async_trait;
use central_logger_sql_rows::migrations::MOVING;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params_from_iter,
};
use sql::{only, select_sql};
use std::{path::Path, time::Duration};
use time::OffsetDateTime;
use values::{Param, record};

/// The versions of both schemas that [`tables`](crate::tables) describe.
const KEYS: u32 = 19;
const LOGS: u32 = 7;
/// How long to wait for another program that is writing.
const PATIENCE: Duration = Duration::from_secs(5);

/// The file of keys and the file of logs.
#[derive(Debug)]
pub struct SqliteTables {
    keys: Connection,
    logs: Connection,
}

impl SqliteTables {
    /// Opens both files, which are there.
    ///
    /// # Errors
    /// When one of them cannot be opened.
    pub fn open(keys: &Path, logs: &Path) -> Result<Self, RawError> {
        Ok(Self {
            keys: open(keys)?,
            logs: open(logs)?,
        })
    }

    fn file(&self, home: Home) -> &Connection {
        match home {
            Home::Keys => &self.keys,
            Home::Logs | Home::LogsOfClients => &self.logs,
        }
    }

    fn file_to_write(&mut self, home: Home) -> &mut Connection {
        match home {
            Home::Keys => &mut self.keys,
            Home::Logs | Home::LogsOfClients => &mut self.logs,
        }
    }

    fn on_both(&self, sql: &str) -> Result<(), RawError> {
        for file in [&self.keys, &self.logs] {
            file.execute_batch(sql)?;
        }
        Ok(())
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    // As servers open it: to read a log of writes, SQLite has to write beside it.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

/// SQLite works within the process, so nothing here waits.
#[async_trait]
impl RawTables for SqliteTables {
    async fn look(&mut self, now: OffsetDateTime) -> Result<Look, RawError> {
        let mark = "SELECT name FROM schema_migrations WHERE version = ?1";
        let mark = self.keys.query_row(mark, [MOVING], |row| row.get(0));
        let identity = "SELECT id FROM store_identity";
        let identity = self.keys.query_row(identity, [], |row| row.get(0))?;
        let holders = "SELECT holder FROM server_lease WHERE expires_at > ?1 ORDER BY holder";
        let mut holders = self.keys.prepare(holders)?;
        let now = now.unix_timestamp().saturating_mul(1000);
        let holders = holders.query_map([now], |row| row.get(0))?;
        Ok(Look {
            mark: mark.optional()?,
            identity,
            holders: holders.collect::<Result<_, _>>()?,
            is_known: version(&self.keys)? == KEYS && version(&self.logs)? == LOGS,
        })
    }

    async fn snapshot(&mut self) -> Result<(), RawError> {
        self.on_both("BEGIN; SELECT count(*) FROM sqlite_schema")
    }

    async fn release(&mut self) -> Result<(), RawError> {
        self.on_both("ROLLBACK")
    }

    async fn count(&mut self, table: &Table) -> Result<u64, RawError> {
        let sql = format!("SELECT count(*) FROM {}{}", table.name, only(table));
        let count: i64 = self
            .file(table.home)
            .query_row(&sql, [], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn clients(&mut self, table: &Table) -> Result<Vec<String>, RawError> {
        // From one to the next, past all rows between.
        let next = |condition| {
            format!(
                "SELECT client_id FROM {} {condition} ORDER BY client_id LIMIT 1",
                table.name
            )
        };
        let (first, behind) = (next(""), next("WHERE client_id > ?1"));
        let file = self.file(table.home);
        let get = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        let mut found = file.query_row(&first, [], get).optional()?;
        let (mut select, mut clients) = (file.prepare(&behind)?, Vec::new());
        while let Some(client) = found {
            found = select.query_row([&client], get).optional()?;
            clients.push(client);
        }
        Ok(clients)
    }

    async fn last(
        &mut self,
        table: &Table,
        client: Option<&str>,
    ) -> Result<Option<Vec<Cell>>, RawError> {
        let columns = table.columns.get(table.order()).unwrap_or_default();
        let names = columns.iter().map(|column| column.name);
        let descending = columns.iter().map(|column| format!("{} DESC", column.name));
        let sql = format!(
            "SELECT {} FROM {}{} ORDER BY {} LIMIT 1",
            names.collect::<Vec<_>>().join(", "),
            table.name,
            client.map_or("", |_| " WHERE client_id = ?1"),
            descending.collect::<Vec<_>>().join(", "),
        );
        let mut select = self.file(table.home).prepare(&sql)?;
        let mut rows = select.query(params_from_iter(client))?;
        let row = rows.next()?;
        row.map(|row| record(row, columns)).transpose()
    }

    async fn read(&mut self, part: &Part<'_>) -> Result<Vec<Record>, RawError> {
        let table = part.table;
        let sql = select_sql(part);
        let mut select = self.file(table.home).prepare_cached(&sql)?;
        let client = part.client.map(|client| Cell::Text(client.to_owned()));
        let values = client.iter().chain(part.after.unwrap_or_default());
        let mut rows = select.query(params_from_iter(values.map(Param)))?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            records.push(record(row, table.columns)?);
        }
        Ok(records)
    }

    async fn begin(&mut self, mark: &str, cleared: &[Table]) -> Result<(), RawError> {
        for table in cleared.iter().filter(|table| table.home != Home::Keys) {
            let sql = format!("DELETE FROM {}", table.name);
            self.logs.execute(&sql, [])?;
        }
        let keys = Transaction::new(&mut self.keys, TransactionBehavior::Immediate)?;
        for table in cleared.iter().filter(|table| table.home == Home::Keys) {
            keys.execute(&format!("DELETE FROM {}", table.name), [])?;
        }
        let sql =
            "INSERT INTO schema_migrations (version, name, compatible_from) VALUES (?1, ?2, ?1)";
        keys.execute(sql, (MOVING, mark))?;
        Ok(keys.commit()?)
    }

    async fn write(&mut self, table: &Table, records: &[Record]) -> Result<(), RawError> {
        let file = self.file_to_write(table.home);
        let transaction = Transaction::new(file, TransactionBehavior::Immediate)?;
        match table.contents {
            0 => insert(&transaction, table, records)?,
            _ => insert_blocks(&transaction, table, records)?,
        }
        Ok(transaction.commit()?)
    }

    async fn position(&mut self) -> Result<String, RawError> {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'log_arrivals'";
        let last = self.logs.query_row(sql, [], |row| row.get::<_, i64>(0));
        Ok(last.optional()?.unwrap_or(0).to_string())
    }

    async fn finish(&mut self, ending: &Ending) -> Result<(), RawError> {
        // The logs first: what opens the database again is with the keys.
        let logs = Transaction::new(&mut self.logs, TransactionBehavior::Immediate)?;
        // Of an attempt that was interrupted.
        let unfinished = format!(
            "DELETE FROM log_arrivals; DELETE FROM {} WHERE {}",
            PLACES.name, PLACES.only
        );
        logs.execute_batch(&unfinished)?;
        replace(&logs, ending, |home| home != Home::Keys)?;
        insert(&logs, &PLACES, &ending.places)?;
        for (client, ids) in &ending.unfollowed {
            let sql = "INSERT INTO log_arrivals (client_id, ids) VALUES (?1, ?2)";
            logs.execute(sql, (client, ids))?;
        }
        if ending.has_blocks {
            let older_programs_stop = "
                UPDATE schema_migrations SET compatible_from = max(compatible_from, (
                    SELECT version FROM schema_migrations WHERE name = 'logs/0004_log_blocks'))
                WHERE version = (SELECT max(version) FROM schema_migrations)";
            logs.execute(older_programs_stop, [])?;
        }
        logs.commit()?;
        let keys = Transaction::new(&mut self.keys, TransactionBehavior::Immediate)?;
        replace(&keys, ending, |home| home == Home::Keys)?;
        let open = "DELETE FROM schema_migrations WHERE version = ?1";
        keys.execute(open, [MOVING])?;
        Ok(keys.commit()?)
    }
}

/// Without the mark of a move.
fn version(file: &Connection) -> rusqlite::Result<u32> {
    let sql = "SELECT coalesce(max(version), 0) FROM schema_migrations WHERE version < ?1";
    file.query_row(sql, [MOVING], |row| row.get(0))
}

/// Writes rows of a table whose columns are all its own.
fn insert(
    transaction: &Transaction<'_>,
    table: &Table,
    records: &[Record],
) -> Result<(), RawError> {
    let columns: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let sql = format!(
        "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING",
        table.name,
        columns.join(", "),
        vec!["?"; columns.len()].join(", ")
    );
    let mut insert = transaction.prepare_cached(&sql)?;
    for record in records {
        insert.execute(params_from_iter(record.iter().map(Param)))?;
    }
    Ok(())
}

/// Writes blocks, of which none is there yet, under numbers of this file's own.
fn insert_blocks(
    transaction: &Transaction<'_>,
    table: &Table,
    records: &[Record],
) -> Result<(), RawError> {
    let (own, contents) = (table.own(), table.in_contents());
    let list = |columns: &[Column]| {
        let names: Vec<_> = columns.iter().map(|column| column.name).collect();
        names.join(", ")
    };
    let sql = format!(
        "INSERT INTO log_block_contents (client_id, {}) VALUES ({})",
        list(contents),
        vec!["?"; contents.len() + 1].join(", ")
    );
    let mut insert_contents = transaction.prepare_cached(&sql)?;
    let sql = format!(
        "INSERT INTO {} (number, {}) VALUES ({})",
        table.name,
        list(own),
        vec!["?"; own.len() + 1].join(", ")
    );
    let mut insert = transaction.prepare_cached(&sql)?;
    for record in records {
        let (own, contents) = record.split_at(own.len());
        let client = own.iter().take(1);
        insert_contents.execute(params_from_iter(client.chain(contents).map(Param)))?;
        let number = Cell::Integer(transaction.last_insert_rowid());
        insert.execute(params_from_iter(
            [&number].into_iter().chain(own).map(Param),
        ))?;
    }
    Ok(())
}

fn replace(
    transaction: &Transaction<'_>,
    ending: &Ending,
    is_here: impl Fn(Home) -> bool,
) -> Result<(), RawError> {
    for (table, records) in ending
        .replaced
        .iter()
        .filter(|(table, _)| is_here(table.home))
    {
        transaction.execute(&format!("DELETE FROM {}", table.name), [])?;
        insert(transaction, table, records)?;
    }
    Ok(())
}
