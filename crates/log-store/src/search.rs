use crate::{Candidate, Content, Fault, Faults, LogQuery};

/// Which entries of a client are asked for, by what their text holds too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogSearch {
    /// What a store decides.
    pub query: LogQuery,
    /// What is decided by reading the entries.
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
    ) -> Result<Self, Faults> {
        let is_unknown = |(name, _): &(String, String)| without.contains(&name.as_str());
        let (unknown, known): (Vec<_>, Vec<_>) = pairs.into_iter().partition(is_unknown);
        let unknown = unknown
            .into_iter()
            .map(|(name, _)| Fault::new(name, Fault::UNKNOWN_PARAMETER));
        let mut faults: Faults = unknown.collect();
        match Self::from_pairs(known) {
            Ok(search) if faults.is_empty() => Ok(search),
            search => {
                faults.extend(search.err().into_iter().flatten());
                Err(faults)
            }
        }
    }

    /// Takes the parameters of a URL's query.
    ///
    /// # Errors
    /// All parameters that are unknown, repeated or wrong.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, Faults> {
        let pairs = pairs.into_iter();
        let (content, query): (Vec<_>, Vec<_>) =
            pairs.partition(|(name, _)| Content::is_parameter(name));
        match (LogQuery::from_pairs(query), Content::from_pairs(content)) {
            (Ok(query), Ok(content)) => Ok(Self { query, content }),
            (query, content) => {
                let faults = [query.err(), content.err()];
                Err(faults.into_iter().flatten().flatten().collect())
            }
        }
    }

    /// Whether an entry has all that is asked for.
    pub fn lets_through(&self, candidate: &Candidate<'_>) -> bool {
        self.query.lets_through(candidate) && self.content.matches(candidate)
    }

    /// Whether there are entries in the range of time that are not asked for.
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
