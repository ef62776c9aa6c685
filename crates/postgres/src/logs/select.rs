//! The statement that looks at a client's next entries.

use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogSearch, Order, queries::Content, store::ScanBudget};
use central_logger_sql_rows::logs::COLUMNS;
use tokio_postgres::types::ToSql;

/// Goes down the primary key for so many entries, whatever the statistics say, and returns those that may
/// be asked for.
///
/// Where the last of them lies is asked for before, by a statement of its own: numbering the entries takes
/// half as long again. Entries may come, go and be moved between the two; neither misses one that stays.
pub(super) struct Select<'a> {
    sql: String,
    last_sql: String,
    has_conditions: bool,
    order: Order,
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
        let range = format!(
            "FROM workflow_logs WHERE client_id = $1 AND id >= $2 AND id <= $3 ORDER BY id {order}"
        );
        // Nothing but a LIMIT keeps PostgreSQL from taking the conditions into the inner statement.
        let entries = format!("SELECT {COLUMNS} {range} LIMIT $4");
        let sql = if filters.conditions.is_empty() {
            entries
        } else {
            let conditions = filters.conditions.join(" AND ");
            format!("SELECT * FROM ({entries}) AS looked_at WHERE {conditions} ORDER BY id {order}")
        };
        let last_sql = format!("SELECT id {range} LIMIT 1 OFFSET $4::bigint - 1");
        Self {
            sql,
            last_sql,
            has_conditions: !filters.conditions.is_empty(),
            order: query.order,
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

    /// The statement that returns the id of the last entry to look at, unless there are fewer. It takes
    /// the [range](Self::range).
    pub(super) fn last_sql(&self) -> &str {
        &self.last_sql
    }

    /// Looks at all entries as far as `last`, or at all that there are.
    pub(super) fn end_at(&mut self, last: Option<LogId>) {
        self.entries = i64::MAX;
        if let Some(last) = last {
            match self.order {
                Order::Asc => self.last = last,
                Order::Desc => self.first = last,
            }
        }
    }

    /// Whether entries that are looked at may not be returned.
    pub(super) fn has_conditions(&self) -> bool {
        self.has_conditions
    }

    /// The parameters that say where to look.
    pub(super) fn range(&self) -> [&(dyn ToSql + Sync); 4] {
        [
            &self.client,
            self.first.as_uuid(),
            self.last.as_uuid(),
            &self.entries,
        ]
    }

    pub(super) fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        [&self.range(), &*self.values].concat()
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
        assert!(all.ends_with("ORDER BY id DESC LIMIT $4"), "{all}");
        assert_eq!(parameters, 4);
        let (some, parameters) = sql(&[("status", "OK"), ("q", "Disk full"), ("attr.a", "1")]);
        assert!(some.contains("WHERE status = $5 AND "), "{some}");
        assert!(some.contains(r#"lower(message COLLATE "C"), $6"#), "{some}");
        assert!(
            some.contains("strpos(extra, $7) > 0 AND strpos(extra, $8)"),
            "{some}"
        );
        assert_eq!(parameters, 8);
        assert!(!some.contains("IS NULL"));
    }
}
