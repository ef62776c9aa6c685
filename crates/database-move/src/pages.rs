//! Reading tables part by part.

use crate::{Cell, MoveError, Part, RawTables, Record, Side, Table, digest::TableDigest};

/// How many bytes are held at a time, about.
const ENOUGH: usize = 4 << 20;
/// How many rows are read first, before it is known how long they are.
const FIRST: usize = 16;

/// Returns the clients of a table in the order of their ids, or one scope for all of it.
pub(crate) async fn scopes(
    database: &mut dyn RawTables,
    side: Side,
    table: &Table,
) -> Result<Vec<Option<String>>, MoveError> {
    if !table.is_by_client {
        return Ok(vec![None]);
    }
    let clients = database.clients(table).await;
    let mut clients = clients.map_err(MoveError::at(side, table.name))?;
    clients.sort_unstable();
    Ok(clients.into_iter().map(Some).collect())
}

pub(crate) async fn digest(
    database: &mut dyn RawTables,
    side: Side,
    table: &Table,
) -> Result<TableDigest, MoveError> {
    let mut digest = TableDigest::default();
    for client in scopes(database, side, table).await? {
        let mut pages = Pages::new(table, client.as_deref(), None);
        while let Some(records) = pages.next(database, side).await? {
            records.iter().for_each(|record| digest.add(record));
        }
    }
    Ok(digest)
}

/// Reads a table that fits into the memory.
pub(crate) async fn read_all(
    database: &mut dyn RawTables,
    side: Side,
    table: &Table,
) -> Result<Vec<Record>, MoveError> {
    let mut all = Vec::new();
    for client in scopes(database, side, table).await? {
        let mut pages = Pages::new(table, client.as_deref(), None);
        while let Some(records) = pages.next(database, side).await? {
            all.extend(records);
        }
    }
    Ok(all)
}

/// Reads a table in parts of about the same length.
pub(crate) struct Pages<'a> {
    table: &'a Table,
    client: Option<&'a str>,
    after: Option<Vec<Cell>>,
    most: usize,
    is_done: bool,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(table: &'a Table, client: Option<&'a str>, after: Option<Vec<Cell>>) -> Self {
        Self {
            table,
            client,
            after,
            most: FIRST.min(table.most),
            is_done: false,
        }
    }

    pub(crate) async fn next(
        &mut self,
        database: &mut dyn RawTables,
        side: Side,
    ) -> Result<Option<Vec<Record>>, MoveError> {
        if self.is_done {
            return Ok(None);
        }
        let part = Part {
            table: self.table,
            client: self.client,
            after: self.after.as_deref(),
            most: self.most,
        };
        let records = database.read(&part).await;
        let records = records.map_err(MoveError::at(side, self.table.name))?;
        self.is_done = records.len() < self.most;
        let Some(last) = records.last() else {
            return Ok(None);
        };
        self.after = Some(self.table.place_of(last));
        let cells = records.iter().flatten();
        let bytes: usize = cells.map(Cell::weight).sum();
        let each = bytes.div_ceil(records.len()).max(1);
        self.most = (ENOUGH / each).clamp(1, self.table.most);
        Ok(Some(records))
    }
}
