use super::{LogFilter, LogQuery};
use crate::{
    entries::Candidate,
    validation::{ValidationError, ValidationErrors},
};

/// A search for entries of a client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogSearch {
    /// Which part of them, and in which order.
    pub query: LogQuery,
    /// What they must have.
    pub filter: LogFilter,
}

impl LogSearch {
    /// Takes the parameters of a URL's query, for a call that knows nothing of those named in
    /// `without`.
    ///
    /// # Errors
    /// All parameters that are unknown, repeated or wrong.
    pub fn from_pairs_without(
        without: &[&str],
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ValidationErrors> {
        let is_unknown = |(name, _): &(String, String)| without.contains(&name.as_str());
        let (unknown, known): (Vec<_>, Vec<_>) = pairs.into_iter().partition(is_unknown);
        let unknown = unknown
            .into_iter()
            .map(|(name, _)| ValidationError::new(name, ValidationError::UNKNOWN_PARAMETER));
        let mut errors: ValidationErrors = unknown.collect();
        match Self::from_pairs(known) {
            Ok(search) if errors.is_empty() => Ok(search),
            search => {
                errors.extend(search.err().into_iter().flatten());
                Err(errors)
            }
        }
    }

    /// Takes the parameters of a URL's query.
    ///
    /// # Errors
    /// All parameters that are unknown, repeated or wrong.
    pub fn from_pairs(
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ValidationErrors> {
        let pairs = pairs.into_iter();
        let (filter, query): (Vec<_>, Vec<_>) =
            pairs.partition(|(name, _)| LogFilter::is_parameter(name));
        match (LogQuery::from_pairs(query), LogFilter::from_pairs(filter)) {
            (Ok(query), Ok(filter)) => Ok(Self { query, filter }),
            (query, filter) => {
                let errors = [query.err(), filter.err()];
                Err(errors.into_iter().flatten().flatten().collect())
            }
        }
    }

    /// Returns whether an entry in the range of time is asked for.
    pub fn matches(&self, candidate: &Candidate<'_>) -> bool {
        self.filter.matches(candidate)
    }
}

impl From<LogQuery> for LogSearch {
    fn from(query: LogQuery) -> Self {
        Self {
            query,
            filter: LogFilter::default(),
        }
    }
}
