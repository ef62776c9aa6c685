//! The statement that looks at a client's next entries.

use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogSearch, Order, queries::Content, store::ScanBudget};
use central_logger_sql_rows::logs::COLUMNS;
use tokio_postgres::types::ToSql;

/// Goes down the primary key for so many entries, whatever the statistics say, and gives those that may
/// be asked for, each with its place. The last place is given in any case: it says how far this has got.
pub(super) struct Select<'a> {
    sql: String,
    client: &'a str,
    first: LogId,
    last: LogId,
    entries: i64,
    values: Vec<&'a (dyn ToSql + Sync)>,
}

impl<'a> Select<'a> {
    pub(super) fn new(
        client: &'a ClientId,
        search: &'a LogSearch,
        (first, last): (LogId, LogId),
        budget: ScanBudget,
    ) -> Self {
        let mut filters = Filters::default();
        let query = &search.query;
        for (column, value) in [
            ("environment", &query.environment),
            ("status", &query.status),
            ("workflow", &query.workflow),
        ] {
            if let Some(value) = value {
                let number = filters.number_of(value);
                filters.add(format!("{column} = {number}"));
            }
        }
        filters.add_content(&search.content);
        let order = match query.order {
            Order::Asc => "ASC",
            Order::Desc => "DESC",
        };
        let may_be_asked_for = match filters.conditions.is_empty() {
            true => "true".to_owned(),
            false => filters.conditions.join(" AND "),
        };
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
            values: filters.values,
        }
    }

    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// How many entries are looked at.
    pub(super) fn entries(&self) -> i64 {
        self.entries
    }

    pub(super) fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
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

/// The conditions that are there, and none that is not: one statement for all would be planned for none.
#[derive(Default)]
struct Filters<'a> {
    conditions: Vec<String>,
    values: Vec<&'a (dyn ToSql + Sync)>,
}

impl<'a> Filters<'a> {
    fn add(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// The placeholder of a value.
    fn number_of(&mut self, value: &'a (dyn ToSql + Sync)) -> String {
        self.values.push(value);
        format!("${}", self.values.len() + 4)
    }

    /// What every entry with this content has. Whether one has it is decided elsewhere: this saves
    /// sending most of the others.
    fn add_content(&mut self, content: &'a Content) {
        // Only ASCII has upper and lower case in the collation C.
        let is_beyond_ascii = "octet_length(message) <> char_length(message)";
        if content.asks_beyond_ascii() {
            self.add(is_beyond_ascii.to_owned());
        } else if let Some(word) = content.longest_word() {
            let number = self.number_of(word);
            self.add(format!(
                "(strpos(lower(message COLLATE \"C\"), {number}) > 0 OR {is_beyond_ascii})"
            ));
        }
        if let Some((name, value)) = content.first_attribute() {
            let (name, value) = (self.number_of(name), self.number_of(value));
            self.add(format!(
                "((strpos(extra, {name}) > 0 AND strpos(extra, {value}) > 0) \
                  OR strpos(extra, E'\\\\') > 0)"
            ));
        }
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
        assert!(some.contains("(status = $5 AND "), "{some}");
        assert!(some.contains(r#"lower(message COLLATE "C"), $6"#), "{some}");
        assert!(
            some.contains("strpos(extra, $7) > 0 AND strpos(extra, $8)"),
            "{some}"
        );
        assert_eq!(parameters, 8);
        assert!(!some.contains("IS NULL"));
    }
}
