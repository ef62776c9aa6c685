use std::{error::Error, fmt, path::PathBuf};

/// What went wrong at a database.
pub type RawError = Box<dyn Error + Send + Sync>;

/// One of both databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// From which all is read.
    Source,
    /// Into which all is written.
    Target,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}

/// Error returned when a database is not moved. No message repeats its URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MoveError {
    /// There is nothing to move.
    #[error("there is no database to move: {} does not exist", .0.display())]
    NoSource(PathBuf),
    /// Both are the same.
    #[error("the source and the target are the same database")]
    Same,
    /// Servers are at work.
    #[error("servers work with the {side}: stop them first: {}", .holders.join(", "))]
    Running {
        /// Where.
        side: Side,
        /// Their names.
        holders: Vec<String>,
    },
    /// Migrations are missing.
    #[error(
        "the schema of the {0} is not up to date: run `central-logger-admin migrate` there first"
    )]
    Outdated(Side),
    /// There are tables or columns that this program does not know.
    #[error("the {0} has another schema than this version moves: use the version that has made it")]
    UnknownSchema(Side),
    /// Something would be mixed.
    #[error("the target holds other keys or logs: name a database that is new or empty")]
    OtherStore,
    /// Another move into the target has begun.
    #[error("a move from another database into this target was interrupted: name a new target")]
    OtherMove,
    /// What was copied is not all of it any more.
    #[error("the source has changed since the move began: stop its servers, and name a new target")]
    SourceChanged,
    /// What was compared is not the same.
    #[error(
        "{table} is not the same in both: {source_rows} rows in the source, {target_rows} in the target; name a new target"
    )]
    Differs {
        /// The table.
        table: &'static str,
        /// How many rows it has in the source.
        source_rows: u64,
        /// How many it has in the target.
        target_rows: u64,
    },
    /// Some blocks have lost their contents.
    #[error("{table} of the {side} has {rows} rows, and {read} can be read")]
    Incomplete {
        /// The table.
        table: &'static str,
        /// Where.
        side: Side,
        /// How many there are.
        rows: u64,
        /// How many of them are whole.
        read: u64,
    },
    /// A table cannot be read or written.
    #[error("{table} of the {side} cannot be moved")]
    Table {
        /// The table.
        table: &'static str,
        /// Where.
        side: Side,
        /// Why.
        #[source]
        source: RawError,
    },
    /// The database does not do what it is told.
    #[error("the {side} cannot be used")]
    Database {
        /// Which one.
        side: Side,
        /// Why.
        #[source]
        source: RawError,
    },
}

impl MoveError {
    /// Something went wrong with a whole database.
    pub fn of(side: Side) -> impl Fn(RawError) -> Self {
        move |source| Self::Database { side, source }
    }

    pub(crate) fn at(side: Side, table: &'static str) -> impl Fn(RawError) -> Self {
        move |source| Self::Table {
            table,
            side,
            source,
        }
    }
}
