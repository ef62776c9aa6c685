//! The conditions of a filter, in SQL.

use central_logger_log_store::{LogFilter, entries::LogField};
use tokio_postgres::types::ToSql;

/// The conditions that are asked for, and none that is not: one statement for all would be planned for none.
/// How many values there are does not show in them, or clients would make any number of statements.
pub(crate) struct Conditions<'a> {
    conditions: Vec<String>,
    values: Vec<&'a (dyn ToSql + Sync)>,
    first: usize,
}

impl<'a> Conditions<'a> {
    /// No conditions yet, whose placeholders begin with this number.
    pub(crate) fn from_number(first: usize) -> Self {
        Self {
            conditions: Vec::new(),
            values: Vec::new(),
            first,
        }
    }

    /// Returns all of them in one, and the values of its placeholders.
    pub(crate) fn into_parts(self) -> (String, Vec<&'a (dyn ToSql + Sync)>) {
        let all = match self.conditions.is_empty() {
            true => "true".to_owned(),
            false => self.conditions.join(" AND "),
        };
        (all, self.values)
    }

    /// The placeholder of a value.
    fn number_of(&mut self, value: &'a (dyn ToSql + Sync)) -> String {
        let number = self.first + self.values.len();
        self.values.push(value);
        format!("${number}")
    }

    /// What the fields of every entry have that is asked for.
    pub(crate) fn add_fields(&mut self, filter: &'a LogFilter) {
        for (field, values) in filter.fields() {
            let column = column(field);
            if !values.any_of().is_empty() {
                let number = self.number_of(values.any_of());
                self.conditions.push(format!("{column} = ANY ({number})"));
            }
            if !values.none_of().is_empty() {
                let number = self.number_of(values.none_of());
                let is_other = format!("COALESCE({column} <> ALL ({number}), true)");
                self.conditions.push(is_other);
            }
        }
    }

    /// What every entry has whose text is asked for. Whether one is asked for is decided elsewhere: this saves
    /// sending most of the others.
    pub(crate) fn add_text(&mut self, filter: &'a LogFilter) {
        // Only ASCII has upper and lower case in the collation C.
        let is_beyond_ascii = "octet_length(message) <> char_length(message)";
        if filter.asks_beyond_ascii() {
            self.conditions.push(is_beyond_ascii.to_owned());
        } else if let Some(word) = filter.longest_word() {
            let number = self.number_of(word);
            self.conditions.push(format!(
                "(strpos(lower(message COLLATE \"C\"), {number}) > 0 OR {is_beyond_ascii})"
            ));
        }
        let mut attributes = filter.attributes().iter();
        let attribute = attributes.find(|attribute| !attribute.values().any_of().is_empty());
        if let Some(attribute) = attribute {
            let name = self.number_of(attribute.last_part());
            let mut has_it = format!("strpos(extra, {name}) > 0");
            if let [value] = &attribute.values().any_of()[..] {
                let value = self.number_of(value);
                has_it = format!("{has_it} AND strpos(extra, {value}) > 0");
            }
            self.conditions
                .push(format!("(({has_it}) OR strpos(extra, E'\\\\') > 0)"));
        }
    }
}

/// The column of a field, which is null where an entry has no value.
pub(crate) fn column(field: LogField) -> &'static str {
    field.name()
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_log_store::LogSearch;

    fn conditions(pairs: &[(&str, &str)]) -> (String, usize) {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let search = LogSearch::from_pairs(pairs).unwrap();
        let mut conditions = Conditions::from_number(3);
        conditions.add_fields(&search.filter);
        conditions.add_text(&search.filter);
        let (all, values) = conditions.into_parts();
        (all, values.len())
    }

    #[test]
    fn each_condition_has_its_values() {
        for (pairs, expected, values) in [
            (&[][..], "true", 0),
            (
                &[("not.workflow", "w")],
                "COALESCE(workflow <> ALL ($3), true)",
                1,
            ),
            (
                &[("q", "Disk full")],
                "(strpos(lower(message COLLATE \"C\"), $3) > 0 \
                  OR octet_length(message) <> char_length(message))",
                1,
            ),
            (
                &[("q", "größe")],
                "octet_length(message) <> char_length(message)",
                0,
            ),
            (
                &[("not.attr.a", "1"), ("attr.b.c", "2")],
                r"((strpos(extra, $3) > 0 AND strpos(extra, $4) > 0) OR strpos(extra, E'\\') > 0)",
                2,
            ),
            (
                &[("attr.b", "1"), ("attr.b", "2")],
                r"((strpos(extra, $3) > 0) OR strpos(extra, E'\\') > 0)",
                1,
            ),
        ] {
            assert_eq!(
                conditions(pairs),
                (expected.to_owned(), values),
                "{pairs:?}"
            );
        }
    }
}
