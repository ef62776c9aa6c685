use crate::{Cell, Ending, RawError, Record, Table};
use async_trait::async_trait;
use time::OffsetDateTime;

/// What a database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The move into it that has not ended, if there is one.
    pub mark: Option<String>,
    /// The identity of its keys.
    pub identity: String,
    /// The servers whose leases have not ended.
    pub holders: Vec<String>,
    /// Whether its schema is the one that [`tables`](crate::tables) describe.
    pub is_known: bool,
}

/// Rows that are read at a time.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The table.
    pub table: &'a Table,
    /// The client, of tables that are read client by client.
    pub client: Option<&'a str>,
    /// Behind which row they come, in an order of the database's own.
    pub after: Option<&'a [Cell]>,
    /// The most that are returned.
    pub most: usize,
}

/// The tables of a database that was migrated, as they are.
#[async_trait]
pub trait RawTables: Send {
    /// Looks at the database, at `now`.
    ///
    /// # Errors
    /// As each of these: when the database does not answer or refuses.
    async fn look(&mut self, now: OffsetDateTime) -> Result<Look, RawError>;

    /// Sees one state of the database, until [`release`](Self::release).
    async fn snapshot(&mut self) -> Result<(), RawError>;

    /// Sees all that was committed again.
    async fn release(&mut self) -> Result<(), RawError>;

    /// Returns how many rows a table has, within a snapshot.
    async fn count(&mut self, table: &Table) -> Result<u64, RawError>;

    /// Returns the clients of a table, in any order, within a snapshot.
    async fn clients(&mut self, table: &Table) -> Result<Vec<String>, RawError>;

    /// Returns the place of the last row, within a snapshot.
    async fn last(
        &mut self,
        table: &Table,
        client: Option<&str>,
    ) -> Result<Option<Vec<Cell>>, RawError>;

    /// Returns rows, within a snapshot: as many as were asked for, or all that are left.
    async fn read(&mut self, part: &Part<'_>) -> Result<Vec<Record>, RawError>;

    /// Closes the database to all programs, and empties some tables.
    async fn begin(&mut self, mark: &str, cleared: &[Table]) -> Result<(), RawError>;

    /// Adds rows, all of one client where a table is read so, durably; those that are there are left as they are.
    async fn write(&mut self, table: &Table, records: &[Record]) -> Result<(), RawError>;

    /// Returns the position behind all that is visible now, as the store of logs knows it.
    async fn position(&mut self) -> Result<String, RawError>;

    /// Puts in its place what comes at the end, and opens the database again.
    async fn finish(&mut self, ending: &Ending) -> Result<(), RawError>;
}
