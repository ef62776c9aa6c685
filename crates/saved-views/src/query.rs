//! What a view shows, in the terms of an address.

use central_logger_log_store::{LogSearch, ValidationError, ValidationErrors};
use central_logger_times::UnitDuration;
use form_urlencoded::{Serializer, parse};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Filters under the names of a list of logs, and besides `range`, a time until now such as `24h`, and `column`, each a
/// member that is shown.
///
/// # Examples
///
/// ```
/// use central_logger_saved_views::ViewQuery;
///
/// let query: ViewQuery = "?status=FAILED&range=7d&column=attr.host".parse()?;
/// assert_eq!(query.to_string(), "status=FAILED&range=7d&column=attr.host");
/// assert!("colour=red".parse::<ViewQuery>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ViewQuery(String);

/// The longest query, in bytes.
const LONGEST: usize = 4096;
/// The most columns of one's own.
const MOST_COLUMNS: usize = 20;

impl ViewQuery {
    /// Whether its time ends now, whenever it is asked for.
    pub fn is_relative(&self) -> bool {
        self.pairs().any(|(name, _)| name == "range")
    }

    fn pairs(&self) -> impl Iterator<Item = (String, String)> {
        parse(self.0.as_bytes()).into_owned()
    }
}

impl FromStr for ViewQuery {
    type Err = ValidationErrors;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.strip_prefix('?').unwrap_or(text);
        let mut faults = ValidationErrors::default();
        let mut fault = |message: String| faults.push(ValidationError::new("query", message));
        if text.len() > LONGEST {
            fault(format!("must have at most {LONGEST} bytes"));
            return Err(faults);
        }
        let pairs = parse(text.as_bytes()).into_owned();
        // Of forms in which nothing was written, and places in a list, which pass.
        let pairs: Vec<_> = pairs
            .filter(|(name, value)| !value.is_empty() && name != "cursor" && name != "limit")
            .collect();
        let (own, filters): (Vec<_>, Vec<_>) = pairs
            .iter()
            .cloned()
            .partition(|(name, _)| name == "range" || name == "column");
        for (_, range) in own.iter().filter(|(name, _)| name == "range") {
            if let Err(error) = range.parse::<UnitDuration>() {
                fault(format!("range {error}"));
            }
        }
        let has = |wanted: &str| pairs.iter().any(|(name, _)| name == wanted);
        if has("range") && (has("from") || has("to")) {
            fault("has a range and a fixed time".to_owned());
        }
        if own.iter().filter(|(name, _)| name == "column").count() > MOST_COLUMNS {
            fault(format!("has more than {MOST_COLUMNS} columns"));
        }
        if let Err(errors) = LogSearch::from_pairs(filters) {
            for error in errors.iter() {
                fault(format!("{} {}", error.field, error.message));
            }
        }
        match faults.is_empty() {
            true => Ok(Self(
                Serializer::new(String::new()).extend_pairs(&pairs).finish(),
            )),
            false => Err(faults),
        }
    }
}

impl fmt::Display for ViewQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_one_that_a_list_takes() {
        let query: ViewQuery =
            "?q=&status=FAILED&not.attr.a%26b=1&from=2026-03-01T00:00:00Z&cursor=x&limit=5"
                .parse()
                .unwrap();
        assert_eq!(
            query.to_string(),
            "status=FAILED&not.attr.a%26b=1&from=2026-03-01T00%3A00%3A00Z"
        );
        assert!(!query.is_relative());
        for wrong in [
            "colour=red",
            "range=soon",
            "range=1h&from=2026-03-01T00:00:00Z",
            "from=yesterday",
        ] {
            let faults = wrong.parse::<ViewQuery>().unwrap_err();
            assert_eq!(faults[0].field, "query", "{wrong}");
        }
        let long = format!("q={}", "a".repeat(LONGEST));
        assert!(long.parse::<ViewQuery>().is_err());
        let wide = "column=a&".repeat(MOST_COLUMNS + 1);
        assert!(wide.parse::<ViewQuery>().is_err());
    }
}
