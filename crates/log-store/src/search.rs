use crate::{Content, Cursor, Fault, LogPage, LogQuery, StoredLog};

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
    ) -> Result<Self, Vec<Fault>> {
        let is_unknown = |(name, _): &(String, String)| without.contains(&name.as_str());
        let (unknown, known): (Vec<_>, Vec<_>) = pairs.into_iter().partition(is_unknown);
        let unknown = unknown
            .into_iter()
            .map(|(name, _)| Fault::new(name, Fault::UNKNOWN_PARAMETER));
        let mut faults: Vec<_> = unknown.collect();
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
    pub fn from_pairs(
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<Fault>> {
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
}

/// How much may still be read for one answer. What is read is lost time for others.
#[derive(Debug)]
pub(crate) struct Effort {
    entries: usize,
    bytes: usize,
}

impl Effort {
    /// How many entries are read at once.
    pub(crate) const PAGE: usize = 200;

    pub(crate) fn new() -> Self {
        Self {
            entries: 20_000,
            bytes: 64 << 20,
        }
    }

    fn is_spent(&self) -> bool {
        self.entries == 0 || self.bytes == 0
    }

    fn spend(&mut self, log: &StoredLog) {
        self.entries = self.entries.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(log.text_len());
    }

    /// Moves the entries of `read` that match to `found`, and says where to go on, if not at the end
    /// of what there is.
    pub(crate) fn sift(
        &mut self,
        read: LogPage,
        search: &LogSearch,
        found: &mut Vec<StoredLog>,
    ) -> Sifted {
        let after = read.next_cursor;
        let mut rest = read.logs.into_iter().peekable();
        while let Some(log) = rest.next() {
            let here = Cursor(log.id);
            self.spend(&log);
            if search.content.matches(&log) {
                found.push(log);
            }
            if found.len() == search.query.limit || self.is_spent() {
                let has_more = rest.peek().is_some() || after.is_some();
                return Sifted::Done(has_more.then_some(here));
            }
        }
        after.map_or(Sifted::Done(None), Sifted::Further)
    }
}

/// What came of one page.
pub(crate) enum Sifted {
    /// The answer is whole; the next one begins here.
    Done(Option<Cursor>),
    /// More is to be read from here.
    Further(Cursor),
}
