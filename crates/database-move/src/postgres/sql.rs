//! Statements, made of the description of a table.

use crate::{Column, Kind, Part, Table};

/// The type of a parameter, and of what is read.
fn type_of(kind: Kind) -> &'static str {
    match kind {
        // Sets of names are written as JSON.
        Kind::Text | Kind::Names => "text",
        Kind::Integer => "bigint",
        Kind::Flag => "boolean",
        Kind::Bytes => "bytea",
        Kind::Time => "timestamptz",
        Kind::Uuid => "uuid",
    }
}

pub(super) fn only(table: &Table) -> String {
    match table.only {
        "" => String::new(),
        only => format!(" WHERE {only}"),
    }
}

/// Reads rows. The parameters are how many, then the client, then the place behind which they come.
pub(super) fn select_sql(part: &Part<'_>) -> String {
    let table = part.table;
    let read = |of: &str, column: &Column| match column.kind {
        // Numbers have several lengths.
        Kind::Integer => format!("{of}.{}::bigint", column.name),
        _ => format!("{of}.{}", column.name),
    };
    let own = table.own().iter().map(|column| read("t", column));
    let contents = table.in_contents().iter();
    let contents = contents.map(|column| read("c", column));
    let columns: Vec<_> = own.chain(contents).collect();
    let order = table.columns.get(table.order()).unwrap_or_default();
    let names: Vec<_> = order
        .iter()
        .map(|column| format!("t.{}", column.name))
        .collect();
    let names = names.join(", ");
    let mut conditions = Vec::new();
    let mut first = 2;
    if part.client.is_some() {
        conditions.push("t.client_id = $2".to_owned());
        first += 1;
    }
    if part.after.is_some() {
        let places = (first..).zip(order);
        let places = places.map(|(number, column)| format!("${number}::{}", type_of(column.kind)));
        let places: Vec<_> = places.collect();
        conditions.push(format!("({names}) > ({})", places.join(", ")));
    }
    if !table.only.is_empty() {
        conditions.push(table.only.to_owned());
    }
    let conditions = match conditions.is_empty() {
        true => String::new(),
        false => format!(" WHERE {}", conditions.join(" AND ")),
    };
    let join = match table.contents {
        0 => "",
        _ => {
            " JOIN log_block_contents AS c ON c.client_id = t.client_id AND c.first_id = t.first_id
                                          AND c.number = t.number"
        }
    };
    format!(
        "SELECT {} FROM {} AS t{join}{conditions} ORDER BY {names} LIMIT $1",
        columns.join(", "),
        table.name
    )
}

/// Reads the place of the last row, perhaps of a client.
pub(super) fn last_sql(table: &Table, columns: &[Column], is_of_client: bool) -> String {
    let read = columns.iter().map(|column| match column.kind {
        Kind::Integer => format!("{}::bigint", column.name),
        _ => column.name.to_owned(),
    });
    let descending = columns.iter().map(|column| format!("{} DESC", column.name));
    format!(
        "SELECT {} FROM {}{} ORDER BY {} LIMIT 1",
        read.collect::<Vec<_>>().join(", "),
        table.name,
        match is_of_client {
            true => " WHERE client_id = $1",
            false => "",
        },
        descending.collect::<Vec<_>>().join(", "),
    )
}

/// Adds rows, given as an array for each column.
pub(super) fn insert_sql(table: &str, columns: &[(&'static str, Kind)]) -> String {
    let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
    let numbered = || columns.iter().enumerate();
    let arrays =
        numbered().map(|(place, (_, kind))| format!("${}::{}[]", place + 1, type_of(*kind)));
    let aliases = numbered().map(|(place, _)| format!("c{place}"));
    let values = numbered().map(|(place, (_, kind))| match kind {
        Kind::Names => format!("ARRAY(SELECT jsonb_array_elements_text(c{place}::jsonb))"),
        _ => format!("c{place}"),
    });
    format!(
        "INSERT INTO {table} ({}) SELECT {} FROM unnest({}) AS given ({}) ON CONFLICT DO NOTHING",
        names.join(", "),
        values.collect::<Vec<_>>().join(", "),
        arrays.collect::<Vec<_>>().join(", "),
        aliases.collect::<Vec<_>>().join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cell, tables::LOG_BLOCKS};

    #[test]
    fn blocks_are_read_with_their_contents_behind_a_place() {
        let after = [Cell::Uuid([0; 16])];
        let part = Part {
            table: &LOG_BLOCKS,
            client: Some("acme_corp"),
            after: Some(&after),
            most: 3,
        };
        let sql = select_sql(&part);
        for expected in [
            "t.entries::bigint",
            "c.block FROM log_blocks AS t JOIN",
            "WHERE t.client_id = $2 AND (t.first_id) > ($3::uuid) ORDER BY t.first_id LIMIT $1",
        ] {
            assert!(sql.contains(expected), "{sql}");
        }
    }
}
