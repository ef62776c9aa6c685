//! Columns and tables in few words.

use crate::{Column, Home, Kind, Table};

pub(crate) const fn text(name: &'static str) -> Column {
    let kind = Kind::Text;
    Column { name, kind }
}

pub(crate) const fn integer(name: &'static str) -> Column {
    let kind = Kind::Integer;
    Column { name, kind }
}

pub(crate) const fn flag(name: &'static str) -> Column {
    let kind = Kind::Flag;
    Column { name, kind }
}

pub(crate) const fn bytes(name: &'static str) -> Column {
    let kind = Kind::Bytes;
    Column { name, kind }
}

pub(crate) const fn time(name: &'static str) -> Column {
    let kind = Kind::Time;
    Column { name, kind }
}

pub(crate) const fn uuid(name: &'static str) -> Column {
    let kind = Kind::Uuid;
    Column { name, kind }
}

pub(crate) const fn names(name: &'static str) -> Column {
    let kind = Kind::Names;
    Column { name, kind }
}

/// A table whose key is its first column.
pub(crate) const fn table(name: &'static str, home: Home, columns: &'static [Column]) -> Table {
    Table {
        name,
        home,
        columns,
        key: 1,
        is_by_client: false,
        contents: 0,
        only: "",
        most: 1000,
    }
}

pub(crate) const fn of_keys(name: &'static str, columns: &'static [Column]) -> Table {
    table(name, Home::Keys, columns)
}

pub(crate) const fn of_clients(
    name: &'static str,
    key: usize,
    columns: &'static [Column],
) -> Table {
    let table = table(name, Home::LogsOfClients, columns);
    Table {
        key,
        is_by_client: true,
        ..table
    }
}
