//! Statements for SQLite.

use crate::{Part, Table};

pub(super) fn only(table: &Table) -> String {
    match table.only {
        "" => String::new(),
        only => format!(" WHERE {only}"),
    }
}

pub(super) fn select_sql(part: &Part<'_>) -> String {
    let table = part.table;
    let own = table
        .own()
        .iter()
        .map(|column| format!("t.{}", column.name));
    let contents = table.in_contents().iter();
    let contents = contents.map(|column| format!("c.{}", column.name));
    let columns: Vec<_> = own.chain(contents).collect();
    let order = table.columns.get(table.order()).unwrap_or_default();
    let order: Vec<_> = order
        .iter()
        .map(|column| format!("t.{}", column.name))
        .collect();
    let order = order.join(", ");
    let mut conditions = Vec::new();
    let first = match part.client {
        Some(_) => {
            conditions.push("t.client_id = ?1".to_owned());
            2
        }
        None => 1,
    };
    if let Some(after) = part.after {
        let places: Vec<_> = (first..first + after.len())
            .map(|n| format!("?{n}"))
            .collect();
        conditions.push(format!("({order}) > ({})", places.join(", ")));
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
        _ => " JOIN log_block_contents AS c ON c.number = t.number AND c.client_id = t.client_id",
    };
    format!(
        "SELECT {} FROM {} AS t{join}{conditions} ORDER BY {order} LIMIT {}",
        columns.join(", "),
        table.name,
        part.most
    )
}
