//! The tables in PostgreSQL.
//!
//! The login owns the tables, and row-level security holds for it too. So it takes the role that may see the rows of all
//! clients to read, and the one that may add them to write, each for one client where that is required.

mod sql;
mod values;

use crate::{
    Cell, Ending, Home, Kind, Look, Part, RawError, RawTables, Record, Table, tables::PLACES,
};
use async_trait::async_trait;
use central_logger_postgres_database::{
    HISTORY, IN_INDEX_ORDER, OpenError, Roles, StatementError, Unchecked, need_programs_with_blocks,
};
use central_logger_sql_rows::migrations::MOVING;
use central_logger_times::{Clock, SystemClock};
use sql::{insert_sql, last_sql, only, select_sql};
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};
use tokio_postgres::types::ToSql;
use uuid::Uuid;
use values::{Given, Param, read_row, time_of};

/// The version of the schema that [`tables`](crate::tables) describe.
const VERSION: i32 = 26;
/// How old and how far ahead entries may be whose months get partitions of their own: all others are few, and lie
/// together.
const PAST: Duration = Duration::days(5 * 366);
const AHEAD: Duration = Duration::days(92);
/// What every transaction of a move begins with: it may take long, and waits for the other database.
const SETTINGS: &str = "SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL citus.propagate_set_commands = 'local';";
const LOGIN: &str = "RESET ROLE";

/// A database on a connection of its own.
pub struct PostgresTables {
    database: Unchecked,
    /// The statements by which this transaction has become who it is.
    is: String,
    is_in_index_order: bool,
    /// Months that have a partition.
    months: BTreeSet<(i32, u8)>,
}

