use super::{LogSearch, StatsQuery, stats_query::once};
use crate::{
    entries::LogField,
    validation::{ValidationError, ValidationErrors},
};
use central_logger_times::{DurationUnit, Timestamp, UnitDuration};
use std::num::NonZeroU32;

/// A query for the values that a field has in a client's entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuesQuery {
    counted: StatsQuery,
}

/// Longer than all of time.
const EVER: UnitDuration = UnitDuration::new(NonZeroU32::MAX, DurationUnit::Days);

impl ValuesQuery {
    /// Takes the parameters of a URL's query: `of`, and those of a list that filter.
    ///
    /// # Errors
    /// All parameters that are unknown, repeated or wrong, or the missing `of`.
    pub fn from_pairs(
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ValidationErrors> {
        let (mut of, mut errors) = (None, ValidationErrors::default());
        let (named, filters): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(name, _)| name == "of");
        for (name, value) in named {
            let field = LogField::of_name(&value);
            let field = field.ok_or_else(|| "must be status, environment or workflow".to_owned());
            if let Err(message) = once(&mut of, field) {
                errors.push(ValidationError::new(name, message));
            }
        }
        let search = LogSearch::from_pairs_without(&StatsQuery::NOT_OF_A_LIST, filters);
        match (of, search) {
            (Some(of), Ok(search)) if errors.is_empty() => Ok(Self::new(of, search)),
            (of, search) => {
                if of.is_none() && errors.is_empty() {
                    errors.push(ValidationError::new(
                        "of",
                        "is missing: it names the member, status, environment or workflow",
                    ));
                }
                errors.extend(search.err().into_iter().flatten());
                Err(errors)
            }
        }
    }

    fn new(of: LogField, search: LogSearch) -> Self {
        let behind_all = Timestamp::MAX.unix_ms() + 1;
        Self {
            counted: StatsQuery {
                filter: search.filter,
                by: of.into(),
                interval: EVER,
                range: search.query.from.unwrap_or(0)..search.query.to.unwrap_or(behind_all),
            },
        }
    }

    /// Returns the query that counts the entries of each value, in one bucket.
    pub fn counted(&self) -> &StatsQuery {
        &self.counted
    }
}
