use super::{Filters, bloom::Bloom, members, terms};
use crate::Entry;
use central_logger_search_words as search_words;
use hashbrown::HashSet;

/// Collects what the filters of a block tell of its entries.
pub(crate) struct FilterBuilder {
    /// `None` where they are too many, or not wanted.
    terms: Option<HashSet<u64>>,
    events: HashSet<u64>,
    text_bytes: usize,
}

/// So many terms take 16 MiB while they are collected.
const MOST_TERMS: usize = 1 << 20;
/// The part of the text, uncompressed, that the filter of terms may take in bytes, and what it may always
/// take.
const PART: usize = 8;
const ALWAYS: usize = 1 << 10;

impl FilterBuilder {
    /// Returns a builder that collects the ids of events only.
    pub(crate) fn of_events() -> Self {
        Self {
            terms: None,
            events: HashSet::new(),
            text_bytes: 0,
        }
    }

    /// Returns a builder that collects all that may be asked for.
    pub(crate) fn of_everything() -> Self {
        Self {
            terms: Some(HashSet::new()),
            ..Self::of_events()
        }
    }

    pub(crate) fn add(&mut self, entry: &Entry<'_>) {
        self.text_bytes += entry.text_len();
        if entry.event_id.is_some() {
            self.events.insert(terms::of_event(entry.id));
        }
        let Some(found) = &mut self.terms else {
            return;
        };
        found.insert(terms::of_environment(entry.environment));
        found.insert(terms::of_status(entry.status));
        found.extend(entry.workflow.map(terms::of_workflow));
        if let Some(message) = entry.message {
            search_words::terms_of(message, |word| {
                found.insert(terms::of_word(word));
            });
        }
        let members = entry.extra.map(|extra| {
            members::terms_of(extra, |term| {
                found.insert(term);
            })
        });
        if members == Some(None) || found.len() > MOST_TERMS {
            self.terms = None;
        }
    }

    pub(crate) fn build(self) -> Filters {
        let most_bytes = (self.text_bytes / PART).max(ALWAYS);
        let terms = self.terms;
        Filters {
            terms: terms.and_then(|terms| Bloom::of(terms.into_iter(), most_bytes)),
            events: Bloom::of(self.events.into_iter(), usize::MAX).unwrap_or_default(),
        }
    }
}
