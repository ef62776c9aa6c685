use super::{Content, LogQuery};
use crate::{
    entries::Candidate,
    validation::{ValidationError, ValidationErrors},
};

/// A search for entries of a client, by their text too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogSearch {
    /// The part that a store decides.
    pub query: LogQuery,
    /// The part that is decided by reading the entries.
    pub content: Content,
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
        let (content, query): (Vec<_>, Vec<_>) =
            pairs.partition(|(name, _)| Content::is_parameter(name));
        match (LogQuery::from_pairs(query), Content::from_pairs(content)) {
            (Ok(query), Ok(content)) => Ok(Self { query, content }),
            (query, content) => {
                let errors = [query.err(), content.err()];
                Err(errors.into_iter().flatten().flatten().collect())
            }
        }
    }

    /// Returns whether an entry has all that is asked for.
    pub fn matches(&self, candidate: &Candidate<'_>) -> bool {
        self.query.matches(candidate) && self.content.matches(candidate)
    }

    /// Returns whether there may be entries in the range of time that are not asked for.
    pub(crate) fn has_filter(&self) -> bool {
        !self.content.is_empty() || self.query.has_filter()
    }
}

impl From<LogQuery> for LogSearch {
    fn from(query: LogQuery) -> Self {
        Self {
            query,
            content: Content::default(),
        }
    }
}