impl PostgresTables {
    /// Connects to `url`, as the owner of the tables.
    ///
    /// # Errors
    /// When the URL cannot be understood, or the server does not let us in.
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        Ok(Self {
            database: Unchecked::connect(url).await?,
            is: LOGIN.to_owned(),
            is_in_index_order: false,
            months: BTreeSet::new(),
        })
    }

    async fn start(&mut self, begin: &str) -> Result<(), StatementError> {
        let rls = match self.database.roles() {
            Some(_) => "",
            // An error, and not an empty table, when somebody has enabled it.
            None => "SET LOCAL row_security = off;",
        };
        let begin = format!("{begin}; {SETTINGS} {rls}");
        self.database.batch_execute(&begin).await?;
        LOGIN.clone_into(&mut self.is);
        self.is_in_index_order = false;
        Ok(())
    }

    async fn start_writing(&mut self) -> Result<(), StatementError> {
        self.start(
            "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE;
             SET LOCAL central_logger.is_change = 'yes'",
        )
        .await
    }

    async fn end(&mut self, how: &str) -> Result<(), StatementError> {
        Ok(self.database.batch_execute(how).await?)
    }

    /// Becomes who may see or write a table.
    async fn take(
        &mut self,
        table: &Table,
        client: Option<&str>,
        role: impl Fn(&Roles) -> String,
    ) -> Result<(), StatementError> {
        let wanted = match self.database.roles() {
            Some(roles) if table.home == Home::LogsOfClients => {
                let client = client.unwrap_or_default().replace('\'', "''");
                format!(
                    "SET LOCAL ROLE {}; SET LOCAL app.client_id = '{client}'",
                    role(roles)
                )
            }
            _ => LOGIN.to_owned(),
        };
        if wanted != self.is {
            self.database.batch_execute(&wanted).await?;
            self.is = wanted;
        }
        Ok(())
    }

    async fn see(&mut self, table: &Table, client: Option<&str>) -> Result<(), StatementError> {
        self.take(table, client, Roles::keeper).await
    }

    async fn insert(&self, table: &str, given: &[Given<'_>]) -> Result<(), StatementError> {
        let columns: Vec<_> = given.iter().map(|given| (given.name, given.kind)).collect();
        let sql = insert_sql(table, &columns);
        let insert = self.database.prepare_cached(&sql).await?;
        let values = given
            .iter()
            .map(|given| &given.cells as &(dyn ToSql + Sync));
        let values: Vec<_> = values.collect();
        self.database.execute(&insert, &values).await?;
        Ok(())
    }

    async fn insert_all(&self, table: &Table, records: &[Record]) -> Result<(), StatementError> {
        if records.is_empty() {
            return Ok(());
        }
        let numbers: Vec<_> = records
            .iter()
            .map(|_| Cell::Uuid(*Uuid::new_v4().as_bytes()))
            .collect();
        let mut given: Vec<_> = table
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| Given {
                name: column.name,
                kind: column.kind,
                cells: records
                    .iter()
                    .filter_map(|record| record.get(place).map(Param))
                    .collect(),
            })
            .collect();
        if table.contents > 0 {
            let contents = given.split_off(table.own().len());
            // Blocks get numbers of this database's own.
            given.push(Given {
                name: "number",
                kind: Kind::Uuid,
                cells: numbers.iter().map(Param).collect(),
            });
            let key = ["client_id", "first_id", "number"];
            let key = given.iter().filter(|given| key.contains(&given.name));
            let contents: Vec<_> = key.cloned().chain(contents).collect();
            self.insert("log_block_contents", &contents).await?;
        }
        self.insert(table.name, &given).await
    }

    /// Makes the partitions that rows go to.
    async fn make_months(&mut self, records: &[Record]) -> Result<(), RawError> {
        let now = SystemClock.now();
        for record in records {
            // An id begins with its time.
            let Some(Cell::Uuid(id)) = record.get(1) else {
                continue;
            };
            let ms = id
                .iter()
                .take(6)
                .fold(0, |ms, byte| (ms << 8) | i64::from(*byte));
            let Ok(time) = time_of(ms) else { continue };
            let month = (time.year(), u8::from(time.month()));
            let is_usual = (now - PAST..now + AHEAD).contains(&time);
            if is_usual && self.months.insert(month) {
                self.database.make_month_of(time).await?;
            }
        }
        Ok(())
    }

    async fn look_at(&mut self) -> Result<Look, StatementError> {
        let database = &self.database;
        let marked = i32::try_from(MOVING).unwrap_or(i32::MAX);
        let sql = format!("SELECT name FROM {HISTORY} WHERE version = $1");
        let mark = database.query_opt(&sql, &[&marked]).await?;
        let sql = format!("SELECT coalesce(max(version), 0) FROM {HISTORY} WHERE version < $1");
        let version: i32 = database.query_one(&sql, &[&marked]).await?.try_get(0)?;
        let identity = "SELECT id FROM store_identity";
        let identity = database.query_one(identity, &[]).await?;
        let holders =
            "SELECT holder FROM server_lease WHERE expires_at > clock_timestamp() ORDER BY holder";
        let holders = database.query(holders, &[]).await?;
        let holders = holders.iter().map(|row| row.try_get(0));
        Ok(Look {
            mark: mark.map(|row| row.try_get(0)).transpose()?,
            identity: identity.try_get(0)?,
            holders: holders.collect::<Result<_, _>>()?,
            is_known: version == VERSION,
        })
    }

    async fn try_count(&mut self, table: &Table) -> Result<u64, StatementError> {
        self.see(table, None).await?;
        let sql = format!("SELECT count(*) FROM {}{}", table.name, only(table));
        let count: i64 = self.database.query_one(&sql, &[]).await?.try_get(0)?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn try_clients(&mut self, table: &Table) -> Result<Vec<String>, StatementError> {
        self.see(table, None).await?;
        self.go_in_index_order().await?;
        // From one to the next, past all rows between.
        let next = |condition: &str| {
            format!(
                "SELECT client_id FROM {} {condition} ORDER BY client_id LIMIT 1",
                table.name
            )
        };
        let mut found = self.database.query_opt(&next(""), &[]).await?;
        let behind = next("WHERE client_id > $1");
        let behind = self.database.prepare_cached(&behind).await?;
        let mut clients: Vec<String> = Vec::new();
        while let Some(row) = found {
            let client: String = row.try_get(0)?;
            found = self.database.query_opt(&behind, &[&client]).await?;
            clients.push(client);
        }
        Ok(clients)
    }

    async fn go_in_index_order(&mut self) -> Result<(), StatementError> {
        if !self.is_in_index_order {
            // The contents of blocks too, one by one.
            let settings = format!(
                "{IN_INDEX_ORDER} SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
            );
            self.database.batch_execute(&settings).await?;
            self.is_in_index_order = true;
        }
        Ok(())
    }

    async fn try_last(
        &mut self,
        table: &Table,
        client: Option<&str>,
    ) -> Result<Option<Vec<Cell>>, StatementError> {
        self.see(table, client).await?;
        let columns = table.columns.get(table.order()).unwrap_or_default();
        let sql = last_sql(table, columns, client.is_some());
        let client = client.as_ref().map(|client| client as &(dyn ToSql + Sync));
        let values: Vec<_> = client.into_iter().collect();
        let row = self.database.query_opt(&sql, &values).await?;
        row.map(|row| read_row(&row, columns)).transpose()
    }

    async fn try_read(&mut self, part: &Part<'_>) -> Result<Vec<Record>, StatementError> {
        let table = part.table;
        self.see(table, part.client).await?;
        if table.is_by_client {
            self.go_in_index_order().await?;
        }
        let select = self.database.prepare_cached(&select_sql(part)).await?;
        let after: Vec<_> = part.after.unwrap_or_default().iter().map(Param).collect();
        let most = i64::try_from(part.most).unwrap_or(i64::MAX);
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&most];
        if let Some(client) = &part.client {
            values.push(client);
        }
        values.extend(after.iter().map(|value| value as &(dyn ToSql + Sync)));
        let rows = self.database.query(&select, &values).await?;
        rows.iter()
            .map(|row| read_row(row, table.columns))
            .collect()
    }

    async fn try_begin(&mut self, mark: &str, cleared: &[Table]) -> Result<(), StatementError> {
        self.start_writing().await?;
        for table in cleared {
            let sql = format!("DELETE FROM {}", table.name);
            self.database.execute(&sql, &[]).await?;
        }
        let marked = i32::try_from(MOVING).unwrap_or(i32::MAX);
        let sql =
            format!("INSERT INTO {HISTORY} (version, name, compatible_from) VALUES ($1, $2, $1)");
        self.database.execute(&sql, &[&marked, &mark]).await?;
        self.end("COMMIT").await
    }

    async fn try_write(&mut self, table: &Table, records: &[Record]) -> Result<(), StatementError> {
        self.start_writing().await?;
        let client = records.first().and_then(|record| match record.first() {
            Some(Cell::Text(client)) => Some(&**client),
            _ => None,
        });
        self.take(table, client, Roles::writer).await?;
        self.insert_all(table, records).await?;
        self.end("COMMIT").await
    }

    async fn try_finish(&mut self, ending: &Ending) -> Result<(), StatementError> {
        self.start_writing().await?;
        for (table, records) in &ending.replaced {
            let sql = format!("DELETE FROM {}", table.name);
            self.database.execute(&sql, &[]).await?;
            self.insert_all(table, records).await?;
        }
        self.take(&PLACES, None, Roles::writer).await?;
        self.insert_all(&PLACES, &ending.places).await?;
        let arrival = "INSERT INTO log_arrivals (client_id, xid, oldest, ids, events)
                       VALUES ($1, pg_current_xact_id(), pg_snapshot_xmin(pg_current_snapshot()), $2, '')";
        for (client, ids) in &ending.unfollowed {
            self.database.execute(arrival, &[client, ids]).await?;
        }
        self.database.batch_execute(LOGIN).await?;
        let marked = i32::try_from(MOVING).unwrap_or(i32::MAX);
        let open = format!("DELETE FROM {HISTORY} WHERE version = $1");
        self.database.execute(&open, &[&marked]).await?;
        if ending.has_blocks {
            // No server is left that would have to be waited for.
            need_programs_with_blocks(&*self.database).await?;
        }
        self.end("COMMIT").await
    }
}

