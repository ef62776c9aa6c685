use crate::{Cell, Kind};
use std::ops::Range;

/// A column that both kinds of databases have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// Where a table lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// With the keys.
    Keys,
    /// With the logs, and of no client.
    Logs,
    /// With the logs, behind row-level security.
    LogsOfClients,
}

/// A table, or a part of one, as it is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Where it lies.
    pub home: Home,
    /// Its columns, those of the primary key first.
    pub columns: &'static [Column],
    /// How many columns the key has.
    pub key: usize,
    /// Whether it is read client by client, since the key begins with one.
    pub is_by_client: bool,
    /// How many of the last columns lie in `log_block_contents`.
    pub contents: usize,
    /// The rows that are meant, as a condition in SQL; empty: all.
    pub only: &'static str,
    /// How many rows are held at a time, at most.
    pub most: usize,
}

impl Table {
    /// The columns by which rows are ordered, beside the client.
    pub fn order(&self) -> Range<usize> {
        usize::from(self.is_by_client)..self.key
    }

    /// Returns what is behind this row in the order of the table.
    pub(crate) fn place_of(&self, record: &[Cell]) -> Vec<Cell> {
        record.get(self.order()).unwrap_or_default().to_vec()
    }

    /// Whether every database orders its rows alike, so that what is missing lies behind the last one that is there.
    pub(crate) fn has_one_order(&self) -> bool {
        let columns = self.columns.get(self.order()).unwrap_or_default();
        columns
            .iter()
            .all(|column| matches!(column.kind, Kind::Integer | Kind::Uuid))
    }

    /// The columns that lie in the table itself.
    pub fn own(&self) -> &'static [Column] {
        let own = self.columns.len() - self.contents;
        self.columns.split_at(own).0
    }

    /// The columns that lie in `log_block_contents`.
    pub fn in_contents(&self) -> &'static [Column] {
        let own = self.columns.len() - self.contents;
        self.columns.split_at(own).1
    }
}
