//! The statement that looks at a client's next entries.

use crate::conditions::Conditions;
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogSearch, Order, store::ScanBudget};
use central_logger_sql_rows::logs::COLUMNS;
use tokio_postgres::types::ToSql;

/// Goes down the primary key for so many entries, whatever the statistics say, and gives those that may
/// be asked for, each with its place. The last place is given in any case: it says how far this has got.
pub(crate) struct Select<'a> {
    sql: String,
    client: &'a str,
    first: LogId,
    last: LogId,
    entries: i64,
    values: Vec<&'a (dyn ToSql + Sync)>,
}

impl<'a> Select<'a> {
    pub(crate) fn new(
        client: &'a ClientId,
        search: &'a LogSearch,
        (first, last): (LogId, LogId),
        budget: ScanBudget,
    ) -> Self {
        // Behind the four that are always there.
        let mut conditions = Conditions::from_number(5);
        conditions.add_fields(&search.filter);
        conditions.add_text(&search.filter);
        let order = match search.query.order {
            Order::Asc => "ASC",
            Order::Desc => "DESC",
        };
        let (may_be_asked_for, values) = conditions.into_parts();
        // What is numbered stays in its order, so that nothing is sorted; nothing but a LIMIT keeps
        // PostgreSQL from taking the conditions into the innermost statement.
        let sql = format!(
            "SELECT {COLUMNS}, place
             FROM (SELECT {COLUMNS}, row_number() OVER (ORDER BY id {order}) AS place
                   FROM (SELECT {COLUMNS} FROM workflow_logs
                         WHERE client_id = $1 AND id >= $2 AND id <= $3
                         ORDER BY id {order} LIMIT $4) AS part) AS looked_at
             WHERE place = $4 OR ({may_be_asked_for})
             ORDER BY id {order}"
        );
        Self {
            sql,
            client: client.as_str(),
            first,
            last,
            entries: i64::try_from(budget.entries).unwrap_or(i64::MAX),
            values,
        }
    }

    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    /// How many entries are looked at.
    pub(crate) fn entries(&self) -> i64 {
        self.entries
    }

    pub(crate) fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![
            &self.client,
            self.first.as_uuid(),
            self.last.as_uuid(),
            &self.entries,
        ];
        parameters.extend(self.values.iter().copied());
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(pairs: &[(&str, &str)]) -> (String, usize) {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let search = LogSearch::from_pairs(pairs).unwrap();
        let client = "acme".parse().unwrap();
        let ids = search.query.ids().unwrap();
        let select = Select::new(&client, &search, ids, ScanBudget::MAX);
        (select.sql().to_owned(), select.parameters().len())
    }

    #[test]
    fn a_statement_has_the_conditions_that_are_asked_for_and_no_others() {
        let (all, parameters) = sql(&[]);
        assert!(all.contains("WHERE place = $4 OR (true)"), "{all}");
        assert_eq!(parameters, 4);
        let (some, parameters) = sql(&[("status", "OK"), ("q", "Disk full"), ("attr.a", "1")]);
        assert!(some.contains("OR (status = ANY ($5) AND "), "{some}");
        assert_eq!(parameters, 8);
    }

    #[test]
    fn values_of_a_number_that_clients_choose_make_no_further_statements() {
        let (one, _) = sql(&[("status", "A"), ("attr.a", "1"), ("attr.a", "2")]);
        let values = ["B", "C", "D"].map(|value| ("status", value));
        let attributes = ["3", "4", "5"].map(|value| ("attr.b.c", value));
        let (many, _) = sql(&[&values[..], &attributes].concat());
        assert_eq!(one, many);
    }
}