#[async_trait]
impl RawTables for PostgresTables {
    /// By the clock of the database.
    async fn look(&mut self, _: OffsetDateTime) -> Result<Look, RawError> {
        Ok(self.look_at().await?)
    }

    async fn snapshot(&mut self) -> Result<(), RawError> {
        Ok(self
            .start("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .await?)
    }

    async fn release(&mut self) -> Result<(), RawError> {
        Ok(self.end("ROLLBACK").await?)
    }

    async fn count(&mut self, table: &Table) -> Result<u64, RawError> {
        Ok(self.try_count(table).await?)
    }

    async fn clients(&mut self, table: &Table) -> Result<Vec<String>, RawError> {
        Ok(self.try_clients(table).await?)
    }

    async fn last(
        &mut self,
        table: &Table,
        client: Option<&str>,
    ) -> Result<Option<Vec<Cell>>, RawError> {
        Ok(self.try_last(table, client).await?)
    }

    async fn read(&mut self, part: &Part<'_>) -> Result<Vec<Record>, RawError> {
        Ok(self.try_read(part).await?)
    }

    async fn begin(&mut self, mark: &str, cleared: &[Table]) -> Result<(), RawError> {
        match self.try_begin(mark, cleared).await {
            Err(error) if error.is_forbidden() => Err(StatementError::NotOwner {
                source: Box::new(error),
            }
            .into()),
            begun => Ok(begun?),
        }
    }

    async fn write(&mut self, table: &Table, records: &[Record]) -> Result<(), RawError> {
        if ["workflow_logs", "log_blocks"].contains(&table.name) {
            self.make_months(records).await?;
        }
        Ok(self.try_write(table, records).await?)
    }

    async fn position(&mut self) -> Result<String, RawError> {
        let sql = "SELECT pg_current_snapshot()::text";
        let row = self.database.query_one(sql, &[]).await;
        let row = row.map_err(StatementError::from)?;
        Ok(row.try_get(0).map_err(StatementError::from)?)
    }

    async fn finish(&mut self, ending: &Ending) -> Result<(), RawError> {
        Ok(self.try_finish(ending).await?)
    }
}
